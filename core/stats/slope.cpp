#include "stats/slope.h"

#include "stats/median.h"
#include "stats/quantiles.h"
#include "stats/rank_distributions.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace looptax {

namespace {

constexpr int kMostPoints = 2000;

using Points = std::vector<std::pair<double, double>>;

// Why there can be no line, else nothing.
std::string objection(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() != y.size()) return "x and y differ in number";
    if (x.size() < 2) return tooSmall(int(x.size()), 2);
    if (x.size() > kMostPoints) return "more than 2000 points: not computed";
    if (!allFinite(x) || !allFinite(y)) return "a value is not a finite number";
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    if (*low == *high) return "no spread: every x is the same";
    return {};
}

// Sorted, so that the same set of points gives the same bits in any order.
Points sortedPoints(const std::vector<double>& x, const std::vector<double>& y) {
    Points out;
    for (std::size_t i = 0; i < x.size(); ++i) out.emplace_back(x[i], y[i]);
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<double> medianRest(const Points& points, double slope) {
    std::vector<double> rests;
    for (const auto& [x, y] : points) rests.push_back(y - slope * x);
    return allFinite(rests) ? medianOf(std::move(rests)) : std::nullopt;
}

std::optional<Interval> invertedKendall(const std::vector<double>& slopes, const Points& points, double level) {
    std::vector<int> groups; // of equal x
    for (std::size_t i = 0; i < points.size(); ++i)
        if (i > 0 && points[i].first == points[i - 1].first) ++groups.back();
        else groups.push_back(1);
    const std::size_t count = slopes.size();
    std::size_t k = 1;
    double coverage = level;
    std::string method = "Kendall's S, exact";
    if (const auto inversions = inversionDistribution(groups)) {
        double below = (*inversions)[0];
        coverage = 1 - 2 * below;
        while (2 * (k + 1) <= count && 1 - 2 * (below + (*inversions)[k]) >= level) {
            below += (*inversions)[k++];
            coverage = 1 - 2 * below;
        }
    } else {
        const auto term = [](double n) { return n * (n - 1) * (2 * n + 5) / 18; };
        double variance = term(double(points.size()));
        for (const int group : groups) variance -= term(group);
        const double at = (double(count) - normalQuantile((1 + level) / 2) * std::sqrt(variance)) / 2;
        k = at < 1 ? 1 : std::size_t(at);
        method = "Kendall's S, normal approximation";
    }
    if (coverage <= 0) return std::nullopt;
    return Interval{slopes[k - 1], slopes[count - k], coverage, std::move(method)};
}

SlopeFit checkedFit(SlopeFit fit) {
    const auto lost = [](const std::optional<double>& v) { return v && !std::isfinite(*v); };
    if (!lost(fit.slope) && !lost(fit.intercept) &&
        !(fit.interval && !(std::isfinite(fit.interval->low) && std::isfinite(fit.interval->high))))
        return fit;
    fit.slope.reset();
    fit.intercept.reset();
    fit.interval.reset();
    fit.missing = "the values are too large or too near each other";
    return fit;
}

} // namespace

SlopeFit theilSen(const std::vector<double>& x, const std::vector<double>& y, double level) {
    SlopeFit out;
    out.n = int(x.size());
    out.method = "Theil-Sen";
    if (out.missing = objection(x, y); !out.missing.empty()) return out;
    const Points points = sortedPoints(x, y);
    std::vector<double> slopes;
    for (std::size_t i = 0; i < points.size(); ++i)
        for (std::size_t j = i + 1; j < points.size(); ++j)
            if (points[i].first != points[j].first)
                slopes.push_back((points[j].second - points[i].second) / (points[j].first - points[i].first));
    if (!allFinite(slopes)) {
        out.missing = "the values are too large or too near each other";
        return out;
    }
    std::sort(slopes.begin(), slopes.end());
    out.slope = medianOf(slopes);
    out.intercept = medianRest(points, *out.slope);
    if (out.n >= 3) out.interval = invertedKendall(slopes, points, level);
    if (!out.interval) out.missing = "no interval: too few points with different x";
    return checkedFit(std::move(out));
}

SlopeFit leastSquares(const std::vector<double>& x, const std::vector<double>& y, double level) {
    SlopeFit out;
    out.n = int(x.size());
    out.method = "least squares";
    if (out.missing = objection(x, y); !out.missing.empty()) return out;
    const Points points = sortedPoints(x, y);
    const double n = out.n;
    double meanX = 0, meanY = 0;
    for (const auto& [px, py] : points) {
        meanX += px / n;
        meanY += py / n;
    }
    double xx = 0, xy = 0;
    for (const auto& [px, py] : points) {
        xx += (px - meanX) * (px - meanX);
        xy += (px - meanX) * (py - meanY);
    }
    out.slope = xy / xx;
    out.intercept = meanY - *out.slope * meanX;
    if (out.n >= 3) {
        double rest = 0;
        for (const auto& [px, py] : points) {
            const double off = py - *out.intercept - *out.slope * px;
            rest += off * off;
        }
        const double reach = studentQuantile((1 + level) / 2, n - 2) * std::sqrt(rest / (n - 2) / xx);
        out.interval = Interval{*out.slope - reach, *out.slope + reach, level, "Student t"};
    } else {
        out.missing = "no interval: two points lie on every line";
    }
    return checkedFit(std::move(out));
}

SlopeFit elasticity(const std::vector<double>& x, const std::vector<double>& y, double level) {
    const auto positive = [](double v) { return v > 0 && std::isfinite(v); };
    if (!std::all_of(x.begin(), x.end(), positive) || !std::all_of(y.begin(), y.end(), positive)) {
        SlopeFit out;
        out.n = int(x.size());
        out.method = "Theil-Sen of logarithms";
        out.missing = "a value is not a finite number above 0, so it has no logarithm";
        return out;
    }
    std::vector<double> logX, logY;
    for (const double value : x) logX.push_back(std::log(value));
    for (const double value : y) logY.push_back(std::log(value));
    SlopeFit out = theilSen(logX, logY, level);
    out.method = "Theil-Sen of logarithms";
    return out;
}

} // namespace looptax
