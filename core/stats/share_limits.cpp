#include "stats/share_limits.h"

#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kMostZ = 40; // beyond any p that a double tells from 0

// z at which the limit on that side of the estimate reaches the margin; 0 where the estimate is on it.
double zThatReaches(const std::vector<WeightedShare>& shares, double margin) {
    const bool above = margin > sumOf(shares);
    double low = 0, high = kMostZ;
    for (int i = 0; i < 80; ++i) {
        const double middle = (low + high) / 2;
        const Limits at = sumLimits(shares, middle);
        const bool reached = above ? at.high >= margin : at.low <= margin;
        (reached ? high : low) = middle;
    }
    return (low + high) / 2;
}

} // namespace

Limits wilsonLimits(double share, double n, double z) {
    const double p = std::clamp(share, 0.0, 1.0);
    if (!(n > 0)) return {0, 1};
    const double zz = z * z;
    const double middle = p + zz / (2 * n);
    const double half = z * std::sqrt(p * (1 - p) / n + zz / (4 * n * n));
    const double below = 1 + zz / n;
    // At the ends the limits are the ends; rounding must not put them a hair off.
    return {p == 0 ? 0.0 : std::max(0.0, (middle - half) / below), p == 1 ? 1.0 : std::min(1.0, (middle + half) / below)};
}

double sumOf(const std::vector<WeightedShare>& shares) {
    double sum = 0;
    for (const WeightedShare& s : shares) sum += s.weight * s.share;
    return sum;
}

double sumError(const std::vector<WeightedShare>& shares) {
    double variance = 0;
    for (const WeightedShare& s : shares)
        if (s.n > 0) variance += s.weight * s.weight * s.share * (1 - s.share) / s.n;
    return std::sqrt(std::max(0.0, variance));
}

Limits sumLimits(const std::vector<WeightedShare>& shares, double z) {
    double down = 0, up = 0;
    for (const WeightedShare& s : shares) {
        const Limits at = wilsonLimits(s.share, s.n, z);
        const double toLow = s.weight * (s.share - at.low), toHigh = s.weight * (at.high - s.share);
        down += s.weight > 0 ? toLow * toLow : toHigh * toHigh;
        up += s.weight > 0 ? toHigh * toHigh : toLow * toLow;
    }
    const double sum = sumOf(shares);
    return {sum - std::sqrt(down), sum + std::sqrt(up)};
}

double pAtOrAbove(const std::vector<WeightedShare>& shares, double margin) {
    const double z = zThatReaches(shares, margin);
    return sumOf(shares) < margin ? normalUpperTail(z) : 1 - normalUpperTail(z);
}

double pAtOrBelow(const std::vector<WeightedShare>& shares, double margin) {
    const double z = zThatReaches(shares, margin);
    return sumOf(shares) > margin ? normalUpperTail(z) : 1 - normalUpperTail(z);
}

} // namespace looptax
