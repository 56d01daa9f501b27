// Turns of one run are not independent: what n turns in runs are worth, and intervals that know it.
#pragma once

#include "stats/estimate.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// One row a run: did turn 1, 2, ... pass? Runs may differ in length; empty ones are left out.
using PassRows = std::vector<std::vector<bool>>;

// Of `turns` in all, `perRun` each: turns / (1 + (perRun - 1) icc). With icc 1 the number of runs.
double effectiveSize(double turns, double perRun, double icc);

struct ClusterSummary {
    int runs = 0;
    int turns = 0;
    int passed = 0;                       // turns
    std::optional<double> icc_raw;        // ANOVA estimate, can be below 0; absent where every turn is the same
    std::optional<double> icc;            // the same, not below 0
    std::optional<double> effective_n;    // of the turns, by icc
    std::optional<double> mean;           // of the runs' shares
    std::optional<double> standard_error; // of that mean, over runs
    std::optional<Interval> interval;     // Student t over runs, cut at 0 and 1
    std::string missing;                  // why something is absent
    bool operator==(const ClusterSummary&) const = default;
};
// Donner 1986 for runs of different length (n0). Needs two runs, and for the ICC a run of two turns.
ClusterSummary clusterSummary(const PassRows& rows, double level = 0.95);

// Does a failure follow a failure more often than chance would have it? Statistic: neighbouring pairs of failed
// turns; p over all orders of each run's turns, exact, that there are at least as many.
TestResult serialDependence(const PassRows& rows);

} // namespace looptax
