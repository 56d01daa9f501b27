// The append-only view of a session that every table, chart, report and verdict reads. Live lines and
// replayed lines enter by the same door. Replies stay in the journal; where each stands is known here.
#pragma once

#include "base/result.h"
#include "domain/amendment.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "domain/sent_fields.h"
#include "domain/turn_record.h"
#include "record/journal_line.h"
#include "record/run_view.h"
#include "record/turn_warning.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

class RecordStore {
public:
    // Lines that cannot be read (wrong type of a member) are kept as warnings, never dropped silently.
    void apply(const JournalLine& line);

    // run_outcome is filled in as soon as run_end is seen; rows in journal order, every attempt.
    const std::vector<TurnRecord>& turns() const { return m_turns; }
    // Where the line of a row stands in journal.jsonl: its reply and state (readTurnTexts).
    LinePlace placeOf(std::size_t turn) const { return m_places[turn]; }
    const std::vector<RunView>& runs() const { return m_runs; } // every attempt, in journal order
    const RunView* lastAttempt(int run) const;                  // null before its first run_start
    // As journalled, before any amendment; planInForce() of domain/amendment.h applies those.
    const std::optional<Plan>& plan() const { return m_plan; }
    const std::string& planText() const { return m_planText; }
    const std::string& planHash() const { return m_planHash; }
    // SHA-256 of rulesText(), journalled before the first turn; empty in journals of older versions.
    const std::string& rulesHash() const { return m_rulesHash; }
    // As journalled, with the runs of repeats that were added later; run numbers are positions, from 1.
    const std::vector<ScheduledRun>& schedule() const { return m_schedule; }
    // The facts of the session; null before that line. A resumed session has one line more for each resume.
    const std::shared_ptr<const Json>& sessionLine() const { return m_session; }
    const std::vector<std::shared_ptr<const Json>>& sessionLines() const { return m_sessions; }
    const std::vector<JournalLine>& warmups() const { return m_warmups; }
    std::int64_t turnStarts() const { return m_turnStarts; }
    bool ended() const { return m_ended; } // session_end was written, and nothing began after it
    const std::vector<std::shared_ptr<const Json>>& notes() const { return m_notes; }
    // What requests carried, each time it changed; nothing in journals of older versions.
    const std::vector<SentFields>& sent() const { return m_sent; }
    const std::vector<Amendment>& amendments() const { return m_amendments; } // in journal order
    const std::vector<std::string>& warnings() const { return m_warnings; }
    // What was odd about answers, in journal order; at most 200.
    const std::vector<TurnWarning>& turnWarnings() const { return m_turnWarnings; }

private:
    void applyPlan(const JournalLine& line);
    void applyAmendment(const JournalLine& line);
    void applyTurn(const JournalLine& line);
    void applyNote(const JournalLine& line);
    void applyRunStart(const JournalLine& line);
    void applyRunEnd(const JournalLine& line);
    RunView& runOf(int run, int attempt, const std::string& cell);
    void warn(const JournalLine& line, const std::string& text);

    std::vector<TurnRecord> m_turns;
    std::vector<LinePlace> m_places;
    std::vector<RunView> m_runs;
    std::map<std::pair<int, int>, std::size_t> m_runIndex; // (run, run_attempt) -> m_runs
    std::optional<Plan> m_plan;
    std::string m_planText;
    std::string m_planHash;
    std::string m_rulesHash;
    std::vector<ScheduledRun> m_schedule;
    std::shared_ptr<const Json> m_session;
    std::vector<std::shared_ptr<const Json>> m_sessions;
    std::vector<JournalLine> m_warmups;
    std::int64_t m_turnStarts = 0;
    bool m_ended = false;
    std::vector<std::shared_ptr<const Json>> m_notes;
    std::vector<SentFields> m_sent;
    std::vector<Amendment> m_amendments;
    std::vector<std::string> m_warnings;
    std::vector<TurnWarning> m_turnWarnings;
    std::int64_t m_unsaidWarnings = 0;
};

} // namespace looptax
