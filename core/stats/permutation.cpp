#include "stats/permutation.h"

#include "base/seeded_random.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace looptax {

namespace {

// As extreme as what was seen, rounding errors of sums forgiven: a tie missed would make p too small.
bool asExtreme(double drawn, double seen, double tolerance, Side side) {
    switch (side) {
    case Side::Less: return drawn <= seen + tolerance;
    case Side::Greater: return drawn >= seen - tolerance;
    case Side::TwoSided: break;
    }
    return std::abs(drawn) >= std::abs(seen) - tolerance;
}

// The sums of eight values under all their signs: a round then looks up instead of branching on every random bit, which
// no processor can foretell.
using FlipSums = std::array<double, 256>;
std::vector<FlipSums> flipSums(const std::vector<double>& values) {
    std::vector<FlipSums> out((values.size() + 7) / 8);
    for (std::size_t i = 0; i < out.size(); ++i)
        for (std::size_t signs = 0; signs < out[i].size(); ++signs) {
            double sum = 0;
            for (std::size_t j = 8 * i; j < std::min(values.size(), 8 * i + 8); ++j)
                sum += ((signs >> (j - 8 * i)) & 1U) != 0 ? -values[j] : values[j];
            out[i][signs] = sum;
        }
    return out;
}

// All sums of these values under every sign, ascending.
std::vector<double> allFlips(const double* values, std::size_t n) {
    std::vector<double> sums{0};
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t before = sums.size();
        for (std::size_t k = 0; k < before; ++k) {
            sums.push_back(sums[k] - values[i]);
            sums[k] += values[i];
        }
    }
    std::sort(sums.begin(), sums.end());
    return sums;
}

// Of the 2^n flips those whose sum is at least that much, as a share. By halves: 2 x 2^(n/2) sums instead of 2^n.
double shareOfFlips(const std::vector<double>& values, double least) {
    const std::size_t half = values.size() / 2;
    const std::vector<double> first = allFlips(values.data(), half);
    const std::vector<double> second = allFlips(values.data() + half, values.size() - half);
    double hits = 0;
    auto from = second.end(); // the first of `second` that is large enough; falls while those of `first` rise
    for (const double sum : first) {
        while (from != second.begin() && sum + *(from - 1) >= least) --from;
        hits += double(second.end() - from);
    }
    return hits / (double(first.size()) * double(second.size()));
}

// Ranks times two, so that midranks are whole; of a, then b.
std::vector<int> doubledMidranks(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> sorted = a;
    sorted.insert(sorted.end(), b.begin(), b.end());
    std::vector<double> all = sorted;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int> ranks;
    ranks.reserve(all.size());
    for (const double value : all) {
        const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
        ranks.push_back(int(low - sorted.begin()) + 1 + int(high - sorted.begin()));
    }
    return ranks;
}

// Share of the choices of m of the ranks whose sum is as extreme.
double exactRankP(std::vector<int> ranks, int m, int seen, Side side) {
    std::sort(ranks.begin(), ranks.end());
    int top = 0;
    for (const int rank : ranks) top += rank;
    const auto width = std::size_t(top) + 1;
    std::vector<std::vector<double>> ways(std::size_t(m) + 1, std::vector<double>(width, 0.0));
    ways[0][0] = 1;
    int reached = 0;
    for (const int rank : ranks) {
        for (int k = m; k >= 1; --k)
            for (int s = reached; s >= 0; --s)
                if (const double from = ways[std::size_t(k) - 1][std::size_t(s)]; from > 0)
                    ways[std::size_t(k)][std::size_t(s + rank)] += from;
        reached += rank;
    }
    const double middle = double(m) * double(top) / double(ranks.size());
    double extreme = 0, all = 0;
    for (std::size_t s = 0; s < width; ++s) {
        const double count = ways[std::size_t(m)][s];
        all += count;
        if (asExtreme(double(s) - middle, seen - middle, 1e-6, side)) extreme += count;
    }
    return extreme / all;
}

} // namespace

std::string exactFlipsText() {
    return "exact up to " + std::to_string(kExactFlips) + ", above that " + monteCarloText(kMonteCarloSeed);
}

std::string exactRanksText() {
    return "exact up to " + std::to_string(kExactRanks) + " values, above that " + monteCarloText(kMonteCarloSeed);
}

TestResult signFlipTest(const std::vector<double>& differences, Side side, std::uint64_t seed) {
    TestResult out;
    out.n = int(differences.size());
    if (out.n < 2 || !allFinite(differences)) {
        out.missing = out.n < 2 ? tooSmall(out.n, 2) : "a value is not a finite number";
        return out;
    }
    // In a fixed order, so that rounding and the draws are the same for the same set.
    std::vector<double> values = differences;
    std::sort(values.begin(), values.end());
    double seen = 0, size = 0;
    for (const double value : values) {
        seen += value;
        size += std::abs(value);
    }
    const double tolerance = 1e-12 * size;
    out.statistic = seen / out.n;
    if (out.n <= kExactFlips) {
        out.method = "exact sign flips of the mean, " + std::string(name(side));
        // Less is Greater of the values' negatives, and two-sided is both ends: as many flips lie at one as at the other.
        const double least = (side == Side::TwoSided ? std::abs(seen) : side == Side::Greater ? seen : -seen) - tolerance;
        const double share = shareOfFlips(values, least);
        out.p = side != Side::TwoSided ? share : least > 0 ? 2 * share : 1;
    } else {
        out.method = "sign flips of the mean, " + std::string(name(side)) + ", " + monteCarloText(seed);
        SeededRandom random(seed);
        const std::vector<FlipSums> eights = flipSums(values);
        int hits = 0;
        for (int round = 0; round < kMonteCarloRounds; ++round) {
            std::uint64_t bits = 0;
            double sum = 0;
            for (std::size_t i = 0; i < eights.size(); ++i) {
                if (i % 8 == 0) bits = random.next(); // a bit a value
                sum += eights[i][(bits >> (8 * (i % 8))) & 0xffU];
            }
            hits += int(asExtreme(sum, seen, tolerance, side));
        }
        out.p = double(hits + 1) / (kMonteCarloRounds + 1);
    }
    return checked(std::move(out));
}

TestResult mannWhitneyTest(const std::vector<double>& a, const std::vector<double>& b, Side side, std::uint64_t seed) {
    TestResult out;
    out.n = int(a.size() + b.size());
    if (a.empty() || b.empty() || !allFinite(a) || !allFinite(b)) {
        out.missing = a.empty() || b.empty() ? tooSmall(0, 1) + " on each side" : "a value is not a finite number";
        return out;
    }
    if (out.n > 20'000) {
        out.missing = "more than 20000 values: not computed";
        return out;
    }
    std::vector<int> ranks = doubledMidranks(a, b);
    const int m = int(a.size());
    std::int64_t seen = 0;
    for (int i = 0; i < m; ++i) seen += ranks[std::size_t(i)];
    out.statistic = (double(seen) - double(m) * (m + 1)) / 2;
    if (out.n <= kExactRanks) {
        out.method = "exact Mann-Whitney, " + std::string(name(side));
        out.p = exactRankP(std::move(ranks), m, int(seen), side);
    } else {
        out.method = "Mann-Whitney, " + std::string(name(side)) + ", " + monteCarloText(seed);
        std::sort(ranks.begin(), ranks.end());
        const double middle = double(m) * double(out.n + 1);
        SeededRandom random(seed);
        int hits = 0;
        for (int round = 0; round < kMonteCarloRounds; ++round) {
            // Only the first m places matter.
            std::int64_t sum = 0;
            for (int i = 0; i < m; ++i) {
                const auto at = std::size_t(i) + std::size_t(random.below(std::uint64_t(out.n - i)));
                std::swap(ranks[std::size_t(i)], ranks[at]);
                sum += ranks[std::size_t(i)];
            }
            hits += int(asExtreme(double(sum) - middle, double(seen) - middle, 1e-6, side));
        }
        out.p = double(hits + 1) / (kMonteCarloRounds + 1);
    }
    return checked(std::move(out));
}

} // namespace looptax
