// A verdict before its family is known: everything but the adjusted p and what hangs on it. Each hypothesis makes
// one, finishVerdicts() closes them together.
#pragma once

#include "analysis/verdict.h"
#include "analysis/verdict_data.h"
#include "base/words.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct Draft {
    Verdict verdict;            // kind counts only where `decided_early`
    std::string key;            // the name in a family: "H4" for H4a
    bool decided_early = false; // untestable, not triggered: kind, why and decide stand as they are
    bool needs_p = true;        // the rule of this one asks for p_adjusted <= alpha
    bool supports = false;      // all else that Supported asks for holds
    bool rejects = false;       // what Rejected asks for holds
    std::string seen;           // "8 of 8 runs pass at N = 1, 3 of 8 at N = 12: a fall of 62 points (90 % interval ...)"
    std::string against;        // ends it where Rejected: "all of it below the margin of 10 points"
    std::string open;           // where Inconclusive: "which fits a fall of the margin and none"
    std::string floor;          // "padding = 1": no run passes even there, so no fall could have shown; else empty
    std::string hint;           // ends `decide`: an endpoint that cannot be had
    int power_n = 0;            // runs a side of a pass rate at its ends; 0: not about pass rates
    int runs_now = 0;           // a cell; of the smallest that counts
    std::vector<const TurnRecord*> compared; // of a time: the turns it rests on; none where it is untestable
    bool copies = false;                     // runs were left out as copies of one conversation: more repeats would be, too
    // Runs a cell from which the rule is as likely as not to decide at the spread seen, where the unadjusted p must be
    // at most `alpha`; absent where none are enough.
    std::function<std::optional<int>(double alpha)> runs_needed;
};

// What a rule is asked about.
struct RuleSubject {
    const SweepData& data;
    const AnalysisRules& rules;
    std::string target;
    CacheMode mode = CacheMode::RunIsolated; // the leading one
    const std::optional<Instrument>& instrument;
    double level() const { return 1 - 2 * rules.alpha; } // of intervals: two one-sided statements at alpha
};

// The words every verdict of a hypothesis begins with.
Draft draftOf(const std::string& id, const std::string& target, std::optional<CacheMode> mode, const std::string& rule);
std::string statementOf(std::string_view id); // the hypothesis in one sentence; empty for an unknown name
Draft untestable(Draft draft, const std::string& why, const std::string& decide = {});
// Adds to the runs that were left out.
void leaveOut(Verdict& v, int runs, const std::string& why);
// Quality only: runs that are copies of one conversation are left out, and said.
void leaveOutCopies(Draft& draft, int copies);
Draft notTriggered(Draft draft, const std::string& why);
// Runs that cannot be used for times, with why.
void leaveOut(Draft& draft, const LeftOut& left);

// Numbers beside sentences.
Measure passedMeasure(const std::string& of, int passed, int n); // of n runs
Measure usableMeasure(const std::string& of, int n);             // too few "runs of A" or "repeats" for a spread
Measure medianTtft(const std::string& of, double ms, int n, const std::string& n_of); // over n of n_of

// Holm over each family, as many hypotheses as it names (one without a p counts as 1), then kind, why and decide.
// Drafts of one target.
std::vector<Verdict> finishVerdicts(std::vector<Draft> drafts, const AnalysisRules& rules);

// Numbers in sentences.
std::string plainText(double value, int decimals);                  // without a minus before zeros
std::string percentText(double share);                              // "62 %"
std::string pointsText(double share);                               // "62.5 points", of a difference of shares
std::string timesText(double ratio);                                // "1.53 times"
std::string sharpText(double value);                                // three significant digits: "0.0123", "12.3", "12300"
std::string probabilityText(double p);                              // "p = 0.0039", "p < 0.0001"
std::string modeText(CacheMode mode);                               // "run-isolated"
std::string designsText(const std::vector<const JudgedRun*>& runs); // "A, B"
std::string runsText(const std::vector<const JudgedRun*>& runs);    // "8 runs of A (N = 6, 12)"
std::string levelText(const Interval& interval);                    // "93.8 %": its true coverage

} // namespace looptax
