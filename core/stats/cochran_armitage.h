// Does the share of passes fall or rise with a score? Cochran 1954, Armitage 1955; unit: the run.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

// One level: so many runs, so many of them passed.
struct ScoredShare {
    int score = 0; // turns of the cell, entries of the state, ...
    int passed = 0;
    int runs = 0;
    bool operator==(const ScoredShare&) const = default;
};

struct TrendTest {
    int n = 0; // runs
    std::optional<double> statistic;
    std::optional<double> expected;
    std::optional<double> variance; // under the null, ties taken into account
    std::optional<double> z;        // absent where the variance is 0
    std::optional<double> p_normal; // of z, without continuity correction
    std::optional<double> p;        // the one to use: exact where `method` says so
    std::string method;
    std::string missing;
    bool operator==(const TrendTest&) const = default;
};

// T = sum s (k - n p), V = p (1 - p) (sum n s^2 - (sum n s)^2 / N). Less: passes fall as the score rises. p is
// exact given how many passed in all; the normal one, where runs are too many or scores too far apart for that
// (`method` says which). Needs two levels with runs and different scores.
TrendTest cochranArmitage(const std::vector<ScoredShare>& levels, Side side);

} // namespace looptax
