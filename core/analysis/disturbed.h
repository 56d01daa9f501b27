// What else the machine did during a session, as counts of turns, and what its times are without the turns that it disturbed.
// Whether a turn was disturbed its record says. A record that does not say is neither disturbed nor quiet: it counts nowhere
// here.
#pragma once

#include "analysis/runs.h"
#include "analysis/summary.h"
#include "domain/plan.h"

#include <map>
#include <string>
#include <vector>

namespace looptax {

inline bool wasDisturbed(const TurnRecord& turn) { return turn.disturbed.value_or(false); }

// By what, without the numbers, so that turns can be counted: "other programs used … ms of CPU". disturbed_by has its parts apart
// by "; ".
std::vector<std::string> disturbances(const TurnRecord& turn);

// Turns of complete runs.
struct DisturbedCell {
    CellKey key;
    int turns = 0;
    int known = 0; // of them, those whose record says whether
    int disturbed = 0;
    std::map<std::string, int> by; // a turn may stand in several
    // Otherwise nothing of it is a quiet time beside which the others could be held.
    bool quiet() const { return 2 * disturbed <= known; }
};
std::vector<DisturbedCell> disturbedCells(const std::vector<TurnRecord>& turns); // those with a turn that says so; by key

// Where a turn that was disturbed has no TTFT, as one whose reply was held back. The same rows in the same order.
std::vector<TurnRecord> withoutDisturbedTimes(std::vector<TurnRecord> turns);

// Blocks below which no sign flip can show anything in the family of T1 to T4.
int blocksForVerdict(const AnalysisRules& rules);

// TTFT of a turn with and without. Only where some of its turns were disturbed, every cell of it was quiet, and both have the
// blocks that a verdict needs: otherwise the second says nothing.
struct QuietMedian {
    PassKey key;
    std::string stratum;
    int disturbed = 0; // turns
    MetricSummary with;
    MetricSummary without;
};
std::vector<QuietMedian> quietMedians(const std::vector<TurnRecord>& turns, int fewestBlocks);

} // namespace looptax
