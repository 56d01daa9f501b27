#include "stats/derived_turn.h"

#include "stats/cache_estimate.h"
#include "stats/tax_split.h"

#include <cmath>

namespace looptax {

namespace {

// A difference of two doubles carries digits that nobody measured.
std::optional<double> toAThousandth(const std::optional<double>& value) {
    return value ? std::optional(std::round(*value * 1000) / 1000) : std::nullopt;
}

} // namespace

std::vector<DerivedTurn> deriveTurns(const std::vector<TurnRecord>& turns) {
    std::vector<DerivedTurn> out(turns.size());
    const TaxSplit split = splitTax(turns);
    const CacheEstimates estimates = estimateCached(turns);
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnSplit& parts = split.turns[i];
        out[i].reread_ms = toAThousandth(parts[TaxPart::Reread]);
        out[i].new_message_ms = toAThousandth(parts[TaxPart::NewMessage]);
        out[i].attention_ms = toAThousandth(parts[TaxPart::Attention]);
        out[i].fixed_ms = toAThousandth(parts[TaxPart::Fixed]);
        out[i].outside_ms = toAThousandth(parts[TaxPart::Outside]);
        if (const auto& estimate = estimates.turns[i]) {
            out[i].cached_tokens_estimate = estimate->tokens;
            out[i].cached_tokens_estimate_low = estimate->low;
            out[i].cached_tokens_estimate_high = estimate->high;
        }
    }
    return out;
}

} // namespace looptax
