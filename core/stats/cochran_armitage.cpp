#include "stats/cochran_armitage.h"

#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <tuple>

namespace looptax {

namespace {

constexpr int kMostRuns = 1000; // of one level: the binomials beyond do not fit a double
constexpr double kMostStates = 1e7;
constexpr double kMostWork = 1.5e9; // additions: about a second

struct SumChance {
    std::int64_t sum = 0; // of score * passes
    double p = 0;
};

// Probability of each sum of score * passes, given the passes in all; nothing where there are too many. Counted by
// whichever of passes and failures is rarer, on scores that are moved to 0 and divided by what they share: a table then.
std::optional<std::vector<SumChance>> exactSums(const std::vector<ScoredShare>& levels, int passed, int runs) {
    const bool failures = passed > runs - passed;
    const int marked = failures ? runs - passed : passed;
    const std::int64_t lowest = levels.front().score; // sorted
    std::int64_t step = 0, weighted = 0;
    int largest = 0;
    for (const ScoredShare& level : levels) {
        step = std::gcd(step, level.score - lowest);
        weighted += std::int64_t(level.runs) * level.score;
        largest = std::max(largest, level.runs);
    }
    const double width = double(levels.back().score - lowest) / double(step) * marked + 1;
    const double states = width * (marked + 1.0);
    if (largest > kMostRuns || states > kMostStates || states * std::min(largest, marked) * double(levels.size()) > kMostWork)
        return std::nullopt;
    const auto sums = std::size_t(width), rows = std::size_t(marked) + 1;
    std::vector<double> ways(rows * sums, 0.0), next(rows * sums);
    ways[0] = 1;
    std::size_t reached = 0; // the largest sum so far
    for (const ScoredShare& level : levels) {
        const auto score = std::size_t((level.score - lowest) / step);
        std::fill(next.begin(), next.end(), 0.0);
        for (std::size_t before = 0; before < rows; ++before) {
            const double* from = &ways[before * sums];
            double choose = 1;
            for (int k = 0; k <= level.runs && before + std::size_t(k) < rows; ++k) {
                double* to = &next[(before + std::size_t(k)) * sums + std::size_t(k) * score];
                const std::size_t end = std::min(reached + 1, sums - std::min(sums, std::size_t(k) * score));
                for (std::size_t i = 0; i < end; ++i) to[i] += from[i] * choose;
                choose *= double(level.runs - k) / (k + 1);
            }
        }
        reached = std::min(sums - 1, reached + score * std::min(std::size_t(level.runs), rows - 1));
        const double most = *std::max_element(next.begin(), next.end()); // only shares matter
        for (double& way : next) way /= most;
        std::swap(ways, next);
    }
    const double* last = &ways[(rows - 1) * sums];
    double all = 0;
    for (std::size_t i = 0; i < sums; ++i) all += last[i];
    if (!(all > 0) || !std::isfinite(all)) return std::nullopt;
    std::vector<SumChance> out;
    for (std::size_t i = 0; i < sums; ++i) {
        if (last[i] == 0) continue;
        const std::int64_t sum = std::int64_t(i) * step + lowest * marked;
        out.push_back({failures ? weighted - sum : sum, last[i] / all});
    }
    return out;
}

} // namespace

TrendTest cochranArmitage(const std::vector<ScoredShare>& levels, Side side) {
    TrendTest out;
    std::vector<ScoredShare> used;
    std::int64_t runs = 0, passed = 0, seen = 0;
    for (const ScoredShare& level : levels) {
        if (level.runs < 0 || level.passed < 0 || level.passed > level.runs) {
            out.missing = "a level has more passes than runs";
            return out;
        }
        if (level.runs == 0) continue;
        used.push_back(level);
        runs += level.runs;
        passed += level.passed;
        seen += std::int64_t(level.passed) * level.score;
    }
    // In one order, so that sums have one rounding.
    std::sort(used.begin(), used.end(), [](const ScoredShare& a, const ScoredShare& b) {
        return std::tie(a.score, a.runs, a.passed) < std::tie(b.score, b.runs, b.passed);
    });
    out.n = int(std::min<std::int64_t>(runs, INT32_MAX));
    if (used.empty() || used.front().score == used.back().score) {
        out.missing = "too small: two levels with runs and different scores are needed";
        return out;
    }
    const std::string sided = ", " + std::string(name(side));
    const double p = double(passed) / double(runs);
    double weighted = 0, squares = 0;
    for (const ScoredShare& level : used) {
        weighted += double(level.runs) * level.score;
        squares += double(level.runs) * level.score * level.score;
    }
    const double middle = weighted * p;
    out.statistic = double(seen) - middle;
    out.expected = 0;
    out.variance = p * (1 - p) * (squares - weighted * weighted / double(runs));
    if (passed == 0 || passed == runs) {
        out.statistic = 0;
        out.variance = 0;
        out.method = "exact Cochran-Armitage" + sided;
        out.p = 1;
        out.missing = "no spread: all runs had the same result";
        return out;
    }
    out.z = *out.statistic / std::sqrt(*out.variance);
    out.p_normal = side == Side::TwoSided ? 2 * normalUpperTail(std::abs(*out.z))
                                          : normalUpperTail(side == Side::Greater ? *out.z : -*out.z);
    const auto sums = exactSums(used, int(passed), int(runs));
    if (!sums) {
        out.method = "Cochran-Armitage" + sided + ", normal approximation";
        out.p = out.p_normal;
        return out;
    }
    out.method = "exact Cochran-Armitage" + sided;
    double tail = 0;
    for (const SumChance& at : *sums)
        if (side == Side::Less      ? at.sum <= seen
            : side == Side::Greater ? at.sum >= seen
                                    : std::abs(double(at.sum) - middle) >= std::abs(*out.statistic) - 1e-9)
            tail += at.p;
    out.p = std::min(tail, 1.0);
    return out;
}

} // namespace looptax
