// Bias-corrected and accelerated bootstrap (Efron 1987) of a geometric mean: a second opinion beside Student's t
// on the logarithms. Where the two differ, n is too small for either.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct BcaEstimate {
    Estimate estimate;          // the geometric mean and its interval
    double bias = 0;            // z0; a resample that hits the estimate counts half
    double acceleration = 0;    // from the jackknife
    double low_level = 0;       // the adjusted levels at which the bootstrap distribution is read
    double high_level = 0;
    bool operator==(const BcaEstimate&) const = default;
};
// Of positive values. All n^n resamples up to n = 10, so that no seed decides; Monte Carlo above. Needs five.
BcaEstimate bcaGeometricMean(const std::vector<double>& values, double level = 0.95,
                             std::uint64_t seed = kMonteCarloSeed);

} // namespace looptax
