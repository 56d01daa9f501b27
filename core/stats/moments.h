// Mean and sample standard deviation (n - 1). Values are added up in order of size, so that the same set gives
// the same bits in whatever order it came.
#pragma once

#include <vector>

namespace looptax {

struct Moments {
    int n = 0;
    double mean = 0; // of no values 0
    double sd = 0;   // of fewer than two, or of equal ones, exactly 0
};
Moments momentsOf(std::vector<double> values);

} // namespace looptax
