// The median of a set of values.
#pragma once

#include <optional>
#include <vector>

namespace looptax {

// Absent for no values; the mean of the middle two for an even number of them.
std::optional<double> medianOf(std::vector<double> values);

} // namespace looptax
