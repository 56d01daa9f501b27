#include "stats/cluster.h"

#include "stats/moments.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

int hitsOf(const std::vector<bool>& row) { return int(std::count(row.begin(), row.end(), true)); }

// Orders of `length` turns, `failures` of them failed, with exactly j neighbouring pairs of failures:
// C(failures - 1, j) * C(length - failures + 1, failures - j), as shares of all orders.
std::vector<double> pairWeights(int length, int failures) {
    if (failures < 2) return {1.0};
    const auto logChoose = [](int n, int k) { return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0); };
    std::vector<double> out(std::size_t(failures), 0.0);
    double sum = 0;
    for (int j = 0; j < failures; ++j) {
        const int runs = failures - j; // of failures in a row
        if (runs > length - failures + 1) continue;
        out[std::size_t(j)] =
            std::exp(logChoose(failures - 1, j) + logChoose(length - failures + 1, runs) - logChoose(length, failures));
        sum += out[std::size_t(j)];
    }
    for (double& weight : out) weight /= sum;
    return out;
}

} // namespace

double effectiveSize(double turns, double perRun, double icc) { return turns / (1 + (perRun - 1) * icc); }

ClusterSummary clusterSummary(const PassRows& rows, double level) {
    ClusterSummary out;
    std::vector<double> shares;
    double squaredLengths = 0;
    for (const std::vector<bool>& row : rows) {
        if (row.empty()) continue;
        ++out.runs;
        out.turns += int(row.size());
        out.passed += hitsOf(row);
        shares.push_back(double(hitsOf(row)) / double(row.size()));
        squaredLengths += double(row.size()) * double(row.size());
    }
    if (out.runs == 0) {
        out.missing = tooSmall(0, 2);
        return out;
    }
    const Moments m = momentsOf(shares);
    out.mean = m.mean;
    if (out.runs < 2) {
        out.missing = "too small: 1 run, 2 are needed";
        return out;
    }
    if (m.sd > 0) {
        out.standard_error = m.sd / std::sqrt(double(m.n));
        const double reach = studentQuantile((1 + level) / 2, m.n - 1) * *out.standard_error;
        out.interval = Interval{std::max(0.0, m.mean - reach), std::min(1.0, m.mean + reach), level, "Student t over runs"};
    } else {
        out.missing = "no spread: all runs have the same share";
    }
    if (out.passed == 0 || out.passed == out.turns) {
        out.missing = "no spread: every turn is the same";
        return out;
    }
    if (out.turns == out.runs) {
        out.missing = "no run has a second turn, so nothing is known of turns within a run";
        return out;
    }
    const double k = out.runs;
    const double n = out.turns;
    const double all = out.passed / n;
    std::vector<double> between, within; // added up in order of size: the order of the runs must not matter
    for (const std::vector<bool>& row : rows) {
        if (row.empty()) continue;
        const double length = double(row.size());
        const double share = hitsOf(row) / length;
        between.push_back(length * (share - all) * (share - all));
        within.push_back(length * share * (1 - share));
    }
    const double meanBetween = momentsOf(std::move(between)).mean * k / (k - 1);
    const double meanWithin = momentsOf(std::move(within)).mean * k / (n - k);
    const double n0 = (n - squaredLengths / n) / (k - 1);
    const double below = meanBetween + (n0 - 1) * meanWithin;
    if (!(below > 0)) {
        out.missing = "no spread: nothing is known of turns within a run";
        return out;
    }
    out.icc_raw = (meanBetween - meanWithin) / below;
    out.icc = std::clamp(*out.icc_raw, 0.0, 1.0);
    out.effective_n = effectiveSize(n, n / k, *out.icc);
    return out;
}

TestResult serialDependence(const PassRows& rows) {
    TestResult out;
    out.method = "exact, each run's turns in every order";
    int seen = 0;
    std::vector<std::pair<int, int>> shapes; // length, failures
    for (const std::vector<bool>& row : rows) {
        if (row.empty()) continue;
        ++out.n;
        const int failures = int(row.size()) - hitsOf(row);
        if (failures > 0) shapes.emplace_back(int(row.size()), failures);
        for (std::size_t i = 1; i < row.size(); ++i) seen += int(!row[i - 1] && !row[i]);
    }
    if (out.n == 0) {
        out.missing = tooSmall(0, 1);
        return out;
    }
    out.statistic = seen;
    std::sort(shapes.begin(), shapes.end());
    std::vector<double> total{1.0};
    for (const auto& [length, failures] : shapes) {
        const std::vector<double> add = pairWeights(length, failures);
        std::vector<double> next(total.size() + add.size() - 1, 0.0);
        for (std::size_t i = 0; i < total.size(); ++i)
            for (std::size_t j = 0; j < add.size(); ++j) next[i + j] += total[i] * add[j];
        total = std::move(next);
    }
    double p = 0;
    for (std::size_t i = total.size(); i-- > std::size_t(seen);) p += total[i];
    out.p = seen == 0 ? 1 : p;
    if (total.size() == 1) out.missing = "no run failed twice: nothing could follow a failure";
    return checked(std::move(out));
}

} // namespace looptax
