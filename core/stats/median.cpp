#include "stats/median.h"

#include <algorithm>

namespace looptax {

std::optional<double> medianOf(std::vector<double> values) {
    if (values.empty()) return std::nullopt;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    // Halves first: the sum of two large values could overflow.
    return values[middle - 1] / 2 + values[middle] / 2;
}

} // namespace looptax
