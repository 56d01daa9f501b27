#include "analysis/tax_split.h"

#include "base/text.h"
#include "base/words.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace looptax {

namespace {

constexpr double kMostMs = 1e9; // eleven days: beyond it a stamp was torn

struct Counts {
    double prompt = 0;
    double processed = 0;
};

bool possible(const std::optional<double>& ms) { return ms && std::isfinite(*ms) && *ms >= 0 && *ms <= kMostMs; }

NoSplit countsOf(const TurnRecord& r, Counts& counts) {
    if (r.outcome != Outcome::Ok) return NoSplit::NotOk;
    if (!possible(r.ttft_ms) || *r.ttft_ms == 0) return NoSplit::AbsurdTime;
    if (!r.cached_tokens || !r.processed_tokens) return NoSplit::NoCounts;
    if (*r.cached_tokens < 0 || *r.processed_tokens <= 0) return NoSplit::Disagree;
    counts.processed = double(*r.processed_tokens);
    counts.prompt = double(*r.cached_tokens) + counts.processed;
    if (r.prompt_tokens && double(*r.prompt_tokens) != counts.prompt) return NoSplit::Disagree;
    return NoSplit::None;
}

bool counts(const TurnRecord& r) {
    return r.outcome == Outcome::Ok && r.run_outcome == "complete" && !r.carry_over && r.stratum != "load";
}

// For every row the answered turn before it in the same attempt of the run; null where there is none.
std::vector<const TurnRecord*> turnsBefore(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> out(turns.size(), nullptr);
    std::map<std::pair<int, int>, const TurnRecord*> last;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnRecord*& before = last[{turns[i].run, turns[i].run_attempt}];
        if (before != nullptr && before->turn + 1 == turns[i].turn) out[i] = before;
        if (turns[i].outcome == Outcome::Ok) before = &turns[i];
    }
    return out;
}

// What the prompt grew by, in tokens.
std::optional<double> growth(const TurnRecord& now, const TurnRecord& before) {
    if (!now.prompt_tokens || !before.prompt_tokens) return std::nullopt;
    return double(*now.prompt_tokens) - double(*before.prompt_tokens);
}

// Of each target: the median of what one entry more in the state adds to a prompt.
std::map<std::string, double> entryTokens(const std::vector<TurnRecord>& turns, const std::vector<const TurnRecord*>& before) {
    std::map<std::pair<int, int>, bool> changed; // the state of this attempt is not the one of turn 1
    std::map<std::string, std::vector<double>> found;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnRecord& r = turns[i];
        if (before[i] == nullptr || !r.state_file_bytes || !before[i]->state_file_bytes || r.outcome != Outcome::Ok) continue;
        bool& done = changed[{r.run, r.run_attempt}];
        if (done || *r.state_file_bytes == *before[i]->state_file_bytes) continue;
        done = true;
        const auto grown = growth(r, *before[i]);
        if (grown && *grown > 0 && *r.state_file_bytes > *before[i]->state_file_bytes) found[r.target].push_back(*grown);
    }
    std::map<std::string, double> out;
    for (auto& [target, values] : found) out[target] = *medianOf(std::move(values));
    return out;
}

std::optional<double> messageTokens(const TurnRecord& r, const TurnRecord* before, double prompt,
                                    const std::optional<double>& entry) {
    if (r.turn == 1) return prompt;
    if (r.state_file_bytes) return entry;
    if (before == nullptr || !before->predicted_tokens) return std::nullopt;
    const auto grown = growth(r, *before);
    if (!grown) return std::nullopt;
    const double message = *grown - double(*before->predicted_tokens);
    return message > 0 ? std::optional(message) : std::nullopt;
}

std::optional<double> outsideOf(const TurnRecord& r) {
    if (r.outcome != Outcome::Ok || !possible(r.ttft_ms) || !possible(r.prompt_ms)) return std::nullopt;
    if (*r.prompt_ms > *r.ttft_ms) return std::nullopt;
    return *r.ttft_ms - *r.prompt_ms;
}

double fixedOf(const TargetTax& target, double overhead) { return std::max(0.0, overhead - target.outside_ms.value_or(0)); }

using Bound = double LawValue::*;

// part(model, bound) is what the part takes by a model, at the value or an end of its parameter.
template <class Part> void put(TurnSplit& split, const TargetTax& target, TaxPart at, Part&& part) {
    PartRange range{part(target.law, &LawValue::low), part(target.law, &LawValue::high)};
    if (target.other_form.told_apart)
        range = {std::min(range.low, part(target.other_form, &LawValue::low)),
                 std::max(range.high, part(target.other_form, &LawValue::high))};
    split.ms[std::size_t(at)] = part(target.law, &LawValue::value);
    split.ranges[std::size_t(at)] = range;
}

class Doubts {
public:
    void note(const TurnRecord& r, const std::string& what) {
        auto& [count, place] = m_found[{r.target, what}];
        if (++count == 1) place = r.cell + ", run " + std::to_string(r.run) + ", turn " + std::to_string(r.turn);
    }
    std::vector<std::string> said() const {
        std::vector<std::string> out;
        for (const auto& [key, value] : m_found)
            out.push_back(key.first + ": " + counted(value.first, "turn") + " with " + key.second + " (first: " + value.second +
                          ")");
        return out;
    }

private:
    std::map<std::pair<std::string, std::string>, std::pair<int, std::string>> m_found;
};

// Of TTFT less the runtime's own prompt time: what connecting, queueing and a template may take, and no more.
constexpr double kMuchOutsideMs = 20, kMuchOutside = 0.20;

void doubt(Doubts& doubts, const TurnRecord& r, NoSplit why) {
    if (why == NoSplit::AbsurdTime && r.ttft_ms) doubts.note(r, "a time to first token that cannot be; it is not split");
    if (why == NoSplit::Disagree) doubts.note(r, "reused and read tokens that do not add up to the prompt; they are not split");
    if (r.outcome != Outcome::Ok || !r.prompt_ms || why == NoSplit::AbsurdTime) return;
    if (!possible(r.prompt_ms)) doubts.note(r, "a prompt time that cannot be; what lay outside the model is not known");
    else if (r.ttft_ms && *r.prompt_ms > *r.ttft_ms)
        doubts.note(r, "a prompt time longer than the whole wait; what lay outside the model is not known");
    else if (r.ttft_ms && r.stratum != "load" && *r.ttft_ms - *r.prompt_ms > std::max(kMuchOutsideMs, kMuchOutside * *r.ttft_ms))
        doubts.note(r, "more than " + numberText(kMuchOutsideMs) + " ms and " + numberText(100 * kMuchOutside) +
                           " % of the wait outside the model (a queue, another client, a template or a grammar)");
}

struct Row {
    const TurnRecord* record = nullptr;
    const TurnSplit* split = nullptr;
};

template <class Value> std::optional<MetricSummary> overRows(const std::map<int, std::vector<Row>>& blocks, Value&& value) {
    std::map<int, std::vector<double>> values;
    for (const auto& [block, rows] : blocks)
        for (const Row& row : rows)
            if (const std::optional<double> one = value(row)) values[block].push_back(*one);
    return overBlocks(values);
}

std::vector<SplitSummary> summarise(const std::vector<TurnRecord>& turns, const std::vector<TurnSplit>& splits) {
    std::map<int, int> lastComplete; // run -> attempt
    for (const TurnRecord& r : turns)
        if (r.run_outcome == "complete") lastComplete[r.run] = std::max(lastComplete[r.run], r.run_attempt);
    std::map<std::pair<PassKey, std::string>, std::map<int, std::vector<Row>>> groups;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnRecord& r = turns[i];
        const auto any = [](const auto& part) { return part.has_value(); };
        // A turn that broke its cache mode was read for what it was, so the law has it; the mode's medians do not.
        if (!counts(r) || r.cache_mode_broken.value_or(false) || lastComplete[r.run] != r.run_attempt || !r.ttft_ms ||
            std::none_of(splits[i].ms.begin(), splits[i].ms.end(), any))
            continue;
        const PassKey key{r.target, r.design, r.cap, r.padding, r.cache_mode, r.turn};
        groups[{key, r.stratum}][r.repeat].push_back({&r, &splits[i]});
    }
    std::vector<SplitSummary> out;
    for (const auto& [key, blocks] : groups) {
        SplitSummary row;
        row.key = key.first;
        row.stratum = key.second;
        row.ttft_ms = overRows(blocks, [](const Row& one) { return one.record->ttft_ms; }).value_or(MetricSummary{});
        for (std::size_t part = 0; part < kTaxParts; ++part) {
            row.parts[part] = overRows(blocks, [&](const Row& one) { return one.split->ms[part]; });
            const auto end = [&](double PartRange::*of) {
                return overRows(blocks, [&](const Row& one) {
                    const auto& range = one.split->ranges[part];
                    return range ? std::optional((*range).*of) : std::nullopt;
                });
            };
            if (const auto low = end(&PartRange::low), high = end(&PartRange::high); low && high)
                row.ranges[part] = PartRange{low->median, high->median};
        }
        row.left_over_ms = overRows(blocks, [](const Row& one) { return one.split->left_over_ms; });
        out.push_back(std::move(row));
    }
    return out;
}

// Three digits, whole from 100 on.
std::string digits(double value) {
    const double size = std::abs(value);
    return fixedText(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : size >= 0.01 ? 3 : 5);
}

} // namespace

std::string_view name(TaxPart part) {
    static constexpr std::array<std::string_view, kTaxParts> kNames{"outside_ms", "fixed_ms", "new_message_ms", "attention_ms",
                                                                    "reread_ms"};
    return kNames[std::size_t(part)];
}

std::string_view words(TaxPart part) {
    static constexpr std::array<std::string_view, kTaxParts> kWords{"outside the model", "fixed cost of a prompt", "new message",
                                                                    "attention over the context", "re-reading"};
    return kWords[std::size_t(part)];
}

std::string_view words(NoSplit why) {
    switch (why) {
    case NoSplit::None: return "";
    case NoSplit::NotOk: return "the turn failed";
    case NoSplit::NoCounts: return "the runtime does not say which prompt tokens it reused";
    case NoSplit::Disagree: return "the runtime's counts of reused and read tokens do not add up to its prompt";
    case NoSplit::AbsurdTime: return "it has no time to first token that can be";
    case NoSplit::NoLaw: return "the turns of this session cannot tell the parts apart";
    case NoSplit::NoMessage: return "how many tokens the new message has is not known";
    }
    return "";
}

const TargetTax* TaxSplit::target(std::string_view id) const {
    const auto at = std::find_if(targets.begin(), targets.end(), [&](const TargetTax& tax) { return tax.law.target == id; });
    return at == targets.end() ? nullptr : &*at;
}

TaxSplit splitTax(const std::vector<TurnRecord>& turns) {
    TaxSplit out;
    out.turns.resize(turns.size());
    const std::vector<const TurnRecord*> before = turnsBefore(turns);
    const std::map<std::string, double> entries = entryTokens(turns, before);

    struct Fitted {
        std::vector<PromptCost> costs;
        std::vector<double> outside;
        std::vector<double> left_over; // as shares
    };
    std::map<std::string, std::size_t> places;
    std::vector<Fitted> fitted;
    std::vector<Counts> all(turns.size());
    Doubts doubts;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        const TurnRecord& r = turns[i];
        const auto [place, isNew] = places.try_emplace(r.target, out.targets.size());
        if (isNew) {
            out.targets.emplace_back().law.target = r.target;
            fitted.emplace_back();
        }
        out.turns[i].why = countsOf(r, all[i]);
        doubt(doubts, r, out.turns[i].why);
        const auto outside = outsideOf(r);
        out.turns[i].ms[std::size_t(TaxPart::Outside)] = outside;
        if (out.turns[i].why != NoSplit::None || !counts(r)) continue;
        Fitted& of = fitted[place->second];
        of.costs.push_back({*r.ttft_ms, all[i].processed, all[i].prompt, r.run, r.repeat});
        if (outside) of.outside.push_back(*outside);
    }
    for (std::size_t t = 0; t < out.targets.size(); ++t) {
        TargetTax& target = out.targets[t];
        const std::string id = target.law.target;
        target.law = fitPrefillLaw(fitted[t].costs);
        target.other_form = fitPrefillLaw(fitted[t].costs, Attended::Whole);
        if (!target.law.told_apart && target.other_form.told_apart) std::swap(target.law, target.other_form);
        target.law.target = target.other_form.target = id;
        target.outside_ms = medianOf(std::move(fitted[t].outside));
        if (target.law.told_apart) target.fixed_ms = fixedOf(target, target.law.overhead_ms.value);
        if (const auto entry = entries.find(id); entry != entries.end()) target.entry_tokens = entry->second;
    }
    for (std::size_t i = 0; i < turns.size(); ++i) {
        TurnSplit& split = out.turns[i];
        if (split.why != NoSplit::None) continue;
        const TurnRecord& r = turns[i];
        const std::size_t t = places.at(r.target);
        const TargetTax& target = out.targets[t];
        split.message_tokens = messageTokens(r, before[i], all[i].prompt, target.entry_tokens);
        if (!target.law.told_apart) {
            split.why = NoSplit::NoLaw;
            continue;
        }
        put(split, target, TaxPart::Fixed,
            [&](const PrefillLaw& law, Bound bound) { return fixedOf(target, law.overhead_ms.*bound); });
        put(split, target, TaxPart::Attention, [&](const PrefillLaw& law, Bound bound) {
            return costTerms(all[i].processed, all[i].prompt, law.form)[2] * law.per_token_context_ms.*bound;
        });
        if (!split.message_tokens) {
            split.why = NoSplit::NoMessage;
            continue;
        }
        const double fresh = std::min(*split.message_tokens, all[i].processed);
        put(split, target, TaxPart::NewMessage,
            [&](const PrefillLaw& law, Bound bound) { return fresh * law.per_token_ms.*bound; });
        put(split, target, TaxPart::Reread,
            [&](const PrefillLaw& law, Bound bound) { return (all[i].processed - fresh) * law.per_token_ms.*bound; });
        // Without a prompt time anywhere what lies outside is in the fixed part; else it must be known here.
        if (!split[TaxPart::Outside] && target.outside_ms) continue;
        double sum = 0;
        for (const auto& part : split.ms) sum += part.value_or(0);
        split.left_over_ms = *r.ttft_ms - sum;
        if (counts(r)) fitted[t].left_over.push_back(std::abs(*split.left_over_ms) / *r.ttft_ms);
    }
    for (std::size_t t = 0; t < out.targets.size(); ++t)
        if (const auto share = medianOf(std::move(fitted[t].left_over))) out.targets[t].left_over_percent = 100 * *share;
    out.rows = summarise(turns, out.turns);
    out.warnings = doubts.said();
    return out;
}

std::string lawText(const PrefillLaw& law) {
    if (!law.told_apart) return {};
    return "TTFT = " + digits(law.overhead_ms.value) + " ms + processed x (" + digits(law.per_token_ms.value) + " ms + " +
           digits(1000 * law.per_token_context_ms.value) + " ms x attended / 1,000)";
}

} // namespace looptax
