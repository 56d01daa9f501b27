#include "analysis/derived_turn.h"

#include "analysis/cache_estimate.h"
#include "analysis/tax_split.h"

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
        const auto put = [&](TaxPart part, auto& value, auto& low, auto& high) {
            value = toAThousandth(parts[part]);
            if (const auto& range = parts.range(part)) {
                low = toAThousandth(range->low);
                high = toAThousandth(range->high);
            }
        };
        DerivedTurn& turn = out[i];
        put(TaxPart::Reread, turn.reread_ms, turn.reread_ms_low, turn.reread_ms_high);
        put(TaxPart::NewMessage, turn.new_message_ms, turn.new_message_ms_low, turn.new_message_ms_high);
        put(TaxPart::Attention, turn.attention_ms, turn.attention_ms_low, turn.attention_ms_high);
        put(TaxPart::Fixed, turn.fixed_ms, turn.fixed_ms_low, turn.fixed_ms_high);
        turn.outside_ms = toAThousandth(parts[TaxPart::Outside]);
        if (const auto& estimate = estimates.turns[i]) {
            out[i].cached_tokens_estimate = estimate->tokens;
            out[i].cached_tokens_estimate_low = estimate->low;
            out[i].cached_tokens_estimate_high = estimate->high;
        }
    }
    return out;
}

} // namespace looptax
