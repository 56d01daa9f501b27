#include "stats/change_point.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kRounding = 1e-9;

double logLikelihood(double passed, double runs) {
    const auto part = [&](double count) { return count > 0 ? count * std::log(count / runs) : 0.0; };
    return part(passed) + part(runs - passed);
}

// G2 of the split; 0 where the share does not fall there.
double splitG2(double leftPassed, double leftRuns, double passed, double runs) {
    const double rightPassed = passed - leftPassed;
    const double rightRuns = runs - leftRuns;
    if (leftPassed * rightRuns <= rightPassed * leftRuns) return 0;
    return 2 * (logLikelihood(leftPassed, leftRuns) + logLikelihood(rightPassed, rightRuns) - logLikelihood(passed, runs));
}

// P(no split was reached), P(one was) by passes so far. A split's G2 depends on the passes to its left alone,
// so that is all there is to remember: tables need not be listed.
struct Reached {
    std::vector<double> no;
    std::vector<double> yes;
};

double exactP(const std::vector<LevelShare>& levels, int passed, int runs, double seen) {
    const auto width = std::size_t(passed) + 1;
    Reached at{std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
    at.no[0] = 1;
    int leftRuns = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const int size = levels[i].runs;
        Reached next{std::vector<double>(width, 0.0), std::vector<double>(width, 0.0)};
        for (std::size_t before = 0; before < width; ++before) {
            double choose = 1;
            for (int k = 0; k <= size && before + std::size_t(k) < width; ++k) {
                next.no[before + std::size_t(k)] += at.no[before] * choose;
                next.yes[before + std::size_t(k)] += at.yes[before] * choose;
                choose *= double(size - k) / (k + 1);
            }
        }
        leftRuns += size;
        if (i + 1 < levels.size())
            for (std::size_t k = 0; k < width; ++k)
                if (splitG2(double(k), leftRuns, passed, runs) >= seen - kRounding) {
                    next.yes[k] += next.no[k];
                    next.no[k] = 0;
                }
        // Only shares matter, and products of binomials grow beyond a double.
        const double largest =
            std::max(*std::max_element(next.no.begin(), next.no.end()), *std::max_element(next.yes.begin(), next.yes.end()));
        for (std::size_t k = 0; k < width; ++k) {
            next.no[k] /= largest;
            next.yes[k] /= largest;
        }
        at = std::move(next);
    }
    const double all = at.no.back() + at.yes.back();
    return all > 0 ? at.yes.back() / all : 1;
}

} // namespace

ChangePoint changePoint(const std::vector<LevelShare>& levels) {
    ChangePoint out;
    out.method = "largest G2 over falling splits, exact";
    std::int64_t runs = 0, passed = 0;
    std::size_t filled = 0;
    for (const LevelShare& level : levels) {
        if (level.runs < 0 || level.passed < 0 || level.passed > level.runs) {
            out.missing = "a level has more passes than runs";
            return out;
        }
        runs += level.runs;
        passed += level.passed;
        filled += std::size_t(level.runs > 0);
    }
    out.n = int(std::min<std::int64_t>(runs, INT32_MAX));
    if (filled < 2 || runs > 2000) {
        out.missing = runs > 2000 ? "more than 2000 runs: not computed" : "too small: two levels with runs are needed";
        return out;
    }
    out.g2 = 0;
    LevelShare left;
    for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
        left.runs += levels[i].runs;
        left.passed += levels[i].passed;
        if (left.runs == 0 || left.runs == int(runs)) continue;
        const double g2 = splitG2(left.passed, left.runs, double(passed), double(runs));
        if (g2 <= *out.g2 + kRounding) continue;
        out.g2 = g2;
        out.after = int(i) + 1;
        out.left = left;
        out.right = {int(passed) - left.passed, int(runs) - left.runs};
    }
    if (out.after) {
        out.drop = double(out.left.passed) / out.left.runs - double(out.right.passed) / out.right.runs;
        out.p = exactP(levels, int(passed), int(runs), *out.g2);
    } else {
        out.drop = 0;
        out.p = 1; // any table has a g2 of at least 0
        if (passed == 0 || passed == runs) out.missing = "no spread: all runs had the same result";
    }
    return out;
}

} // namespace looptax
