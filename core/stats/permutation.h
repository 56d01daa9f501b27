// Tests that need no distribution because they look at the arrangements that could have been.
#pragma once

#include "stats/estimate.h"

#include <string>
#include <vector>

namespace looptax {

// Are differences of pairs centred on 0? Statistic: their mean, over all 2^n signs up to kExactFlips pairs, above that over
// signs that are drawn. Greater: they are above 0. Smallest two-sided p: 2 / 2^n. Needs two.
inline constexpr int kExactFlips = 20;
// For the text of a rule, which is written before it is known how many pairs there will be: "exact up to 20, above that Monte
// Carlo, 100000 rounds, seed 20071".
std::string exactFlipsText();
TestResult signFlipTest(const std::vector<double>& differences, Side side = Side::TwoSided, std::uint64_t seed = kMonteCarloSeed);

// Does `a` tend to be larger (Greater) or smaller (Less) than `b`? Statistic: Mann-Whitney's U of a, a tie
// counting half; p over all ways to deal the values out up to kExactRanks values in all, ties included, above that over ways
// that are drawn. Needs one on each side.
inline constexpr int kExactRanks = 100;
std::string exactRanksText(); // "exact up to 100 values, above that Monte Carlo, ..."
TestResult mannWhitneyTest(const std::vector<double>& a, const std::vector<double>& b, Side side = Side::TwoSided,
                           std::uint64_t seed = kMonteCarloSeed);

} // namespace looptax
