#include "stats/student.h"

#include "stats/moments.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr const char* kNotFinite = "a value is not a finite number";
constexpr const char* kNotPositive = "a value is not above 0, so it has no logarithm";

bool allPositive(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return v > 0; });
}

std::vector<double> logs(const std::vector<double>& values) {
    std::vector<double> out;
    out.reserve(values.size());
    for (const double value : values) out.push_back(std::log(value));
    return out;
}

// Back from logarithms.
Estimate raised(Estimate estimate, const char* method, const char* intervalMethod) {
    estimate.method = method;
    if (estimate.value) estimate.value = std::exp(*estimate.value);
    if (estimate.interval) {
        estimate.interval->low = std::exp(estimate.interval->low);
        estimate.interval->high = std::exp(estimate.interval->high);
        estimate.interval->method = intervalMethod;
    }
    return checked(std::move(estimate));
}

} // namespace

Estimate meanInterval(std::vector<double> values, double level) {
    Estimate out;
    out.n = int(values.size());
    out.method = "mean";
    if (values.empty() || !allFinite(values)) {
        out.missing = values.empty() ? tooSmall(0, 2) : kNotFinite;
        return out;
    }
    const Moments m = momentsOf(std::move(values));
    out.value = m.mean;
    if (m.n < 2 || m.sd == 0) {
        out.missing = m.n < 2 ? tooSmall(m.n, 2) : "no spread: all values are equal";
        return checked(std::move(out));
    }
    const double reach = studentQuantile((1 + level) / 2, m.n - 1) * m.sd / std::sqrt(double(m.n));
    out.interval = Interval{m.mean - reach, m.mean + reach, level, "Student t"};
    return checked(std::move(out));
}

Estimate geometricMean(const std::vector<double>& values, double level) {
    if (!allFinite(values) || !allPositive(values)) {
        Estimate out;
        out.n = int(values.size());
        out.method = "geometric mean";
        out.missing = allFinite(values) ? kNotPositive : kNotFinite;
        return out;
    }
    return raised(meanInterval(logs(values), level), "geometric mean", "Student t on logs");
}

Estimate geometricRatio(const std::vector<double>& a, const std::vector<double>& b, double level) {
    Estimate out;
    out.n = int(a.size() + b.size());
    out.method = "ratio of geometric means";
    if (a.empty() || b.empty() || !allFinite(a) || !allFinite(b) || !allPositive(a) || !allPositive(b)) {
        out.missing = a.empty() || b.empty()         ? tooSmall(0, 2) + " on each side"
                      : allFinite(a) && allFinite(b) ? kNotPositive
                                                     : kNotFinite;
        return out;
    }
    const Moments x = momentsOf(logs(a));
    const Moments y = momentsOf(logs(b));
    out.value = x.mean - y.mean;
    const double xx = x.sd * x.sd / x.n;
    const double yy = y.sd * y.sd / y.n;
    if (x.n < 2 || y.n < 2 || xx + yy == 0) {
        out.missing =
            x.n < 2 || y.n < 2 ? tooSmall(std::min(x.n, y.n), 2) + " on each side" : "no spread: all values of a side are equal";
    } else {
        const double degrees = (xx + yy) * (xx + yy) / (xx * xx / (x.n - 1) + yy * yy / (y.n - 1));
        const double reach = studentQuantile((1 + level) / 2, degrees) * std::sqrt(xx + yy);
        out.interval = Interval{*out.value - reach, *out.value + reach, level, {}};
    }
    return raised(std::move(out), "ratio of geometric means", "Welch t on logs");
}

} // namespace looptax
