#include "analysis/prefill_fit.h"

#include "analysis/summary.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace looptax {

namespace {

constexpr int kMostRounds = 60;        // of reweighting
constexpr double kHuber = 1.345;       // 95 % efficient for normal errors (Huber 1964)
constexpr double kHuberShare = 0.7102; // of the variance of normal errors that lies within the bound
constexpr double kMadToSd = 1.4826;
constexpr double kLeastSpread = 1e-4; // of a time: data without noise must not divide by zero
constexpr double kCollinear = 1e-10;  // smallest pivot of the equations scaled to a unit diagonal

// The median of the sizes to begin with; then sizes beyond the bound count as the bound.
double spreadOf(const std::vector<double>& sizes, std::size_t parameters, std::optional<double> before) {
    if (!before) return kMadToSd * medianOf(sizes).value_or(0);
    double sum = 0;
    for (const double size : sizes) sum += std::pow(std::min(size, kHuber * *before), 2);
    return std::sqrt(sum / (kHuberShare * double(sizes.size() - parameters)));
}

bool settled(double now, double before) { return std::abs(now - before) <= 1e-9 * std::abs(now); }

} // namespace

double dot(const CostTerms& a, const CostTerms& b) {
    double sum = 0;
    for (std::size_t i = 0; i < kCostTerms; ++i) sum += a[i] * b[i];
    return sum;
}

void CostEquations::add(const CostTerms& terms, double ms, double weight) {
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        for (std::size_t k = 0; k < kCostTerms; ++k) left[i][k] += weight * terms[i] * terms[k];
        right[i] += weight * terms[i] * ms;
    }
}

CostEquations CostEquations::without(const CostEquations& part) const {
    CostEquations rest = *this;
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        for (std::size_t k = 0; k < kCostTerms; ++k) rest.left[i][k] -= part.left[i][k];
        rest.right[i] -= part.right[i];
    }
    return rest;
}

// By Gauss and Jordan on a unit diagonal.
std::optional<CostMatrix> CostEquations::inverse(const UsedTerms& used) const {
    CostMatrix from{}, to{};
    CostTerms scale{};
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        if (used[i] && !(left[i][i] > 0)) return std::nullopt;
        scale[i] = used[i] ? 1 / std::sqrt(left[i][i]) : 0;
    }
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        for (std::size_t k = 0; k < kCostTerms; ++k)
            from[i][k] = used[i] && used[k] ? left[i][k] * scale[i] * scale[k] : i == k ? 1 : 0;
        to[i][i] = 1;
    }
    for (std::size_t column = 0; column < kCostTerms; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < kCostTerms; ++row)
            if (std::abs(from[row][column]) > std::abs(from[pivot][column])) pivot = row;
        if (!(std::abs(from[pivot][column]) > kCollinear)) return std::nullopt;
        std::swap(from[pivot], from[column]);
        std::swap(to[pivot], to[column]);
        const double by = from[column][column];
        for (std::size_t k = 0; k < kCostTerms; ++k) {
            from[column][k] /= by;
            to[column][k] /= by;
        }
        for (std::size_t row = 0; row < kCostTerms; ++row) {
            if (row == column) continue;
            const double factor = from[row][column];
            for (std::size_t k = 0; k < kCostTerms; ++k) {
                from[row][k] -= factor * from[column][k];
                to[row][k] -= factor * to[column][k];
            }
        }
    }
    CostMatrix out{};
    for (std::size_t i = 0; i < kCostTerms; ++i)
        for (std::size_t k = 0; k < kCostTerms; ++k)
            if (used[i] && used[k]) out[i][k] = to[i][k] * scale[i] * scale[k];
    return out;
}

std::optional<CostTerms> CostEquations::solve(const UsedTerms& used) const {
    const auto inverted = inverse(used);
    if (!inverted) return std::nullopt;
    CostTerms out{};
    for (std::size_t i = 0; i < kCostTerms; ++i) {
        out[i] = dot((*inverted)[i], right);
        if (!std::isfinite(out[i])) return std::nullopt;
    }
    return out;
}

std::optional<CostFit> fitCost(const std::vector<CostPoint>& points, const UsedTerms& used) {
    const auto parameters = std::size_t(std::count(used.begin(), used.end(), true));
    if (points.size() <= parameters + 1) return std::nullopt;
    CostFit out;
    // From here a point that was held up for long counts for little.
    for (const CostPoint& point : points) out.weights.push_back(1 / (point.ms * point.ms));
    std::vector<double> sizes(points.size()), expected(points.size());
    CostEquations all;
    for (int round = 0; round < kMostRounds; ++round) {
        all = {};
        for (std::size_t i = 0; i < points.size(); ++i) all.add(points[i].terms, points[i].ms, out.weights[i]);
        const auto solved = all.solve(used);
        if (!solved) return std::nullopt;
        const CostTerms before = std::exchange(out.parameters, *solved);
        for (std::size_t i = 0; i < points.size(); ++i) {
            // A model that is far off must not give a point all the weight there is.
            expected[i] = std::max(dot(out.parameters, points[i].terms), 0.1 * points[i].ms);
            sizes[i] = std::abs(points[i].ms - expected[i]) / expected[i];
        }
        const double spread = spreadOf(sizes, parameters, round == 0 ? std::nullopt : std::optional(out.spread));
        const double spreadBefore = std::exchange(out.spread, std::max(spread, kLeastSpread));
        bool done = round > 0 && settled(out.spread, spreadBefore);
        for (std::size_t k = 0; k < kCostTerms; ++k) done = done && settled(out.parameters[k], before[k]);
        if (done) break;
        const double bound = kHuber * out.spread;
        for (std::size_t i = 0; i < points.size(); ++i)
            out.weights[i] = (sizes[i] > bound ? bound / sizes[i] : 1) / (expected[i] * expected[i]);
    }
    out.covariance = all.inverse(used).value_or(CostMatrix{});
    for (CostTerms& row : out.covariance)
        for (double& value : row) value *= out.spread * out.spread;
    out.residual = medianOf(std::move(sizes)).value_or(0);
    return out;
}

} // namespace looptax
