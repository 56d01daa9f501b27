#include "stats/outliers.h"

#include "stats/estimate.h"
#include "stats/median.h"
#include "stats/order_statistics.h"

#include <algorithm>
#include <cmath>

namespace looptax {

std::optional<std::vector<double>> modifiedZ(const std::vector<double>& values) {
    const auto mad = medianAbsoluteDeviation(values);
    if (!mad || *mad == 0) return std::nullopt;
    const double middle = *medianOf(values);
    std::vector<double> out;
    out.reserve(values.size());
    for (const double value : values) out.push_back(0.6745 * (value - middle) / *mad);
    // A MAD next to nothing makes any other value infinitely far away.
    if (!allFinite(out)) return std::nullopt;
    return out;
}

OutlierFlags flagOutliers(const std::vector<double>& values) {
    OutlierFlags out;
    if (values.size() < 3 || !allFinite(values)) return out;
    const auto z = int(values.size()) >= kOutlierZFrom ? modifiedZ(values) : std::nullopt;
    const double middle = *medianOf(values);
    if (z) {
        out.rule = "modified z above 3.5";
        for (std::size_t i = 0; i < values.size(); ++i)
            if (std::abs((*z)[i]) > kOutlierZ) out.flagged.push_back(i);
    } else {
        out.rule = "maximum above twice the median";
        const double largest = *std::max_element(values.begin(), values.end());
        for (std::size_t i = 0; i < values.size(); ++i)
            if (middle > 0 && values[i] == largest && largest / 2 > middle) out.flagged.push_back(i);
    }
    if (out.flagged.empty()) return out;
    std::vector<double> rest;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::binary_search(out.flagged.begin(), out.flagged.end(), i)) rest.push_back(values[i]);
    out.median_without = medianOf(std::move(rest));
    return out;
}

} // namespace looptax
