// Several tests, one error: Holm 1979.
#pragma once

#include <optional>
#include <vector>

namespace looptax {

// Adjusted p values in the order given, never above 1, never below the p they come from. An absent p stays absent
// and does not count, unless `family` is larger than the number of those present: then that many tests were
// planned and each pays for all of them. Values that are not from 0 to 1 are treated as absent.
std::vector<std::optional<double>> holmAdjusted(const std::vector<std::optional<double>>& p, int family = 0);

} // namespace looptax
