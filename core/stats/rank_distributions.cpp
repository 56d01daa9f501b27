#include "stats/rank_distributions.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kMostSteps = 1e8;
constexpr double kRounding = 1e-9; // statistics are whole or half numbers, made of sums

// Of m marked among m + n: P(m, n, u) = m/(m+n) P(m-1, n, u-n) + n/(m+n) P(m, n-1, u).
std::vector<double> twoGroups(int m, int n) {
    std::vector<std::vector<double>> row(std::size_t(n) + 1, std::vector<double>{1.0}); // m = 0
    for (int i = 1; i <= m; ++i) {
        std::vector<std::vector<double>> next;
        next.reserve(row.size());
        next.push_back({1.0}); // n = 0
        for (int j = 1; j <= n; ++j) {
            std::vector<double> at(std::size_t(i) * std::size_t(j) + 1, 0.0);
            const double marked = double(i) / (i + j);
            const std::vector<double>& last = row[std::size_t(j)];
            for (std::size_t u = 0; u < last.size(); ++u) at[u + std::size_t(j)] += marked * last[u];
            const std::vector<double>& left = next[std::size_t(j) - 1];
            for (std::size_t u = 0; u < left.size(); ++u) at[u] += (1 - marked) * left[u];
            next.push_back(std::move(at));
        }
        row = std::move(next);
    }
    return row.back();
}

std::vector<double> convolved(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> out(a.size() + b.size() - 1, 0.0);
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
    return out;
}

} // namespace

std::optional<std::vector<double>> inversionDistribution(const std::vector<int>& groups) {
    // The order of the groups changes nothing but the rounding.
    std::vector<int> sizes;
    for (const int size : groups) {
        if (size < 0 || size > 10'000) return std::nullopt;
        if (size > 0) sizes.push_back(size);
    }
    std::sort(sizes.begin(), sizes.end());
    double before = 0, length = 1, steps = 0;
    for (const double size : sizes) {
        const double degree = before * size;
        steps += (degree + 1) * degree / 2 * (before > 0 ? 1 : 0) + length * (degree + 1);
        length += degree;
        before += size;
    }
    if (steps > kMostSteps) return std::nullopt;
    std::vector<double> out{1.0};
    int total = 0;
    for (const int size : sizes) {
        if (total > 0)
            out = convolved(out,
                            size == 1 ? std::vector<double>(std::size_t(total) + 1, 1.0 / (total + 1)) : twoGroups(size, total));
        total += size;
    }
    return out;
}

} // namespace looptax
