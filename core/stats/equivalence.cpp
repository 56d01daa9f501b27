#include "stats/equivalence.h"

#include "stats/moments.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

Equivalence equivalentToZero(std::vector<double> values, double delta, double alpha) {
    Equivalence out;
    out.n = int(values.size());
    out.method = "two one-sided t tests";
    if (out.n < 2 || !allFinite(values)) {
        out.missing = out.n < 2 ? tooSmall(out.n, 2) : "a value is not a finite number";
        return out;
    }
    if (!(delta > 0) || !std::isfinite(delta) || !(alpha > 0 && alpha < 0.5)) {
        out.missing = "the margin is not above 0, or alpha not between 0 and 0.5";
        return out;
    }
    const Moments m = momentsOf(std::move(values));
    if (!std::isfinite(m.mean) || !std::isfinite(m.sd)) {
        out.missing = "the values are too large to be added up";
        return out;
    }
    out.value = m.mean;
    if (m.sd == 0) {
        out.missing = "no spread: all values are equal";
        return out;
    }
    const double error = m.sd / std::sqrt(double(m.n));
    out.p_low = studentUpperTail((m.mean + delta) / error, m.n - 1);
    out.p_high = studentUpperTail((delta - m.mean) / error, m.n - 1);
    out.p = std::max(*out.p_low, *out.p_high);
    const double reach = studentQuantile(1 - alpha, m.n - 1) * error;
    out.interval = Interval{m.mean - reach, m.mean + reach, 1 - 2 * alpha, "Student t"};
    return out;
}

} // namespace looptax
