// Does the share of passes fall or rise with a score? Cochran 1954, Armitage 1955; unit: the run.
#pragma once

#include "stats/trend_test.h"

#include <vector>

namespace looptax {

// One level: so many runs, so many of them passed.
struct ScoredShare {
    int score = 0; // turns of the cell, entries of the state, ...
    int passed = 0;
    int runs = 0;
    bool operator==(const ScoredShare&) const = default;
};

// T = sum s (k - n p), V = p (1 - p) (sum n s^2 - (sum n s)^2 / N). Less: passes fall as the score rises. p is
// exact given how many passed in all; the normal one, where runs are too many or scores too far apart for that
// (`method` says which). Needs two levels with runs and different scores.
TrendTest cochranArmitage(const std::vector<ScoredShare>& levels, Side side);

} // namespace looptax
