#include "base/seeded_random.h"
#include "stats/quantiles.h"
#include "stats/rank_distributions.h"
#include "stats/trend_test.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {


// Twice J, so that it is whole. rank[i] belongs to the place i, places are in order of the groups.
std::int64_t doubledJ(const std::vector<int>& ranks, const std::vector<std::size_t>& ends) {
    std::int64_t sum = 0;
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        for (std::size_t i = begin; i < end; ++i)
            for (std::size_t j = end; j < ranks.size(); ++j)
                sum += 2 * (ranks[i] < ranks[j]) + (ranks[i] == ranks[j]);
        begin = end;
    }
    return sum;
}

double sum(const std::vector<int>& groups, double (*term)(double)) {
    double out = 0;
    for (const int group : groups)
        out += term(group);
    return out;
}

// Hollander and Wolfe, Nonparametric Statistical Methods, 6.19.
double varianceOf(double n, const std::vector<int>& groups, const std::vector<int>& ties) {
    const auto t0 = [](double t) { return t * (t - 1) * (2 * t + 5); };
    const auto t1 = [](double t) { return t * (t - 1); };
    const auto t2 = [](double t) { return t * (t - 1) * (t - 2); };
    double out = (t0(n) - sum(groups, t0) - sum(ties, t0)) / 72 + sum(groups, t1) * sum(ties, t1) / (8 * n * (n - 1));
    if (n > 2) out += sum(groups, t2) * sum(ties, t2) / (36 * n * (n - 1) * (n - 2));
    return out;
}

} // namespace

TrendTest jonckheereTest(const std::vector<std::vector<double>>& groups, Side side, std::uint64_t seed) {
    TrendTest out;
    std::vector<double> values;
    std::vector<std::size_t> ends;
    std::vector<int> sizes;
    for (const std::vector<double>& group : groups) {
        if (group.empty()) continue;
        values.insert(values.end(), group.begin(), group.end());
        ends.push_back(values.size());
        sizes.push_back(int(group.size()));
    }
    out.n = int(values.size());
    if (sizes.size() < 2 || out.n > 3000 || !allFinite(values)) {
        out.missing = sizes.size() < 2 ? "too small: two groups with values are needed"
                      : out.n > 3000   ? "more than 3000 values: not computed"
                                       : "a value is not a finite number";
        return out;
    }
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int> ranks, ties;
    for (const double value : values)
        ranks.push_back(int(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()));
    for (std::size_t i = 0; i < sorted.size(); ++i)
        if (i > 0 && sorted[i] == sorted[i - 1])
            ++ties.back();
        else
            ties.push_back(1);
    const double n = out.n;
    double pairs = n * n;
    for (const double size : sizes)
        pairs -= size * size;
    const std::int64_t seen = doubledJ(ranks, ends);
    out.statistic = double(seen) / 2;
    out.expected = pairs / 4;
    out.variance = varianceOf(n, sizes, ties);
    const std::string sided = ", " + std::string(name(side));
    if (ties.size() == 1) {
        out.method = "exact Jonckheere-Terpstra" + sided;
        out.p = 1;
        out.missing = "no spread: all values are equal";
        return out;
    }
    out.z = (*out.statistic - *out.expected) / std::sqrt(*out.variance);
    out.p_normal = side == Side::TwoSided ? 2 * normalUpperTail(std::abs(*out.z))
                                          : normalUpperTail(side == Side::Greater ? *out.z : -*out.z);
    const bool untied = ties.size() == values.size();
    const auto distribution = untied ? inversionDistribution(sizes) : std::nullopt;
    if (distribution) {
        out.method = "exact Jonckheere-Terpstra" + sided;
        out.p = side == Side::TwoSided  ? bothTails(*distribution, *out.statistic)
                : side == Side::Greater ? upperTail(*distribution, *out.statistic)
                                        : lowerTail(*distribution, *out.statistic);
    } else if (out.n <= 100) {
        out.method = "Jonckheere-Terpstra" + sided + ", " + monteCarloText(seed);
        std::sort(ranks.begin(), ranks.end());
        const double off = std::abs(double(seen) / 2 - *out.expected);
        SeededRandom random(seed);
        int hits = 0;
        for (int round = 0; round < kMonteCarloRounds; ++round) {
            random.shuffle(ranks);
            const std::int64_t drawn = doubledJ(ranks, ends);
            hits += int(side == Side::TwoSided  ? std::abs(double(drawn) / 2 - *out.expected) >= off - 1e-9
                        : side == Side::Greater ? drawn >= seen
                                                : drawn <= seen);
        }
        out.p = double(hits + 1) / (kMonteCarloRounds + 1);
    } else {
        out.method = "Jonckheere-Terpstra" + sided + ", normal approximation";
        out.p = out.p_normal;
    }
    return out;
}

} // namespace looptax
