// What a prompt costs until its first token, as one law of a target within a session:
//   TTFT = overhead + processed * (per_token + per_token_context * context)        in milliseconds
// processed: prompt tokens that were read anew. context: all tokens of the prompt. A token passes every layer
// once, whatever stands before it (per_token), and attends to what is held (per_token_context): in a layer of
// self-attention the one grows with the tokens, the other with tokens times context (Vaswani et al. 2017,
// table 1). What is held counts whole, as for the scripted server (sim/sim_options.h): a runtime works batch
// by batch and masks what a token must not see, so this is exact for a prompt of one batch, while of a long
// cold prompt that is read in many batches a token sees half on average.
//
// The fit weighs relative errors, because a runtime is late by percents: Huber's estimate by iteratively
// reweighted least squares, so that a few turns that were held up do not pull the law. Interval: the
// jackknife over blocks, with the weights held, and Student's t (Tukey 1958): neither the turns of a run nor
// the runs of a block are independent. It holds the truth a little less often than it says (validity.md), and with
// two blocks it is wide.
#pragma once

#include <string>
#include <vector>

namespace looptax {

struct PromptCost {
    double ttft_ms = 0;   // above 0
    double processed = 0; // above 0
    double context = 0;   // at least processed
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
    int turns = 0; // that were fitted
    int runs = 0;
    int blocks = 0;
    // False: the data cannot tell the three parameters apart, and none of the numbers below means anything.
    bool told_apart = false;
    std::string why_not; // in words, with what would help; empty when told apart
    LawValue overhead_ms;
    LawValue per_token_ms;
    LawValue per_token_context_ms; // per token and token of context
    double residual_percent = 0;   // median of |TTFT - law| / law

    double prefillMs(double processed, double context) const {
        return processed * (per_token_ms.value + per_token_context_ms.value * context);
    }
    double ttftMs(double processed, double context) const {
        return overhead_ms.value + prefillMs(processed, context);
    }
    bool operator==(const PrefillLaw&) const = default;
};

// Told apart means: there is more than one block, and none of the three terms of a typical turn (medians of
// processed and processed * context) is uncertain by more than kMostUncertain of its TTFT. A parameter below
// zero has no meaning: it is zero and the others are fitted without it, unless the data speak strongly against
// zero (twice the interval): then the law does not hold. The order of costs changes nothing. Never NaN or infinite.
inline constexpr double kMostUncertain = 0.2;
PrefillLaw fitPrefillLaw(const std::vector<PromptCost>& costs);

} // namespace looptax
