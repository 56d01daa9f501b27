// A number against what it must be, to the digits that are given.
#pragma once

#include "analysis/verdict.h"

#include <QtGlobal>

#include <cmath>
#include <optional>

namespace looptax {

// tolerance: half a unit of the last digit given.
inline bool agrees(std::optional<double> got, double expected, double tolerance) {
    const bool good = got && std::abs(*got - expected) <= tolerance;
    if (!good) qWarning("%.12g, expected %.12g", got.value_or(std::nan("")), expected);
    return good;
}

inline bool agrees(const std::optional<Interval>& got, double low, double high, double tolerance) {
    if (!got) qWarning("no interval");
    return got && agrees(got->low, low, tolerance) && agrees(got->high, high, tolerance);
}

} // namespace looptax
