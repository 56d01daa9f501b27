#include "stats/order_statistics.h"

#include "stats/estimate.h"
#include "stats/median.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

bool isShare(double p) { return p > 0 && p < 1; }

} // namespace

double medianCoverage(int n, int k) { return 1 - 2 * binomialCdf(k - 1, n, 0.5); }

std::optional<Interval> medianInterval(std::vector<double> values, double level) {
    const int n = int(values.size());
    if (n < 2 || !allFinite(values)) return std::nullopt;
    std::sort(values.begin(), values.end());
    int k = 1;
    while (2 * (k + 1) <= n + 1 && medianCoverage(n, k + 1) >= level) ++k;
    return Interval{values[std::size_t(k - 1)], values[std::size_t(n - k)], medianCoverage(n, k), "order statistics"};
}

std::optional<double> medianAbsoluteDeviation(const std::vector<double>& values) {
    if (!allFinite(values)) return std::nullopt;
    const auto middle = medianOf(values);
    if (!middle) return std::nullopt;
    std::vector<double> distances;
    distances.reserve(values.size());
    for (const double value : values) distances.push_back(std::abs(value - *middle));
    if (!allFinite(distances)) return std::nullopt;
    return medianOf(std::move(distances));
}

std::optional<double> percentile(std::vector<double> values, double q) {
    if (values.empty() || !allFinite(values) || !(q >= 0 && q <= 1)) return std::nullopt;
    std::sort(values.begin(), values.end());
    const double at = q * double(values.size() - 1);
    const auto low = std::size_t(at);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    const double part = at - double(low);
    // The weighted form cannot overflow, and equal neighbours must give themselves.
    if (values[low] == values[high]) return values[low];
    return values[low] * (1 - part) + values[high] * part;
}

int percentileMinimum(double q, double level) {
    if (!isShare(q) || !isShare(level)) return 0;
    const double exact = std::ceil(std::log(1 - level) / std::log(q) - 1e-9);
    return exact < 1e9 ? int(exact) : 0;
}

std::optional<double> percentileIfEnough(std::vector<double> values, double q) {
    const int needed = percentileMinimum(q);
    if (needed == 0 || int(values.size()) < needed) return std::nullopt;
    return percentile(std::move(values), q);
}

} // namespace looptax
