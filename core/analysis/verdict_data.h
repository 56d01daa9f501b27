// What the verdicts are made from: the runs of a sweep that count, each once, with what the rules ask of it.
//
// A run counts by its last attempt that was complete, failed or stopped. Quality looks at all of those whose prompts
// arrived whole; times only at complete runs whose state was right throughout (or put right: `oracle`), and there only
// at turns that ended well, were asked for under the cache mode they claim, did not inherit a prompt from the run
// before, and whose reply was not held back.
#pragma once

#include "analysis/verdicts.h"
#include "domain/turn_record.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

struct JudgedRun {
    int run = 0;
    int block = 0; // repeat of all cells
    std::string cell;
    std::string target;
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    std::optional<std::int64_t> seed;
    RunOutcome outcome = RunOutcome::Complete;
    std::vector<const TurnRecord*> turns; // by turn, of a turn sent more than once the last; from 1 on without gaps
    bool passes = false;                  // the last turn, turn n, was reached and passed: what k_N counts
    bool all_right = false;               // so did every turn before it
    bool hit_max_tokens = false;          // some reply was cut off by max_tokens
    bool prompt_truncated = false;        // of some turn the runtime dropped a part of the prompt
    bool diverged = false;                // some turn was fed a state that was already wrong
    std::int64_t began_ns = 0;            // t_sent of its first turn: order of execution within a boot; 0 unknown
};

struct SweepData {
    Plan plan; // in force: amendments applied, the last wins
    bool has_plan = false;
    bool after_data = false;
    std::vector<std::string> targets;                 // by plan, then those met only in records
    std::vector<JudgedRun> runs;                      // in order of run
    std::map<std::string, int> planned;               // runs, by target
    std::map<std::string, int> made;                  // of them, ended by complete, failed or stopped
    std::map<std::string, int> cut;                   // of them, begun but interrupted or cancelled and not made since
    const std::vector<TurnRecord>* records = nullptr; // all rows, as given
    int strangers = 0;                                // runs that are in no schedule, or not as it says: left out
};
// Never throws, whatever the records hold: runs that contradict the schedule are counted and left out.
SweepData sweepData(const AnalysisInputs& in);

int countOf(const std::map<std::string, int>& counts, const std::string& target); // 0 where it is not counted
// The sweep goes on and runs of this target are missing: nothing is announced of it.
bool stillCollecting(const SweepData& data, const AnalysisInputs& in, const std::string& target);

// The cache mode that quality, T2 and T3 of a target rest on: run-isolated where it was run, else cold, else
// natural. One mode only: the runs of another repeat the same prompts under the same seeds, and would be counted twice.
std::optional<CacheMode> leadingMode(const SweepData& data, const std::string& target);

// Runs of a target that a rule uses; in order of run.
using RunFilter = std::function<bool(const JudgedRun&)>;
std::vector<const JudgedRun*> runsWhere(const SweepData& data, const std::string& target, const RunFilter& keep);

// Word for word the same conversation under the same seed, in every run of a cell: quality was measured once,
// so the first of them stands for all. Cells of which a single reply differs keep all their runs.
struct Distinct {
    std::vector<const JudgedRun*> runs;
    int copies = 0; // runs left out
};
Distinct distinctRuns(const std::vector<const JudgedRun*>& runs);

// Why runs were not used for times.
struct LeftOut {
    int incomplete = 0;
    int diverged = 0;
    int buffered = 0; // a reply that it needs was held back: stream_kind.h
    int broken = 0;   // a turn it needs is missing, failed, carried over or broke its cache mode
    int total() const { return incomplete + diverged + buffered + broken; }
    void addWithoutTime(const JudgedRun& run, const std::vector<int>& needed); // buffered or broken
    std::vector<std::pair<std::string, int>> parts() const;                    // "not complete", 2; those that are not 0
    std::string text() const; // "2 not complete, 1 whose state had diverged"; empty where none
};

// The runtime's counts contradict the cache mode that was asked for.
bool brokeCacheMode(const TurnRecord& turn);
// The turn's time may be used: outcome ok, a TTFT, no carry-over, its cache mode kept.
bool timed(const TurnRecord& turn);
const TurnRecord* turnOf(const JudgedRun& run, int turn); // null where it was not reached
// Complete, and its state never diverged or was put right after each turn; counts what it refuses.
bool usableForTimes(const JudgedRun& run, const SweepData& data, LeftOut& left);

// The stratum most of these runs have at that turn, among timed turns; empty for none. Ties go to the warmer one.
std::string leadingStratum(const std::vector<const JudgedRun*>& runs, int turn);

// Their lengths N, ascending, each once.
std::vector<int> lengthsOf(const std::vector<const JudgedRun*>& runs);
int largestN(const std::vector<const JudgedRun*>& runs); // 0 for none
// Of several caps the one with the most lengths, then the smallest. Absent where no run has one.
std::optional<int> leadingCap(const std::vector<const JudgedRun*>& runs);

} // namespace looptax
