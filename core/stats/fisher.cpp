#include "stats/fisher.h"

#include "base/text.h"
#include "base/words.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

// P(a has low + i hits | hits in all), by the ratio of neighbours from the most likely on: no factorials.
struct Hypergeometric {
    int low = 0;
    std::vector<double> p;
};
Hypergeometric hypergeometric(int ofA, int ofB, int hits) {
    Hypergeometric out;
    out.low = std::max(0, hits - ofB);
    const int high = std::min(hits, ofA);
    out.p.assign(std::size_t(high - out.low) + 1, 0.0);
    const auto step = [&](int k) { // P(k + 1) / P(k)
        return double(ofA - k) * double(hits - k) / (double(k + 1) * double(ofB - hits + k + 1));
    };
    int mode = int((double(hits) + 1) * (double(ofA) + 1) / (double(ofA) + ofB + 2));
    mode = std::clamp(mode, out.low, high);
    out.p[std::size_t(mode - out.low)] = 1;
    double sum = 1;
    for (int k = mode; k < high; ++k) sum += out.p[std::size_t(k + 1 - out.low)] = out.p[std::size_t(k - out.low)] * step(k);
    for (int k = mode; k > out.low; --k)
        sum += out.p[std::size_t(k - 1 - out.low)] = out.p[std::size_t(k - out.low)] / step(k - 1);
    for (double& p : out.p) p /= sum;
    return out;
}

double tail(const Hypergeometric& h, int seen, Side side) {
    // Tables as likely as the one seen belong to it, however the last bits of the two fell out.
    const double limit = h.p[std::size_t(seen - h.low)] * (1 + 1e-7);
    double p = 0;
    for (std::size_t i = 0; i < h.p.size(); ++i) {
        const int k = h.low + int(i);
        const bool counts = side == Side::Less ? k <= seen : side == Side::Greater ? k >= seen : h.p[i] <= limit;
        if (counts) p += h.p[i];
    }
    return std::min(p, 1.0);
}

} // namespace

TestResult fisherTest(int hitsA, int ofA, int hitsB, int ofB, Side side) {
    TestResult out;
    out.method = "exact Fisher, " + std::string(name(side));
    const auto sensible = [](int hits, int of) { return of > 0 && of <= 10'000 && hits >= 0 && hits <= of; };
    if (!sensible(hitsA, ofA) || !sensible(hitsB, ofB)) {
        out.missing = ofA <= 0 || ofB <= 0 ? tooSmall(0, 1) + " on each side" : "not a share of 1 to 10000 runs";
        return out;
    }
    out.n = ofA + ofB;
    out.statistic = double(hitsA) / ofA - double(hitsB) / ofB;
    out.p = tail(hypergeometric(ofA, ofB, hitsA + hitsB), hitsA, side);
    return out;
}

std::optional<double> fisherPower(int ofA, double shareA, int ofB, double shareB, double alpha) {
    const auto isShare = [](double p) { return p >= 0 && p <= 1; };
    if (ofA < 1 || ofB < 1 || ofA > 1000 || ofB > 1000 || !isShare(shareA) || !isShare(shareB)) return std::nullopt;
    std::vector<double> pointsA, pointsB;
    for (int k = 0; k <= ofA; ++k) pointsA.push_back(binomialPoint(k, ofA, shareA));
    for (int k = 0; k <= ofB; ++k) pointsB.push_back(binomialPoint(k, ofB, shareB));
    double power = 0;
    for (int hits = 0; hits <= ofA + ofB; ++hits) {
        const Hypergeometric h = hypergeometric(ofA, ofB, hits);
        for (std::size_t i = 0; i < h.p.size(); ++i) {
            const int a = h.low + int(i);
            const double weight = pointsA[std::size_t(a)] * pointsB[std::size_t(hits - a)];
            // Most tables of a share of 1 cannot occur.
            if (weight > 0 && tail(h, a, Side::TwoSided) <= alpha) power += weight;
        }
    }
    return std::min(power, 1.0);
}

std::vector<PowerRow> powerTable(int n, const std::vector<double>& shares, double alpha) {
    std::vector<PowerRow> out;
    for (const double share : shares)
        if (const auto power = fisherPower(n, 1.0, n, share, alpha)) out.push_back({n, share, *power});
    return out;
}

std::string powerText(const std::vector<PowerRow>& rows, double alpha) {
    if (rows.empty()) return {};
    const auto series = [&](auto number) {
        std::string out;
        for (const PowerRow& row : rows)
            out += (out.empty() ? "" : &row == &rows.back() ? " and " : ", ") + fixedText(100 * number(row), 0);
        return out;
    };
    return "With " + counted(rows.front().n, "run") + " a side Fisher's exact test (two-sided, " + numberText(alpha) +
           ") finds a fall from 100 % to " + series([](const PowerRow& row) { return row.share; }) + " % in " +
           series([](const PowerRow& row) { return row.power; }) + " of 100 sweeps.";
}

} // namespace looptax
