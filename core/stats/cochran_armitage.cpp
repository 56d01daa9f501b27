#include "stats/cochran_armitage.h"

#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

namespace looptax {

namespace {

constexpr std::size_t kMostStates = 2'000'000;

// Probability of each sum of score * passes, given the passes in all; nothing where there are too many.
std::optional<std::map<std::int64_t, double>> exactSums(const std::vector<ScoredShare>& levels, int passed) {
    std::vector<std::map<std::int64_t, double>> ways(std::size_t(passed) + 1); // by passes so far
    ways[0][0] = 1;
    int runs = 0;
    for (const ScoredShare& level : levels) {
        std::vector<std::map<std::int64_t, double>> next(ways.size());
        std::size_t states = 0;
        for (std::size_t before = 0; before < ways.size(); ++before) {
            double choose = 1;
            for (int k = 0; k <= level.runs && before + std::size_t(k) < ways.size(); ++k) {
                auto& to = next[before + std::size_t(k)];
                const std::size_t had = to.size();
                for (const auto& [sum, weight] : ways[before])
                    to[sum + std::int64_t(k) * level.score] += weight * choose;
                states += to.size() - had;
                if (states > kMostStates) return std::nullopt;
                choose *= double(level.runs - k) / (k + 1);
            }
        }
        ways = std::move(next);
        runs += level.runs;
    }
    double all = 0;
    for (const auto& [sum, weight] : ways.back())
        all += weight;
    if (!(all > 0) || !std::isfinite(all)) return std::nullopt;
    for (auto& [sum, weight] : ways.back())
        weight /= all;
    return std::move(ways.back());
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
    if (used.empty() || used.front().score == used.back().score || runs > 1000) {
        out.missing = runs > 1000 ? "more than 1000 runs: not computed"
                                  : "too small: two levels with runs and different scores are needed";
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
    const auto sums = exactSums(used, int(passed));
    if (!sums) {
        out.method = "Cochran-Armitage" + sided + ", normal approximation";
        out.p = out.p_normal;
        return out;
    }
    out.method = "exact Cochran-Armitage" + sided;
    double tail = 0;
    for (const auto& [sum, weight] : *sums)
        if (side == Side::Less      ? sum <= seen
            : side == Side::Greater ? sum >= seen
                                    : std::abs(double(sum) - middle) >= std::abs(*out.statistic) - 1e-9)
            tail += weight;
    out.p = std::min(tail, 1.0);
    return out;
}

} // namespace looptax
