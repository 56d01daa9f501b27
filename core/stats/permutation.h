// Tests that need no distribution because they look at the arrangements that could have been.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

// Are differences of pairs centred on 0? Statistic: their mean, over all 2^n signs (exact up to 12 pairs).
// Greater: they are above 0. Smallest two-sided p: 2 / 2^n. Needs two.
TestResult signFlipTest(const std::vector<double>& differences, Side side = Side::TwoSided,
                        std::uint64_t seed = kMonteCarloSeed);

// Does `a` tend to be larger (Greater) or smaller (Less) than `b`? Statistic: Mann-Whitney's U of a, a tie
// counting half; p over all ways to deal the values out, exact up to 100 values in all, ties included.
// Needs one on each side.
TestResult mannWhitneyTest(const std::vector<double>& a, const std::vector<double>& b,
                           Side side = Side::TwoSided, std::uint64_t seed = kMonteCarloSeed);

} // namespace looptax
