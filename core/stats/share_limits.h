// Limits of pass rates as functions of the rate, for sizes that nobody has run yet: "how many more runs" asks what
// the interval would be if the rate stayed and n grew, and k = rate * n need not be whole then. For counts as they
// are, the intervals of stats/ do the same.
#pragma once

#include <vector>

namespace looptax {

struct Limits {
    double low = 0;
    double high = 0;
};

// Wilson's score limits of a share seen in n runs; n > 0, z the normal quantile.
Limits wilsonLimits(double share, double n, double z);

// A sum of independent shares, each with its weight: Wilson's limits squared and added (Newcombe 1998, method 10,
// which is the case +1, -1; Zou and Donner 2008 for more than two).
struct WeightedShare {
    double weight = 1;
    double share = 0;
    double n = 1;
};
double sumOf(const std::vector<WeightedShare>& shares);
double sumError(const std::vector<WeightedShare>& shares); // its standard error; 0 where every share is 0 or 1
Limits sumLimits(const std::vector<WeightedShare>& shares, double z);

// One-sided p of "the sum is at or above `margin`" (high) or "at or below" it (low), by inverting those limits.
double pAtOrAbove(const std::vector<WeightedShare>& shares, double margin);
double pAtOrBelow(const std::vector<WeightedShare>& shares, double margin);

} // namespace looptax
