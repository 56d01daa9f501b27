// Medians and percentiles of few values without a distribution: what the sorted values themselves can say.
// Absent: no values, too few for the question, or one that is not finite.
#pragma once

#include "stats/interval.h"

#include <optional>
#include <vector>

namespace looptax {

// P([x(k), x(n+1-k)] holds the population's median) = 1 - 2 * P(Bin(n, 1/2) < k); 1 <= k <= (n + 1) / 2.
// Hahn and Meeker, Statistical Intervals.
double medianCoverage(int n, int k);
// The narrowest such interval that covers at least `level`; where none does, as with n = 5 and 95 %, the range
// with the coverage it really has (93.75 %). Needs two values.
std::optional<Interval> medianInterval(std::vector<double> values, double level = 0.95);

// Raw: the median of |x - median|, without the factor that makes it look like a standard deviation.
std::optional<double> medianAbsoluteDeviation(const std::vector<double>& values);

// Hyndman and Fan's type 7, as numpy and R have it; q from 0 to 1.
std::optional<double> percentile(std::vector<double> values, double q);
// The n from which the largest value is an upper bound of that percentile at `level`: ln(1 - level) / ln q.
// p90 29, p95 59, p99 299. 0 where q or level is not between 0 and 1.
int percentileMinimum(double q, double level = 0.95);
// Absent below that n: "n too small".
std::optional<double> percentileIfEnough(std::vector<double> values, double q);

} // namespace looptax
