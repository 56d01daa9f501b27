// Does y rise with x? Kendall's S: pairs that agree less pairs that disagree; tau-b is S with ties taken out.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct KendallResult {
    int n = 0;
    std::optional<double> s;
    std::optional<double> tau; // tau-b, -1 to 1; absent where x or y are all the same
    std::optional<double> p;
    std::string method;
    std::string missing;
    bool operator==(const KendallResult&) const = default;
};

// Greater: y rises with x. p is exact where only one of the two has ties (or none) and n is at most about 170;
// with ties in both exact up to 8 points, Monte Carlo up to 60; else the normal approximation with continuity
// correction. Needs two points, at most 20000.
KendallResult kendallTest(const std::vector<double>& x, const std::vector<double>& y,
                          Side side = Side::TwoSided, std::uint64_t seed = kMonteCarloSeed);
// The values in their order, as over time. The smallest one-sided p of n values is 1 / n!.
KendallResult mannKendall(const std::vector<double>& values, Side side = Side::TwoSided,
                          std::uint64_t seed = kMonteCarloSeed);

} // namespace looptax
