// How far apart two sets of values are, without a distribution: Hodges and Lehmann 1963, intervals from the exact
// distribution of the rank test that belongs to them. Value and interval in the unit of the values.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

// Of independent values: median of all a(i) - b(j); interval by inverting Mann-Whitney. Needs two on each side,
// at most four million pairs of them.
Estimate unpairedShift(const std::vector<double>& a, const std::vector<double>& b, double level = 0.95);

} // namespace looptax
