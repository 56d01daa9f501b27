// Shares of few runs. hits of `of`, 0 <= hits <= of; absent where that does not hold or `of` is 0.
// Wilson's intervals are for showing, Clopper and Pearson's, which cover at least what they say, for claims.
// All assume independent trials: of turns within runs see cluster.h.
#pragma once

#include "stats/interval.h"

#include <optional>

namespace looptax {

std::optional<Interval> wilsonInterval(int hits, int of, double level = 0.95);
std::optional<Interval> clopperPearson(int hits, int of, double level = 0.95);
// One-sided: the share is at least, at most this with confidence `level`.
std::optional<double> clopperPearsonLower(int hits, int of, double level = 0.95);
std::optional<double> clopperPearsonUpper(int hits, int of, double level = 0.95);

// Of the difference share a - share b of independent trials: Newcombe 1998, method 10.
std::optional<Interval> newcombeDifference(int hitsA, int ofA, int hitsB, int ofB, double level = 0.95);

} // namespace looptax
