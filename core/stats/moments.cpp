#include "stats/moments.h"

#include <algorithm>
#include <cmath>

namespace looptax {

Moments momentsOf(std::vector<double> values) {
    Moments out;
    out.n = int(values.size());
    if (values.empty()) return out;
    std::sort(values.begin(), values.end());
    if (values.front() == values.back()) {
        // A sum divided again may miss the value by a bit, and the deviation would be that bit.
        out.mean = values.front();
        return out;
    }
    double sum = 0;
    for (const double value : values) sum += value;
    out.mean = sum / out.n;
    double squares = 0;
    for (const double value : values) squares += (value - out.mean) * (value - out.mean);
    out.sd = std::sqrt(squares / (out.n - 1));
    return out;
}

} // namespace looptax
