// Trends over ordered groups.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct TrendTest {
    int n = 0; // values, or runs
    std::optional<double> statistic;
    std::optional<double> expected;
    std::optional<double> variance; // under the null, ties taken into account
    std::optional<double> z;        // absent where the variance is 0
    std::optional<double> p_normal; // of z, without continuity correction
    std::optional<double> p;        // the one to use: exact or Monte Carlo where `method` says so
    std::string method;
    std::string missing;
    bool operator==(const TrendTest&) const = default;
};

// Jonckheere 1954, Terpstra 1952. groups in order of the dose; J = sum over all pairs of groups of how often a
// value of the later one is larger, a tie half. Greater: values rise. Exact without ties, Monte Carlo with
// them up to 100 values, else the normal approximation. Needs two groups that are not empty; at most 3000 values.
TrendTest jonckheereTest(const std::vector<std::vector<double>>& groups, Side side,
                         std::uint64_t seed = kMonteCarloSeed);

// Page 1963. rows are blocks, each with one value for every column in the expected order; L = sum of column
// number * rank within the row. Greater: values rise along the rows. Exact up to 8 columns, ties (midranks)
// included, else the normal approximation. Needs two columns.
TrendTest pageTest(const std::vector<std::vector<double>>& rows, Side side = Side::Greater);

} // namespace looptax
