// What is known of a turn only when its whole session is known: the columns that turns.csv has behind those of
// the record. Nothing here was measured of this turn alone, and nothing here is ever journalled; an absent
// number is absent, never 0.
#pragma once

#include "domain/turn_record.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace looptax {

struct DerivedTurn {
    // Its time to first token, split by the law that was fitted to this target (stats/tax_split.h). All five add
    // up to ttft_ms but for what the law leaves over. Absent where the data cannot tell the law's parameters
    // apart.
    std::optional<double> reread_ms;      // prompt tokens read anew beyond the new message
    std::optional<double> new_message_ms; // the tokens that this turn brought
    std::optional<double> attention_ms;   // of both, to all tokens of the prompt
    std::optional<double> fixed_ms;       // what a prompt costs the runtime however short it is
    std::optional<double> outside_ms;     // ttft_ms - prompt_ms: measured, and known without a law
    // ESTIMATES, of runtimes that do not count cached tokens (stats/cache_estimate.h): the value and a 95 % interval.
    std::optional<std::int64_t> cached_tokens_estimate;
    std::optional<std::int64_t> cached_tokens_estimate_low;
    std::optional<std::int64_t> cached_tokens_estimate_high;

    bool operator==(const DerivedTurn&) const = default;
};

// Calls visit(name, member) for every derived column, in the order of turns.csv: the one list of them there is.
template <class Turn, class Visitor> void visitDerivedColumns(Turn& t, Visitor&& visit) {
    visit("reread_ms", t.reread_ms);
    visit("new_message_ms", t.new_message_ms);
    visit("attention_ms", t.attention_ms);
    visit("fixed_ms", t.fixed_ms);
    visit("outside_ms", t.outside_ms);
    visit("cached_tokens_estimate", t.cached_tokens_estimate);
    visit("cached_tokens_estimate_low", t.cached_tokens_estimate_low);
    visit("cached_tokens_estimate_high", t.cached_tokens_estimate_high);
}

// One for each row, in the same order. Pure: the same rows give the same values, rounded to a thousandth.
std::vector<DerivedTurn> deriveTurns(const std::vector<TurnRecord>& turns);

} // namespace looptax
