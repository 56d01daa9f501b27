// An interval of a statistic.
#pragma once

#include <string>

namespace looptax {

// An interval with the coverage it really has: an exact one of few values covers more or less than was asked for.
struct Interval {
    double low = 0;
    double high = 0;
    double coverage = 0; // 0 to 1
    std::string method;  // "order statistics", "Student t on logs", "Wilson", ...
    bool operator==(const Interval&) const = default;
};

} // namespace looptax
