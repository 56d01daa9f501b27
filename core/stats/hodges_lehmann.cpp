#include "stats/hodges_lehmann.h"

#include "stats/median.h"
#include "stats/quantiles.h"
#include "stats/rank_distributions.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace looptax {

namespace {

constexpr std::size_t kMost = 4'000'000; // differences or averages held at once

// [sorted(k), sorted(M + 1 - k)] covers 1 - 2 P(statistic < k). The narrowest that covers the level, else the
// widest there is.
std::optional<Interval> inverted(const std::vector<double>& sorted, const std::optional<std::vector<double>>& distribution,
                                 double deviation, double level, const char* exact, const char* approximate) {
    const std::size_t count = sorted.size();
    std::size_t k = 1;
    double coverage = level;
    const char* method = exact;
    if (distribution) {
        double below = (*distribution)[0];
        coverage = 1 - 2 * below;
        while (2 * (k + 1) <= count) {
            const double next = below + (*distribution)[k];
            if (1 - 2 * next < level) break;
            below = next;
            coverage = 1 - 2 * below;
            ++k;
        }
    } else {
        const double at = double(count) / 2 - normalQuantile((1 + level) / 2) * deviation;
        k = at < 1 ? 1 : std::size_t(at);
        method = approximate;
    }
    if (coverage <= 0) return std::nullopt;
    return Interval{sorted[k - 1], sorted[count - k], coverage, method};
}

Estimate fromDifferences(std::vector<double> all, const std::optional<std::vector<double>>& distribution, double deviation,
                         double level, Estimate out, const char* exact, const char* approximate) {
    std::sort(all.begin(), all.end());
    out.interval = inverted(all, distribution, deviation, level, exact, approximate);
    out.value = medianOf(std::move(all));
    return checked(std::move(out));
}

} // namespace

Estimate unpairedShift(const std::vector<double>& a, const std::vector<double>& b, double level) {
    Estimate out;
    const std::size_t smaller = std::min(a.size(), b.size());
    out.n = int(a.size() + b.size());
    out.method = "Hodges-Lehmann, unpaired";
    if (smaller < 2 || !allFinite(a) || !allFinite(b)) {
        out.missing = smaller < 2 ? tooSmall(int(smaller), 2) + " on each side" : "a value is not a finite number";
        return out;
    }
    if (a.size() > kMost / b.size()) {
        out.missing = "more than four million pairs of values: not computed";
        return out;
    }
    std::vector<double> differences;
    differences.reserve(a.size() * b.size());
    for (const double x : a)
        for (const double y : b) differences.push_back(x - y);
    const double m = double(a.size());
    const double n = double(b.size());
    return fromDifferences(std::move(differences), inversionDistribution({int(a.size()), int(b.size())}),
                           std::sqrt(m * n * (m + n + 1) / 12), level, std::move(out), "exact Mann-Whitney",
                           "Mann-Whitney, normal approximation");
}

} // namespace looptax
