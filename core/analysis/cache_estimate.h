// How many prompt tokens a runtime must have reused that does not count them (Ollama before 0.33.3), from how long it says
// it read.
//
// The cold turns of a target (every turn of cache mode cold, turn 1 of a run-isolated run: a random tag stood in front)
// give its rate of reading in this session, by the prefill cost model and the fit of analysis/prefill_fit.h:
//   prompt_ms = fixed + processed * (per_token + per_token_context * attended)
// Then any turn's prompt_ms names its processed tokens, and what is missing to prompt_tokens was reused. No term may be
// negative. (Were all of the prompt attended to, a model of cold turns alone would make reused tokens half as dear as they
// are, and the estimate would be low by twice as much.)
//
// Interval, 95 %: inverse prediction by the delta method (the spread of one turn and the covariance of the parameters) with
// Student's t; where a prompt was read in part, up to 20 % of what was read on either side
// beside it, for the law was never seen there: that much a real Ollama asked for. What it does not hold: other work beside. A
// template's head stays reusable in cold turns too and counts as read there: some three to thirty tokens.
//
// An estimate. It has columns of its own, is in no median of measured counts, and decides no stratum.
#pragma once

#include "analysis/summary.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct CachedEstimate {
    std::int64_t tokens = 0; // 0 <= low <= tokens <= high < prompt_tokens
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool operator==(const CachedEstimate&) const = default;
};

// Of one target that reports prompt_ms and no cached tokens.
struct ReadingRate {
    std::string target;
    int turns = 0;             // cold turns that were looked at
    int lengths = 0;           // different prompt lengths among them
    std::int64_t shortest = 0; // prompt tokens
    std::int64_t longest = 0;
    bool fitted = false;
    std::string why_not; // in words, with what would help; empty when fitted
    double fixed_ms = 0;
    double per_token_ms = 0;
    double per_token_context_ms = 0;
    double spread_percent = 0; // standard deviation of one turn's prompt_ms about the law, robust
    bool operator==(const ReadingRate&) const = default;
};

struct CacheEstimates {
    std::vector<ReadingRate> rates;                   // by target
    std::vector<std::optional<CachedEstimate>> turns; // one for each row; absent where there is no rate or no need
};

// Least that a rate is fitted from: anything less is a guess about prompts of other lengths.
inline constexpr int kLeastColdTurns = 6;
inline constexpr int kLeastColdLengths = 3;
inline constexpr double kLeastColdSpan = 1.5; // longest over shortest

// Pure; never NaN or infinite. The order of the rows changes no rate.
CacheEstimates estimateCached(const std::vector<TurnRecord>& turns);

// Estimates of complete runs under one key; medians over turns, the ends of the interval likewise.
struct EstimateSummary {
    PassKey key;
    int turns = 0;
    double prompt_tokens = 0;
    double tokens = 0;
    double low = 0;
    double high = 0;
    bool operator==(const EstimateSummary&) const = default;
};
std::vector<EstimateSummary> summarizeEstimates(const std::vector<TurnRecord>& turns, const CacheEstimates& estimates);

} // namespace looptax
