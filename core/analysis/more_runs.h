// "How many more runs would decide it": the n from which the rule is as likely as not to decide, at the spread seen and
// given what was seen already. The estimate alone would send everybody off for far too many: a verdict is open because
// its estimate happened to lie near the limit, and further runs will move it.
#pragma once

#include <functional>
#include <optional>

namespace looptax {

inline constexpr int kMostRuns = 10'000; // a larger answer to "how many more" helps nobody

// The smallest n in (now, kMostRuns] at which chance(n) is a half or more; chance must not fall with n.
std::optional<int> runsForEvenChance(int now, const std::function<double(int)>& chance);

// A mean of `now` runs and its standard error. What it will be of n runs, those included, is normal: around itself with
// the variance that the new ones bring (the predictive distribution under a flat prior), or, where the new ones are
// assumed to scatter around a known `truth`, moved towards that.
struct MeanSoFar {
    double mean = 0;
    double error = 0; // 0: every run gave the same, and the next will
    int now = 1;
    std::optional<double> truth;
    // P(the mean of n runs lies above, below, between).
    double above(double limit, int n) const;
    double below(double limit, int n) const;
    double between(double low, double high, int n) const;

private:
    double centre(int n) const;
    double spread(int n) const;
};

// P(a z statistic that is z after `now` runs is at least `limit` after n of them).
double chanceOfZ(double z, double limit, int now, int n);

// Runs from which an exact sign-flip p can be that small, one-sided: 1 / 2^n <= alpha.
int signFlipFloor(double alpha);

} // namespace looptax
