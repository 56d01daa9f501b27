#include "stats/estimate.h"
#include "base/words.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr const char* kTooLarge = "the values are too large to be added up";

bool finite(const std::optional<double>& value) { return !value || std::isfinite(*value); }

} // namespace

std::string_view name(Side side) {
    switch (side) {
    case Side::Less: return "less";
    case Side::Greater: return "greater";
    case Side::TwoSided: break;
    }
    return "two-sided";
}

bool allFinite(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

std::string tooSmall(int n, int needed) {
    return "too small: " + counted(n, "value") + ", " + std::to_string(needed) + " are needed";
}

std::string monteCarloText(std::uint64_t seed) {
    return "Monte Carlo, " + std::to_string(kMonteCarloRounds) + " rounds, seed " + std::to_string(seed);
}

Estimate checked(Estimate estimate) {
    if (!finite(estimate.value)) {
        estimate.value.reset();
        estimate.interval.reset();
        estimate.missing = kTooLarge;
    }
    if (estimate.interval && !(std::isfinite(estimate.interval->low) && std::isfinite(estimate.interval->high))) {
        estimate.interval.reset();
        estimate.missing = kTooLarge;
    }
    return estimate;
}

TestResult checked(TestResult result) {
    if (finite(result.statistic) && finite(result.p)) {
        if (result.p) result.p = std::clamp(*result.p, 0.0, 1.0);
        return result;
    }
    result.statistic.reset();
    result.p.reset();
    result.missing = kTooLarge;
    return result;
}

} // namespace looptax
