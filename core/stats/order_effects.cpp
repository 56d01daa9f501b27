#include "stats/order_effects.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace looptax {

std::optional<double> placeGap(std::string_view order, char a, char b) {
    double sumA = 0, sumB = 0;
    int countA = 0, countB = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (order[i] == a) sumA += double(i), ++countA;
        if (order[i] == b) sumB += double(i), ++countB;
    }
    if (countA == 0 || countB == 0) return std::nullopt;
    return sumB / countB - sumA / countA;
}

std::optional<double> driftedReading(std::string_view order, double gap, double drift, char a, char b) {
    const auto places = placeGap(order, a, b);
    if (!places) return std::nullopt;
    return gap + drift * *places;
}

bool isWilliamsSquare(const std::vector<std::string_view>& rows) {
    if (rows.empty()) return false;
    const std::set<char> letters(rows.front().begin(), rows.front().end());
    const std::size_t k = letters.size();
    if (k < 2 || rows.size() % k != 0) return false;
    std::map<std::pair<std::size_t, char>, std::size_t> inColumn;
    std::map<std::pair<char, char>, std::size_t> neighbours;
    for (const std::string_view row : rows) {
        if (row.size() != k || std::set<char>(row.begin(), row.end()) != letters) return false;
        for (std::size_t i = 0; i < k; ++i) {
            ++inColumn[{i, row[i]}];
            if (i > 0) ++neighbours[{row[i - 1], row[i]}];
        }
    }
    const std::size_t squares = rows.size() / k;
    const auto evenly = [&](const auto& entry) { return entry.second == squares; };
    return inColumn.size() == k * k && neighbours.size() == k * (k - 1) &&
           std::all_of(inColumn.begin(), inColumn.end(), evenly) &&
           std::all_of(neighbours.begin(), neighbours.end(), evenly);
}

} // namespace looptax
