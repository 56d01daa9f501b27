// Means and geometric means with Student's t. Intervals assume values (or their logarithms) that are roughly
// normal; of few values with one far out they are wider than an exact one, and that difference is the warning.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

// Without an interval where all values are equal ("no spread"): it would have no width and claim 95 %.
// Needs two values for an interval, one for a value.
Estimate meanInterval(std::vector<double> values, double level = 0.95);
// Of positive values, t on the logarithms: the way for every ratio.
Estimate geometricMean(const std::vector<double>& values, double level = 0.95);
// Geometric mean of a over that of b, independent of each other: Welch 1947 on the logarithms.
Estimate geometricRatio(const std::vector<double>& a, const std::vector<double>& b, double level = 0.95);

} // namespace looptax
