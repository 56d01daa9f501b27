// "It does not change" needs a proof of its own, not the absence of one that it does: two one-sided t tests
// (Schuirmann 1987; Lakens 2017).
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct Equivalence {
    int n = 0;
    std::optional<double> value;      // the mean, or the geometric mean of ratios
    std::optional<double> p_low;      // of "it is at or below the lower margin"
    std::optional<double> p_high;     // of "it is at or above the upper margin"
    std::optional<double> p;          // the larger of them: equivalent where it is at most alpha
    std::optional<Interval> interval; // 1 - 2 alpha, 90 % for 0.05; inside the margins exactly when p <= alpha
    std::string method;
    std::string missing;
    bool operator==(const Equivalence&) const = default;
};

// Margins -delta and delta > 0, in the unit of the values. Needs two values that differ.
Equivalence equivalentToZero(std::vector<double> values, double delta, double alpha = 0.05);
} // namespace looptax
