// A cliff: the split of ordered levels at which the share of passes falls most, and whether chance makes such
// splits. Unit: the run.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

struct LevelShare {
    int passed = 0;
    int runs = 0;
    bool operator==(const LevelShare&) const = default;
};

struct ChangePoint {
    int n = 0;                // runs
    std::optional<double> g2; // 2 [ll(left) + ll(right) - ll(all)], the largest over splits at which the share falls
    std::optional<int> after; // the split lies after this many levels; absent where the share falls nowhere
    LevelShare left;          // pooled; with newcombeDifference() the interval of the drop
    LevelShare right;
    std::optional<double> drop; // share of left - share of right
    std::optional<double> p;    // exact: of so large a g2, given how many runs passed in all
    std::string method;
    std::string missing;
    bool operator==(const ChangePoint&) const = default;
};
// levels in their order, those without runs left out of sight (they keep their number). Needs two with runs; at
// most 2000 runs. Of equal splits the first.
ChangePoint changePoint(const std::vector<LevelShare>& levels);

} // namespace looptax
