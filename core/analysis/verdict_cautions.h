// What a reader must know beside the verdicts: one sentence each, and only where it is so.
#pragma once

#include "analysis/verdict_data.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// Runs in the order they were made, each as the mean of its turns' residuals ln(TTFT / median of the same turn of the same
// cell and stratum). Mann-Kendall within each cell, S and its variance added up over cells (the seasonal test of Hirsch,
// Slack and Smith 1982): cells of one turn scatter more than cells of twelve, and comparing one with the other would
// cry drift too often. At p < .01 the target is "drifting". Absent: too few runs to say.
struct Drift {
    int runs = 0;
    double p = 1;
    double change = 1;     // last quarter of the runs over the first: a ratio of times
    double typical_ms = 0; // median of all those times
};
inline constexpr double kDriftP = 0.01;
std::optional<Drift> driftOf(const SweepData& data, const std::string& target);

// Turn 2 slower than the turns after it of the same stratum, in every design where it is so: a place, not noise.
struct PositionEffect {
    std::string design;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int runs = 0;
    double later_ms = 0; // median over runs, of the later turns
    double ratio = 1;    // turn 2 over the median of the later turns, geometric mean over runs
    double p = 1;        // of sign flips, two-sided
    std::string test;    // what gave p
};
std::vector<PositionEffect> positionEffects(const SweepData& data, const std::string& target);

// What the instrument may be off by is no drift and no effect of a place.
std::vector<Caution> cautionsOf(const SweepData& data, const AnalysisInputs& in);

} // namespace looptax
