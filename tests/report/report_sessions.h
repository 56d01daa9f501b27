// Small sessions whose reports are known by heart: the goldens, and what other tests of reports look at.
#pragma once

#include "report/report.h"
#include "support/session_builder.h"

#include <string>
#include <vector>

namespace looptax {

// What a model, a server or a user might write to get out of the place it is shown in.
extern const std::string kHostile;      // one line and more: markup, a link, a terminal escape, a turned direction
extern const std::string kHostileReply; // a fence of four backticks, a script, a formula

SessionBuilder wholeSession();     // two targets, three designs, wrong answers, a failed, a cut and a missing run
SessionBuilder oneRunSession();    // one repeat, all right
SessionBuilder oneTurnSession();   // one repeat of one turn
SessionBuilder failedSession();    // nothing but failures
SessionBuilder emptySession();     // a plan and nothing else
SessionBuilder simulatedSession(); // the scripted server
SessionBuilder silentSession();    // a runtime that reports no count and says nothing of itself

SessionBuilder eightSession(); // four designs, two cache modes, eight repeats with noise: every kind of verdict
// Three blocks of A; the middle one lost its prefix in turn 2, which an older journal (not judged) does not know.
SessionBuilder brokenCacheSession(int turns = 3, bool judged = true);
SessionBuilder
twelveSession(); // twelve repeats of A and B, some of whose runs are right and some not: enough for a model of runs
// Eight repeats of A and C with everything that must stand beside verdicts: drift, a slow second turn, a cost that hangs on
// the cache mode, one seed, a failed run, a turn that broke its mode, a run that was not made.
SessionBuilder troubledSession();
SessionBuilder noisySession(); // more of it, on two targets; too long for a golden file
// Prompts that were cut, failures and full budgets at the longest runs, mixed streams; and a target behind a proxy that holds
// every reply back.
SessionBuilder lyingSession();
// Three targets: token by token, buffered by a proxy, and one whose kind of stream changes. A prompt was truncated.
SessionBuilder streamsSession();
// Eight repeats of A and C on two targets. Of the first some turns were disturbed, and one cell of C nearly throughout; the other
// was recorded before anybody looked.
SessionBuilder disturbedSession();

struct NamedSession {
    std::string name; // of the golden files
    SessionBuilder (*make)();
};
const std::vector<NamedSession>& reportSessions();
void everySession(); // rows of a test whose column "index" is that in reportSessions()

// As the program makes them: replies read from a journal on disk, a fixed version, the published study.
ReportInputs inputsOf(const SessionBuilder& session, std::vector<ReportChart> charts = {});
// A chart as looptax-workbench writes it, in small.
std::string chartSvg(const std::string& title, std::size_t turnsOnRecord, const std::string& session = SessionBuilder::kId);

bool has(const std::string& text, const std::string& part);

} // namespace looptax
