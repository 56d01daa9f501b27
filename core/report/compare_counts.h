// What a comparison adds up to, for its document and its JSON alike.
#pragma once

#include "analysis/compare.h"

#include <array>
#include <map>
#include <string_view>

namespace looptax {

// What two sessions are compared in: of summaryMetrics(), and "all_pass" for right answers, which comes last.
inline constexpr std::array<std::string_view, 4> kCompared{"ttft_ms", "decode_tps", "processed_tokens", "all_pass"};

struct ContrastCounts {
    int rows = 0;
    std::map<Contrast, int> by;
};
ContrastCounts countContrasts(const Comparison& comparison, std::string_view metric);

// Of the turns that differ in TTFT those that differ in the tokens read anew as well: a turn whose prompt was another is
// no turn that was faster.
struct ReadOtherwise {
    int times = 0;
    int both = 0;
};
ReadOtherwise readOtherwise(const Comparison& comparison);

// Blocks a side of the least comparison of right answers that shows no difference: how little they could have shown is
// told beside it. 0: every one shows a difference.
int leastBlocksWithoutDifference(const Comparison& comparison);
inline constexpr double kComparePowerAlpha = 0.05;

inline int rowsJudged(const Comparison& comparison) { return int(comparison.metrics.size() + comparison.passes.size()); }

} // namespace looptax
