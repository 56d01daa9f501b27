// The summaries of a session with everything a referee asks of them: intervals with their coverage, spread,
// outliers, percentiles, and what turns within runs are worth. For reports; the live charts need only summary.h.
#pragma once

#include "analysis/runs.h"
#include "analysis/summary.h"
#include "stats/beta_binomial.h"
#include "stats/cluster.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct OutlyingBlock {
    int block = 0;
    double value = 0; // its median
    bool operator==(const OutlyingBlock&) const = default;
};

// One metric under one key of summary.h; over the medians of the blocks, n of them.
struct MetricDetail {
    int n = 0;
    double median = 0;
    std::optional<Interval> interval;              // of the median; absent for one block
    std::optional<double> mad;                     // raw; absent for one block
    std::vector<OutlyingBlock> outliers;           // flagged; they stay in every other number
    std::string outlier_rule;                      // empty: too few blocks for any
    std::optional<double> median_without_outliers; // absent where nothing is flagged
    std::optional<double> p90;                     // absent: n too small (29, 59, 299 blocks)
    std::optional<double> p95;
    std::optional<double> p99;
    bool operator==(const MetricDetail&) const = default;
};
// medians of blocks, in any order; absent for none.
std::optional<MetricDetail> metricDetail(const std::vector<BlockMedian>& blocks);

struct TurnDetail {
    PassKey key;
    std::string stratum;
    std::array<std::optional<MetricDetail>, kMetricCount> metrics;
    const std::optional<MetricDetail>& metric(std::string_view name) const { return metrics[metricIndex(name)]; }
};

// Pass rates of one turn; the counts are PassSummary's. Every run gives it one value, but a block gives one for
// each of its cells, so that claims rest on blocks.
struct PassDetail {
    PassKey key;
    std::array<std::optional<Interval>, kFlagCount> flags; // Wilson, of passed / turns; all_pass is one of them
    Share blocks_all_pass;                                 // blocks whose every attempted turn passed
    std::optional<Interval> claim;                         // Clopper-Pearson of that
    std::optional<Interval> pass_after_pass;               // Wilson
    std::optional<Interval> pass_after_fail;
    bool operator==(const PassDetail&) const = default;
};

// Passes (all_pass) of one cell, by run: what H1 to H5 and Q1 rest on. Runs that ended complete, failed or
// stopped, the last attempt of each. A turn that was not reached did not pass.
struct CellPasses {
    CellKey key;
    int runs = 0;
    Share whole_runs;                         // runs whose every turn passed
    std::optional<Interval> whole_runs_claim; // Clopper-Pearson
    Share last_turn;                          // runs whose turn N passed
    std::optional<Interval> last_turn_claim;  // Clopper-Pearson
    ClusterSummary turns;                     // of attempted turns: rate over runs, ICC, effective n
    BetaBinomial turn_model;                  // of the same, for claims from ten runs on
    Share pass_after_pass;                    // P(pass | pass), to be shown beside the next and turns.mean
    Share pass_after_fail;
    std::optional<Interval> pass_after_pass_interval; // Wilson
    std::optional<Interval> pass_after_fail_interval;
    TestResult serial;            // do failures follow failures?
    int transcripts = 0;          // runs whose every reply is known by its hash
    int distinct_transcripts = 0; // one seed can make copies: quality measured once, not n times
    bool operator==(const CellPasses&) const = default;
};

struct SessionDetail {
    std::vector<TurnDetail> turns;  // as SessionSummary::turns
    std::vector<PassDetail> passes; // as SessionSummary::passes
    std::vector<CellPasses> cells;  // sorted by key
};
SessionDetail summaryDetail(const std::vector<TurnRecord>& turns);

} // namespace looptax
