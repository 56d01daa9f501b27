// Values that lie far from the others: flagged, never dropped. Medians are shown with and without them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// Iglewicz and Hoaglin 1993: 0.6745 (x - median) / MAD, one for each value in the order given. Absent where the
// MAD is 0 ("no spread": nothing to divide by) or a value is not finite.
std::optional<std::vector<double>> modifiedZ(const std::vector<double>& values);

inline constexpr double kOutlierZ = 3.5;
inline constexpr int kOutlierZFrom = 8; // values; below, |z| of an innocent value is too easily large

struct OutlierFlags {
    std::vector<std::size_t> flagged;     // indices into the values, ascending
    std::optional<double> median_without; // absent where nothing is flagged
    std::string rule;                     // the one that applied; empty where none could
    bool operator==(const OutlierFlags&) const = default;
};
// |modified z| > 3.5 from 8 values on. With fewer, or where the MAD is 0, only a maximum above twice the median.
OutlierFlags flagOutliers(const std::vector<double>& values);

} // namespace looptax
