#include "stats/proportion.h"

#include "stats/order_statistics.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

bool sensible(int hits, int of, double level) { return of > 0 && hits >= 0 && hits <= of && level > 0 && level < 1; }

} // namespace

std::optional<Interval> wilsonInterval(int hits, int of, double level) {
    if (!sensible(hits, of, level)) return std::nullopt;
    const double n = of;
    const double p = hits / n;
    const double z = normalQuantile((1 + level) / 2);
    const double square = z * z;
    const double middle = (p + square / (2 * n)) / (1 + square / n);
    const double reach = z * std::sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n);
    // At the ends the formula gives 0 and 1 but for rounding.
    return Interval{hits == 0 ? 0 : std::max(0.0, middle - reach), hits == of ? 1 : std::min(1.0, middle + reach), level,
                    "Wilson"};
}

std::optional<double> clopperPearsonLower(int hits, int of, double level) {
    if (!sensible(hits, of, level)) return std::nullopt;
    return hits == 0 ? 0.0 : betaQuantile(1 - level, hits, of - hits + 1);
}

std::optional<double> clopperPearsonUpper(int hits, int of, double level) {
    if (!sensible(hits, of, level)) return std::nullopt;
    return hits == of ? 1.0 : betaQuantile(level, hits + 1, of - hits);
}

std::optional<Interval> clopperPearson(int hits, int of, double level) {
    if (!sensible(hits, of, level)) return std::nullopt;
    const double oneSided = (1 + level) / 2;
    return Interval{*clopperPearsonLower(hits, of, oneSided), *clopperPearsonUpper(hits, of, oneSided), level, "Clopper-Pearson"};
}

std::optional<Interval> newcombeDifference(int hitsA, int ofA, int hitsB, int ofB, double level) {
    const auto a = wilsonInterval(hitsA, ofA, level);
    const auto b = wilsonInterval(hitsB, ofB, level);
    if (!a || !b) return std::nullopt;
    const double shareA = double(hitsA) / ofA;
    const double shareB = double(hitsB) / ofB;
    return Interval{shareA - shareB - std::hypot(shareA - a->low, b->high - shareB),
                    shareA - shareB + std::hypot(a->high - shareA, shareB - b->low), level, "Newcombe 10"};
}

} // namespace looptax
