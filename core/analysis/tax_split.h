// The time to first token of every turn, split: what of it is re-reading, what the new message, what attention
// over the longer context, and what lies outside the model. Pure functions over records.
//
// Only measured counts are used: turns whose runtime says how many prompt tokens it reused and read. The model of
// prefill_law.h is fitted per target to the turns with outcome ok of complete runs, carry_over and the stratum
// load left out; it is then applied to every turn that has the counts.
//   re-reading  = tokens read beyond the new message * per_token
//   new message = tokens of the new message, as far as they were read * per_token
//   attention   = processed * attended * per_token_context
//   fixed       = the model's overhead, less what typically lies outside the model (where that is known)
//   outside     = ttft_ms - prompt_ms of this very turn: queue, template, grammar, network
//
// The four that are fitted carry an error: low is the least and high the most that the 95 % interval of their parameter
// gives, in either form of the model (what a token attends to, prefill_fit.h). Data that cannot tell the forms apart thus
// say so; a form that does not hold counts for nothing. Of planted sweeps in four forms the reread share of a cold last
// turn lay in the range or within 1 percentage point of it, and the value within 5 of the truth (tst_prefill_forms). The value is
// that of the form Mean, or of Whole where Mean does not hold.
//
// The new message, in tokens: on turn 1 the whole prompt, since nothing of it was read before. Later, of a
// design without a state file (A), what the prompt grew by beyond the reply before:
//   prompt_tokens(t) - prompt_tokens(t-1) - predicted_tokens(t-1)
// with the few tokens that the template puts around them; absent where that is not positive (a template that
// strips past replies) or the turn before has no counts. Of a design with a state file (B, C, D) the entry: what
// the prompt grew by when the state grew for the first time in a run, by one entry, the median over the
// target's runs; absent where no state ever grew. Everything else that was read is re-reading, also the state
// that the model wrote itself: as a prompt it was there before, or would be in a loop that appends.
#pragma once

#include "analysis/prefill_law.h"
#include "analysis/summary.h"
#include "domain/turn_record.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// In the order of a picture from below: what cannot be saved first, the tax on top.
enum class TaxPart { Outside, Fixed, NewMessage, Attention, Reread };
inline constexpr std::size_t kTaxParts = 5;
std::string_view name(TaxPart part);  // as a column: "reread_ms"
std::string_view words(TaxPart part); // "re-reading"

enum class NoSplit {
    None,       // the turn is split
    NotOk,      // it failed: no time
    NoCounts,   // the runtime does not say what it reused
    Disagree,   // reused and read do not add up to the prompt
    AbsurdTime, // no TTFT, or one that cannot be
    NoLaw,      // PrefillLaw::why_not
    NoMessage   // the new message is not known: what was read cannot be parted
};
std::string_view words(NoSplit why); // "the runtime does not say which prompt tokens it reused"; None: ""

struct PartRange {
    double low = 0; // 0 <= low <= value <= high
    double high = 0;
};

struct TurnSplit {
    std::array<std::optional<double>, kTaxParts> ms;        // each 0 or above
    std::array<std::optional<PartRange>, kTaxParts> ranges; // of those that are fitted: all but Outside
    std::optional<double> left_over_ms;                     // ttft_ms less all parts; either sign
    std::optional<double> message_tokens;                   // of the new message
    NoSplit why = NoSplit::None;
    const std::optional<double>& operator[](TaxPart part) const { return ms[std::size_t(part)]; }
    const std::optional<PartRange>& range(TaxPart part) const { return ranges[std::size_t(part)]; }
};

// What holds for all turns of a target.
struct TargetTax {
    PrefillLaw law;                          // its target is the key
    PrefillLaw other_form;                   // the same turns in the other form of the model: widens the ranges
    std::optional<double> outside_ms;        // median of the turns that were fitted; absent: no prompt_ms
    double fixed_ms = 0;                     // 0 without a law
    std::optional<double> entry_tokens;      // designs with a state file
    std::optional<double> left_over_percent; // median of |left_over| / TTFT of the turns that were fitted
};

// Medians over blocks, by the rule of summarizeTimes().
struct SplitSummary {
    PassKey key;
    std::string stratum;
    MetricSummary ttft_ms;
    std::array<std::optional<MetricSummary>, kTaxParts> parts;
    std::array<std::optional<PartRange>, kTaxParts> ranges; // the ends, each a median like its part
    std::optional<MetricSummary> left_over_ms;
    const std::optional<MetricSummary>& operator[](TaxPart part) const { return parts[std::size_t(part)]; }
};

struct TaxSplit {
    std::vector<TargetTax> targets;                     // in the order of their first turns
    std::vector<TurnSplit> turns;                       // one for each row
    std::vector<SplitSummary> rows;                     // sorted by key, then stratum; those with any part
    std::vector<std::string> warnings;                  // of numbers that cannot be, with the first place
    const TargetTax* target(std::string_view id) const; // null: it has no turn
};

TaxSplit splitTax(const std::vector<TurnRecord>& turns);

// "TTFT = 47.2 ms + processed x (6.02 ms + 1.40 ms x attended / 1,000)"; empty where it was not told apart.
std::string lawText(const PrefillLaw& law);

} // namespace looptax
