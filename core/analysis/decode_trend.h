// Does the decode rate fall as the context grows? Per run the median of all slopes between two of its turns
// (Theil-Sen; Sen 1968), rate over context; then the median over runs, because turns of one run are not
// independent. A rate is the runtime's own where it reports one for every turn of the target: by the client's
// clock a runtime that counts a stop token seems faster by 1/n, and replies do not all have one length. Else the
// client's (clientDecodeRate), which sees none where several tokens come at once: taken for one, a chunk makes a
// constant rate fall as replies grow. Its context is what stood before the tokens on average:
// prompt_tokens + predicted_tokens / 2. The cache mode changes what is read before the first token and nothing
// after it, so runs of all modes count.
#pragma once

#include "analysis/verdict.h"
#include "domain/turn_record.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct DecodeTrend {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    int runs = 0;            // with a slope
    bool by_runtime = false; // whose rates
    double context_low = 0;  // tokens: the medians over runs of the shortest and the longest
    double context_high = 0;
    // Tokens/s: medians over runs of the turn with the shortest and the longest context; absent where no run has rates.
    std::optional<double> rate_low;
    std::optional<double> rate_high;
    // Tokens/s per 1,000 tokens of context, negative where it slows down; absent where why_not says so.
    std::optional<double> per_thousand;
    std::optional<Interval> interval; // of it, by order statistics of the runs
    std::string why_not;              // "the context hardly changes", "chunked: several tokens came at once"
};

// Of runs that are complete, with at least three rates, or as many turns whose streams show none. Sorted by target, design,
// cap, padding. A slope over a context that does not grow by half means nothing and is not given.
std::vector<DecodeTrend> decodeTrends(const std::vector<TurnRecord>& turns);

} // namespace looptax
