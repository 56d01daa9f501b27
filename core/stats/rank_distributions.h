// Exact null distributions of rank statistics: probability of each value of the statistic, from 0 on. Built from
// sums and products of positive terms only, so that far tails keep their digits.
#pragma once

#include <optional>
#include <vector>

namespace looptax {

// The number of inversions over all arrangements of a multiset with these group sizes (the q-multinomial
// coefficient over its sum). Two groups: Mann-Whitney's U. Groups of one: Kendall's
// discordant pairs; larger ones there are ties in one of the two variables. Absent where it would take more
// than about 0.1 s (more than 170 different values, for one).
std::optional<std::vector<double>> inversionDistribution(const std::vector<int>& groups);

} // namespace looptax
