// The pass rate of a turn where the turns of a run resemble each other: every run has a rate of its own, drawn from a
// beta distribution with mean `rate`, and its turns pass by that rate. `correlation` is that of two turns of a run
// (0 to 1): at 0 all turns are independent, at 1 a run passes whole or not at all and only runs count. Assumes that
// the turns of a run are exchangeable: what depends on the turn's number is not in it.
// Source: Griffiths 1973 (likelihood), Williams 1975 (inference on the mean).
#pragma once

#include "stats/cluster.h"

namespace looptax {

// With fewer runs next to nothing is known of how they differ, and a mean of runs with Student's t says as much.
inline constexpr int kBetaBinomialRuns = 10;

struct BetaBinomial {
    int runs = 0;
    std::optional<double> rate;        // maximum likelihood, 0 to 1
    std::optional<double> correlation; // likewise, 0 to 1
    std::optional<Interval> interval;  // of the rate, by profile likelihood
    std::string missing;               // why they are absent
    bool operator==(const BetaBinomial&) const = default;
};
// The interval holds every rate whose log likelihood, the correlation at its best for that rate, is below the largest
// by at most half the square of Student's t with runs - 1 degrees of freedom: the normal's, which the theory of many
// runs would take, covers too little with ten (validity.md has both the claim and what came out).
BetaBinomial betaBinomial(const PassRows& rows, double level = 0.95);

} // namespace looptax
