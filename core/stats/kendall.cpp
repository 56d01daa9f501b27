#include "stats/kendall.h"

#include "base/seeded_random.h"
#include "stats/quantiles.h"
#include "stats/rank_distributions.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace looptax {

namespace {

int sign(double a, double b) {
    return int(a < b) - int(b < a);
}

std::int64_t scoreOf(const std::vector<int>& x, const std::vector<int>& y) {
    std::int64_t s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = i + 1; j < x.size(); ++j)
            s += ((x[i] < x[j]) - (x[j] < x[i])) * ((y[i] < y[j]) - (y[j] < y[i]));
    return s;
}

std::vector<int> tieGroups(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    std::vector<int> out;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (i > 0 && values[i] == values[i - 1])
            ++out.back();
        else
            out.push_back(1);
    return out;
}

std::vector<int> denseRanks(const std::vector<double>& values) {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::vector<int> out;
    for (const double value : values)
        out.push_back(int(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()));
    return out;
}

double sumOf(const std::vector<int>& groups, double (*term)(double)) {
    return std::accumulate(groups.begin(), groups.end(), 0.0,
                           [&](double sum, int group) { return sum + term(group); });
}
double pairs(double n) {
    return n * (n - 1) / 2;
}

bool asExtreme(std::int64_t drawn, std::int64_t seen, Side side) {
    if (side == Side::Less) return drawn <= seen;
    if (side == Side::Greater) return drawn >= seen;
    return std::abs(drawn) >= std::abs(seen);
}

// Ties in both variables: no closed distribution, so the arrangements themselves.
double arrangedP(std::vector<int> x, std::vector<int> y, std::int64_t seen, Side side, bool all,
                 std::uint64_t seed) {
    std::sort(x.begin(), x.end());
    std::sort(y.begin(), y.end());
    double hits = 0, count = 0;
    if (all) {
        do {
            hits += double(asExtreme(scoreOf(x, y), seen, side));
            ++count;
        } while (std::next_permutation(y.begin(), y.end()));
        return hits / count;
    }
    SeededRandom random(seed);
    for (int round = 0; round < kMonteCarloRounds; ++round) {
        random.shuffle(y);
        hits += double(asExtreme(scoreOf(x, y), seen, side));
    }
    return (hits + 1) / (kMonteCarloRounds + 1);
}

double normalP(double s, double n, const std::vector<int>& tiesX, const std::vector<int>& tiesY, Side side) {
    const auto v0 = [](double t) { return t * (t - 1) * (2 * t + 5); };
    const auto v1 = [](double t) { return t * (t - 1); };
    const auto v2 = [](double t) { return t * (t - 1) * (t - 2); };
    double variance = (v0(n) - sumOf(tiesX, v0) - sumOf(tiesY, v0)) / 18 +
                      sumOf(tiesX, v1) * sumOf(tiesY, v1) / (2 * n * (n - 1));
    if (n > 2) variance += sumOf(tiesX, v2) * sumOf(tiesY, v2) / (9 * n * (n - 1) * (n - 2));
    if (!(variance > 0)) return 1;
    const double error = std::sqrt(variance);
    if (side == Side::TwoSided) return std::min(1.0, 2 * normalUpperTail((std::abs(s) - 1) / error));
    return normalUpperTail(((side == Side::Greater ? s : -s) - 1) / error);
}

} // namespace

KendallResult kendallTest(const std::vector<double>& x, const std::vector<double>& y, Side side,
                          std::uint64_t seed) {
    KendallResult out;
    out.n = int(x.size());
    if (x.size() != y.size() || out.n < 2 || out.n > 20'000 || !allFinite(x) || !allFinite(y)) {
        out.missing = x.size() != y.size() ? "x and y differ in number"
                      : out.n < 2          ? tooSmall(out.n, 2)
                      : out.n > 20'000     ? "more than 20000 points: not computed"
                                           : "a value is not a finite number";
        return out;
    }
    std::int64_t s = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = i + 1; j < x.size(); ++j)
            s += sign(x[i], x[j]) * sign(y[i], y[j]);
    out.s = double(s);
    const std::vector<int> tiesX = tieGroups(x);
    const std::vector<int> tiesY = tieGroups(y);
    const double all = pairs(out.n);
    const double apartX = all - sumOf(tiesX, pairs);
    const double apartY = all - sumOf(tiesY, pairs);
    if (apartX > 0 && apartY > 0)
        out.tau = double(s) / std::sqrt(apartX * apartY);
    else
        out.missing = "no spread: all values are equal";
    const std::string sided = ", " + std::string(name(side));
    const bool both = apartX < all && apartY < all;
    const auto inversions = both ? std::nullopt : inversionDistribution(apartX < all ? tiesX : tiesY);
    if (apartX == 0 || apartY == 0) {
        out.method = "exact Kendall" + sided;
        out.p = 1; // there is one arrangement
    } else if (inversions) {
        out.method = "exact Kendall" + sided;
        const double discordant = (double(inversions->size() - 1) - double(s)) / 2;
        out.p = side == Side::TwoSided  ? bothTails(*inversions, discordant)
                : side == Side::Greater ? lowerTail(*inversions, discordant)
                                        : upperTail(*inversions, discordant);
    } else if (both && out.n <= 60) {
        const bool exact = out.n <= 8;
        out.method = exact ? "exact Kendall" + sided : "Kendall" + sided + ", " + monteCarloText(seed);
        out.p = arrangedP(denseRanks(x), denseRanks(y), s, side, exact, seed);
    } else {
        out.method = "Kendall" + sided + ", normal approximation";
        out.p = normalP(double(s), out.n, tiesX, tiesY, side);
    }
    return out;
}

KendallResult mannKendall(const std::vector<double>& values, Side side, std::uint64_t seed) {
    std::vector<double> order(values.size());
    std::iota(order.begin(), order.end(), 1.0);
    KendallResult out = kendallTest(order, values, side, seed);
    if (const auto at = out.method.find("Kendall"); at != std::string::npos)
        out.method.insert(at, "Mann-");
    return out;
}

} // namespace looptax
