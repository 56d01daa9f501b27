#include "stats/bootstrap.h"

#include "base/seeded_random.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr int kAllUpTo = 10; // 92,378 different resamples
constexpr int kNeeded = 5;

struct Resample {
    double mean = 0;
    double weight = 0; // of all, as a share
};

// Resamples that hold the same values count as one with the number of their orders as weight.
void gather(const std::vector<double>& logs, std::size_t at, int left, double sum, double weight,
            std::vector<Resample>& out) {
    const double n = double(logs.size());
    if (at + 1 == logs.size()) {
        for (int i = 1; i <= left; ++i)
            weight /= i * n;
        out.push_back({(sum + left * logs[at]) / n, weight});
        return;
    }
    for (int taken = 0; taken <= left; ++taken) {
        gather(logs, at + 1, left - taken, sum + taken * logs[at], weight, out);
        weight /= (taken + 1) * n;
    }
}

std::vector<Resample> resamples(const std::vector<double>& logs, std::uint64_t seed) {
    const auto n = int(logs.size());
    std::vector<Resample> out;
    if (n <= kAllUpTo) {
        double orders = 1;
        for (int i = 2; i <= n; ++i)
            orders *= i;
        gather(logs, 0, n, 0, orders, out);
    } else {
        SeededRandom random(seed);
        for (int round = 0; round < kMonteCarloRounds; ++round) {
            double sum = 0;
            for (int i = 0; i < n; ++i)
                sum += logs[std::size_t(random.below(std::uint64_t(n)))];
            out.push_back({sum / n, 1.0 / kMonteCarloRounds});
        }
    }
    std::sort(out.begin(), out.end(), [](const Resample& a, const Resample& b) { return a.mean < b.mean; });
    return out;
}

// The smallest value that at least this share of the resamples does not exceed.
double valueAt(const std::vector<Resample>& sorted, double share) {
    double sum = 0;
    for (const Resample& r : sorted)
        if ((sum += r.weight) >= share - 1e-12) return r.mean;
    return sorted.back().mean;
}

double acceleration(const std::vector<double>& logs) {
    double total = 0;
    for (const double value : logs)
        total += value;
    const double n = double(logs.size());
    double cubes = 0, squares = 0;
    for (const double value : logs) {
        // The mean of the jackknife's means is the mean of all.
        const double off = total / n - (total - value) / (n - 1);
        cubes += off * off * off;
        squares += off * off;
    }
    return squares > 0 ? cubes / (6 * std::pow(squares, 1.5)) : 0;
}

} // namespace

BcaEstimate bcaGeometricMean(const std::vector<double>& values, double level, std::uint64_t seed) {
    BcaEstimate out;
    out.estimate.n = int(values.size());
    out.estimate.method = "geometric mean";
    std::vector<double> logs;
    for (const double value : values) {
        if (!(value > 0) || !std::isfinite(value)) {
            out.estimate.missing = "a value is not a finite number above 0";
            return out;
        }
        logs.push_back(std::log(value));
    }
    if (out.estimate.n < kNeeded || out.estimate.n > 10'000) {
        out.estimate.missing = out.estimate.n < kNeeded ? tooSmall(out.estimate.n, kNeeded)
                                                        : "more than 10000 values: not computed";
        return out;
    }
    std::sort(logs.begin(), logs.end());
    double mean = 0;
    for (const double value : logs)
        mean += value / double(logs.size());
    out.estimate.value = std::exp(mean);
    if (logs.front() == logs.back()) {
        out.estimate.missing = "no spread: all values are equal";
        return out;
    }
    const std::vector<Resample> sorted = resamples(logs, seed);
    const double tolerance = 1e-12 * std::max(std::abs(logs.front()), std::abs(logs.back()));
    double below = 0;
    for (const Resample& r : sorted)
        below += r.mean < mean - tolerance ? r.weight : r.mean <= mean + tolerance ? r.weight / 2 : 0;
    if (!(below > 0 && below < 1)) {
        out.estimate.missing = "the resamples lie on one side of the estimate";
        return out;
    }
    out.bias = normalQuantile(below);
    out.acceleration = acceleration(logs);
    const auto adjusted = [&](double p) {
        const double z = out.bias + normalQuantile(p);
        return normalCdf(out.bias + z / (1 - out.acceleration * z));
    };
    out.low_level = adjusted((1 - level) / 2);
    out.high_level = adjusted((1 + level) / 2);
    out.estimate.interval = Interval{std::exp(valueAt(sorted, out.low_level)),
                                     std::exp(valueAt(sorted, out.high_level)), level,
                                     out.estimate.n <= kAllUpTo ? "BCa bootstrap, all resamples"
                                                                : "BCa bootstrap, " + monteCarloText(seed)};
    out.estimate = checked(std::move(out.estimate));
    return out;
}

} // namespace looptax
