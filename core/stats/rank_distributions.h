// Exact null distributions of rank statistics: probability of each value of the statistic, from 0 on. Built from
// sums and products of positive terms only, so that far tails keep their digits.
#pragma once

#include <optional>
#include <vector>

namespace looptax {

// Wilcoxon's T+ of n differences without ties: index 0 ... n (n + 1) / 2. Absent for n > 400.
std::optional<std::vector<double>> signedRankDistribution(int n);

// The number of inversions over all arrangements of a multiset with these group sizes (the q-multinomial
// coefficient over its sum). Two groups: Mann-Whitney's U. Several: Jonckheere's J. Groups of one: Kendall's
// discordant pairs; larger ones there are ties in one of the two variables. Absent where it would take more
// than about 0.1 s (more than 170 different values, for one).
std::optional<std::vector<double>> inversionDistribution(const std::vector<int>& groups);

double lowerTail(const std::vector<double>& distribution, double at); // P(X <= at)
double upperTail(const std::vector<double>& distribution, double at); // P(X >= at)
// P(X is at least as far from the middle); of a symmetric distribution.
double bothTails(const std::vector<double>& distribution, double at);

} // namespace looptax
