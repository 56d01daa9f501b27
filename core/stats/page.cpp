#include "stats/quantiles.h"
#include "stats/trend_test.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

namespace looptax {

namespace {

constexpr std::size_t kExactColumns = 8;

using Weights = std::map<std::int64_t, double>; // probability of a doubled statistic

std::vector<int> doubledRowRanks(const std::vector<double>& row) {
    std::vector<double> sorted = row;
    std::sort(sorted.begin(), sorted.end());
    std::vector<int> out;
    for (const double value : row) {
        const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
        out.push_back(int(low - sorted.begin()) + 1 + int(high - sorted.begin()));
    }
    return out;
}

std::int64_t weighted(const std::vector<int>& ranks) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i)
        sum += std::int64_t(i + 1) * ranks[i];
    return sum;
}

// Over all arrangements of one row's ranks, which are sorted. Equal ranks make equal arrangements, each as
// often as any other, so that going through the different ones is enough.
Weights rowWeights(std::vector<int> ranks) {
    Weights out;
    double count = 0;
    do {
        ++out[weighted(ranks)];
        ++count;
    } while (std::next_permutation(ranks.begin(), ranks.end()));
    for (auto& [at, weight] : out)
        weight /= count;
    return out;
}

} // namespace

TrendTest pageTest(const std::vector<std::vector<double>>& rows, Side side) {
    TrendTest out;
    const std::size_t columns = rows.empty() ? 0 : rows.front().size();
    for (const std::vector<double>& row : rows) {
        out.n += int(row.size());
        if (row.size() != columns)
            out.missing = "rows of different length";
        else if (!allFinite(row))
            out.missing = "a value is not a finite number";
    }
    if (columns < 2) out.missing = "too small: two columns are needed";
    if (columns > 1000 || rows.size() > 1000) out.missing = "more than 1000 rows or columns: not computed";
    if (!out.missing.empty()) return out;
    const double k = double(columns);
    const double spreadColumns = k * (k * k - 1) / 12;
    std::int64_t seen = 0;
    double variance = 0;
    Weights total{{0, 1.0}};
    std::map<std::vector<int>, Weights> known;
    for (const std::vector<double>& row : rows) {
        std::vector<int> ranks = doubledRowRanks(row);
        seen += weighted(ranks);
        double spread = 0;
        for (const int rank : ranks)
            spread += (rank / 2.0 - (k + 1) / 2) * (rank / 2.0 - (k + 1) / 2);
        variance += spreadColumns * spread / (k - 1);
        if (columns > kExactColumns) continue;
        std::sort(ranks.begin(), ranks.end());
        auto at = known.find(ranks);
        if (at == known.end()) at = known.emplace(ranks, rowWeights(ranks)).first;
        Weights next;
        for (const auto& [sum, weight] : total)
            for (const auto& [add, share] : at->second)
                next[sum + add] += weight * share;
        total = std::move(next);
    }
    out.statistic = double(seen) / 2;
    out.expected = double(rows.size()) * k * (k + 1) * (k + 1) / 4;
    out.variance = variance;
    const std::string sided = ", " + std::string(name(side));
    if (variance == 0) {
        out.method = "exact Page" + sided;
        out.p = 1;
        out.missing = "no spread: the values of every row are equal";
        return out;
    }
    out.z = (*out.statistic - *out.expected) / std::sqrt(variance);
    out.p_normal = side == Side::TwoSided ? 2 * normalUpperTail(std::abs(*out.z))
                                          : normalUpperTail(side == Side::Greater ? *out.z : -*out.z);
    if (columns > kExactColumns) {
        out.method = "Page" + sided + ", normal approximation";
        out.p = out.p_normal;
        return out;
    }
    out.method = "exact Page" + sided;
    const double off = std::abs(double(seen) / 2 - *out.expected);
    double p = 0;
    for (const auto& [at, weight] : total)
        if (side == Side::Greater ? at >= seen
            : side == Side::Less  ? at <= seen
                                  : std::abs(double(at) / 2 - *out.expected) >= off - 1e-9)
            p += weight;
    out.p = std::min(p, 1.0);
    return out;
}

} // namespace looptax
