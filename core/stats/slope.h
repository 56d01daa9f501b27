// A line through points. Absent where x has no spread. Units: those of y a unit of x.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct SlopeFit {
    int n = 0; // points
    std::optional<double> slope;
    std::optional<double> intercept;
    std::optional<Interval> interval; // of the slope
    std::string method;
    std::string missing;
    bool operator==(const SlopeFit&) const = default;
};

// Slope: the median over all pairs of points with different x. Intercept: the median of y - slope * x (not, as
// scipy's default, median(y) - slope * median(x): one point far out would move it). Interval: sorted slopes cut
// where Kendall's S says (Sen 1968), exact, with its true coverage. Two points give a slope, three an interval;
// at most 2000 points.
SlopeFit theilSen(const std::vector<double>& x, const std::vector<double>& y, double level = 0.95);
// Ordinary least squares with Student's t interval; three points for that.
SlopeFit leastSquares(const std::vector<double>& x, const std::vector<double>& y, double level = 0.95);

// Theil-Sen of ln y on ln x; all must be positive. About 1: y is proportional to x; about 0: flat.
SlopeFit elasticity(const std::vector<double>& x, const std::vector<double>& y, double level = 0.95);

} // namespace looptax
