// What a prompt costs until its first token: the prefill cost model of analysis/prefill_fit.h, of a target within a session:
//   TTFT = overhead + processed * (per_token + per_token_context * attended)        in milliseconds
// over turns of all designs and cache modes together, with intervals.
//
// Interval: the jackknife over blocks, with the weights of the fit held, and Student's t (Tukey 1958): neither the turns
// of a run nor the runs of a block are independent. It holds the truth a little less often than it says (validity.md),
// with two blocks it is wide, and it takes the form of the model as given: what another form moves is beside it in
// analysis/tax_split.h.
#pragma once

#include "analysis/prefill_fit.h"

#include <string>
#include <vector>

namespace looptax {

struct PromptCost {
    double ttft_ms = 0;   // above 0
    double processed = 0; // above 0
    double context = 0;   // all tokens of the prompt, at least processed
    int run = 0;
    int block = 0;
};

// An interval of this coverage; low <= value <= high.
inline constexpr double kLawCoverage = 0.95;
struct LawValue {
    double value = 0;
    double low = 0;
    double high = 0;
    bool operator==(const LawValue&) const = default;
};

struct PrefillLaw {
    std::string target;
    Attended form = Attended::Mean;
    int turns = 0; // that were fitted
    int runs = 0;
    int blocks = 0;
    // False: the data cannot tell the three parameters apart, and none of the numbers below means anything.
    bool told_apart = false;
    std::string why_not; // in words, with what would help; empty when told apart
    LawValue overhead_ms;
    LawValue per_token_ms;
    LawValue per_token_context_ms; // per token and token that it attends to
    double residual_percent = 0;   // median of |TTFT - model| / model
    bool operator==(const PrefillLaw&) const = default;
};

// Told apart means: there is more than one block, and none of the three terms of a typical turn (medians of
// processed and processed * attended) is uncertain by more than kMostUncertain of its TTFT. A parameter below
// zero has no meaning: it is zero and the others are fitted without it, unless the data speak strongly against
// zero (one-sided p below 0.001): then the model does not hold. The order of costs changes nothing. Never NaN or infinite.
inline constexpr double kMostUncertain = 0.2;
PrefillLaw fitPrefillLaw(const std::vector<PromptCost>& costs, Attended form = Attended::Mean);

} // namespace looptax
