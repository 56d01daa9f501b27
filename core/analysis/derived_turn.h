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
    // Its time to first token, split by the model that was fitted to this target (analysis/tax_split.h). The five parts add
    // up to ttft_ms but for what the model leaves over; low and high: the range of a part that is fitted, by the 95 %
    // interval of its parameter and both forms of the model. Absent where the data cannot tell the parameters apart.
    std::optional<double> reread_ms; // prompt tokens read anew beyond the new message
    std::optional<double> reread_ms_low;
    std::optional<double> reread_ms_high;
    std::optional<double> new_message_ms; // the tokens that this turn brought
    std::optional<double> new_message_ms_low;
    std::optional<double> new_message_ms_high;
    std::optional<double> attention_ms; // of both, to the tokens before them
    std::optional<double> attention_ms_low;
    std::optional<double> attention_ms_high;
    std::optional<double> fixed_ms; // what a prompt costs the runtime however short it is
    std::optional<double> fixed_ms_low;
    std::optional<double> fixed_ms_high;
    std::optional<double> outside_ms; // ttft_ms - prompt_ms: measured, and known without a model
    // ESTIMATES, of runtimes that do not count cached tokens (analysis/cache_estimate.h): the value and a 95 % interval.
    std::optional<std::int64_t> cached_tokens_estimate;
    std::optional<std::int64_t> cached_tokens_estimate_low;
    std::optional<std::int64_t> cached_tokens_estimate_high;

    bool operator==(const DerivedTurn&) const = default;
};

// Calls visit(name, member) for every derived column, in the order of turns.csv: the one list of them there is.
template <class Turn, class Visitor> void visitDerivedColumns(Turn& t, Visitor&& visit) {
    visit("reread_ms", t.reread_ms);
    visit("reread_ms_low", t.reread_ms_low);
    visit("reread_ms_high", t.reread_ms_high);
    visit("new_message_ms", t.new_message_ms);
    visit("new_message_ms_low", t.new_message_ms_low);
    visit("new_message_ms_high", t.new_message_ms_high);
    visit("attention_ms", t.attention_ms);
    visit("attention_ms_low", t.attention_ms_low);
    visit("attention_ms_high", t.attention_ms_high);
    visit("fixed_ms", t.fixed_ms);
    visit("fixed_ms_low", t.fixed_ms_low);
    visit("fixed_ms_high", t.fixed_ms_high);
    visit("outside_ms", t.outside_ms);
    visit("cached_tokens_estimate", t.cached_tokens_estimate);
    visit("cached_tokens_estimate_low", t.cached_tokens_estimate_low);
    visit("cached_tokens_estimate_high", t.cached_tokens_estimate_high);
}

// One for each row, in the same order. Pure: the same rows give the same values, rounded to a thousandth.
std::vector<DerivedTurn> deriveTurns(const std::vector<TurnRecord>& turns);

} // namespace looptax
