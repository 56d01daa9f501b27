// The append-only view of a session that every table, chart, report and verdict reads. Live lines and replayed lines
// enter by the same door.
#pragma once

#include "base/result.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "domain/turn_record.h"
#include "store/journal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct RunView {
    int run = 0;
    int run_attempt = 1;
    std::string cell;
    std::optional<RunOutcome> outcome; // absent while it goes on, or when the program died in it
    std::string reason;
    std::vector<std::size_t> turns; // indices into turns()
};

class RecordStore {
public:
    // Lines that cannot be read (wrong type of a member) are kept as warnings, never dropped silently.
    void apply(const JournalLine& line);

    // Fills in run_outcome; rows in journal order, every attempt.
    const std::vector<TurnRecord>& turns() const { return m_turns; }
    const std::vector<RunView>& runs() const { return m_runs; } // every attempt, in journal order
    const RunView* lastAttempt(int run) const;
    const std::optional<Plan>& plan() const { return m_plan; }
    const std::string& planHash() const { return m_planHash; }
    const std::vector<ScheduledRun>& schedule() const { return m_schedule; } // as journalled
    const std::shared_ptr<const Json>& sessionLine() const { return m_session; }
    const std::vector<JournalLine>& warmups() const { return m_warmups; }
    std::int64_t turnStarts() const { return m_turnStarts; }
    bool ended() const { return m_ended; } // session_end was written
    const std::vector<std::string>& notes() const { return m_notes; }
    const std::vector<std::string>& warnings() const { return m_warnings; }

private:
    std::vector<TurnRecord> m_turns;
    std::vector<RunView> m_runs;
    std::optional<Plan> m_plan;
    std::string m_planHash;
    std::vector<ScheduledRun> m_schedule;
    std::shared_ptr<const Json> m_session;
    std::vector<JournalLine> m_warmups;
    std::int64_t m_turnStarts = 0;
    bool m_ended = false;
    std::vector<std::string> m_notes;
    std::vector<std::string> m_warnings;
};

// Reads a whole session read-only. Damage is reported in the result, not hidden; what could be read is there.
struct LoadedSession {
    RecordStore store;
    JournalRead read;
};
Result<LoadedSession> loadSession(FileOps& files, const std::string& folder);

} // namespace looptax
