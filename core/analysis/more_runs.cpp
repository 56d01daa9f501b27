#include "analysis/more_runs.h"

#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

std::optional<int> runsForEvenChance(int now, const std::function<double(int)>& chance) {
    int step = 1, low = std::max(1, now), high = low;
    while (high < kMostRuns) {
        low = high;
        high = std::min(kMostRuns, low + step);
        step *= 2;
        if (chance(high) < 0.5) continue;
        while (high - low > 1) {
            const int middle = low + (high - low) / 2;
            (chance(middle) >= 0.5 ? high : low) = middle;
        }
        return high;
    }
    return std::nullopt;
}

double MeanSoFar::centre(int n) const { return truth && n > now ? (mean * now + *truth * (n - now)) / n : mean; }

double MeanSoFar::spread(int n) const {
    if (n <= now) return 0;
    const double more = double(n - now) / n; // of all runs, those to come
    return error * std::sqrt(truth ? more * now / n : more);
}

double MeanSoFar::above(double limit, int n) const {
    if (!(spread(n) > 0)) return centre(n) > limit ? 1 : 0;
    return normalUpperTail((limit - centre(n)) / spread(n));
}

double MeanSoFar::below(double limit, int n) const {
    if (!(spread(n) > 0)) return centre(n) < limit ? 1 : 0;
    return normalCdf((limit - centre(n)) / spread(n));
}

double MeanSoFar::between(double low, double high, int n) const {
    return low < high ? std::max(0.0, above(low, n) - above(high, n)) : 0;
}

double chanceOfZ(double z, double limit, int now, int n) {
    const double growth = double(n) / std::max(1, now);
    if (growth <= 1) return z >= limit ? 1 : 0;
    return normalUpperTail((limit - z * std::sqrt(growth)) / std::sqrt(growth - 1));
}

int signFlipFloor(double alpha) { return std::max(2, int(std::ceil(-std::log2(std::max(alpha, 1e-12)) - 1e-9))); }

} // namespace looptax
