// "The tax, split": what a time to first token is made of by design and turn, the law behind it, what the context
// does to the decode rate, and what a whole loop costs.
#include "analysis/decode_trend.h"
#include "analysis/loop_time.h"
#include "analysis/tax_split.h"
#include "base/text.h"
#include "report/json_parts.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace looptax {

using namespace doc;

namespace {

// As the tables list them: the tax first.
constexpr std::array<TaxPart, kTaxParts> kColumns{TaxPart::Reread, TaxPart::NewMessage, TaxPart::Attention, TaxPart::Fixed,
                                                  TaxPart::Outside};

std::string targetText(const ReportContext& context, const std::string& id) {
    return id + (context.simulated(id) ? " (SIMULATED)" : "");
}

std::string withInterval(const LawValue& value, double unit = 1) {
    return rounded(unit * value.value) + " (" + rounded(unit * value.low) + " to " + rounded(unit * value.high) + ")";
}

std::string attendedText(Attended form) { return form == Attended::Mean ? "prompt - processed / 2" : "prompt"; }

std::string designOf(const std::string& design, const std::optional<int>& cap, const std::optional<int>& padding) {
    return design + (cap ? ", cap " + std::to_string(*cap) : "") + (padding ? ", padding " + std::to_string(*padding) : "");
}

void addLaws(Document& document, const ReportContext& context, const TaxSplit& split) {
    Table table{"The prefill cost model of each target, 95 % intervals in brackets",
                {{"target"},
                 {"overhead ms", true},
                 {"a token, ms", true},
                 {"attention, ms a token per 1,000 tokens attended to", true},
                 {"residual, median", true},
                 {"parts against TTFT, median", true},
                 {"turns", true},
                 {"runs", true},
                 {"blocks", true}},
                {}};
    for (const TargetTax& target : split.targets) {
        const PrefillLaw& law = target.law;
        if (!law.told_apart) {
            std::string words = targetText(context, law.target) + ": the data cannot tell the parts apart: " + law.why_not + ".";
            if (target.outside_ms)
                words += " Outside the model (TTFT less the runtime's own prompt time): " + rounded(*target.outside_ms) +
                         " ms, median.";
            document.add(Notice{Notice::Kind::Note, plain(words)});
            continue;
        }
        table.rows.push_back({targetText(context, law.target), withInterval(law.overhead_ms), withInterval(law.per_token_ms),
                              withInterval(law.per_token_context_ms, 1000), rounded(law.residual_percent) + " %",
                              target.left_over_percent ? rounded(*target.left_over_percent) + " %" : "",
                              std::to_string(law.turns), std::to_string(law.runs), std::to_string(law.blocks)});
    }
    if (table.rows.empty()) return;
    dropIfEmpty(table, "parts against TTFT, median");
    document.add(std::move(table));
    document.add(Paragraph{
        plain("Model: TTFT = overhead + processed x (a + b x attended), a for a processed token, b for its attention to one "
              "token; fitted to all designs and cache modes of a target together, intervals by the jackknife over blocks. "
              "Re-reading is what was read beyond the new message: on turn 1 the whole prompt is new; later in A "
              "the tokens that the message added, in a design with a state file the entry. Fixed is the part of the overhead "
              "that lies inside the runtime's prompt time. What the model does not explain is left over, of either sign. "
              "What a token attends to depends on the engine: the tokens before it, prompt - processed / 2 on average, or all "
              "of the prompt where a batch is computed whole and masked. The table's intervals take the form as given; the "
              "ranges in brackets below cover the intervals of both forms, of those that hold. Below, medians over blocks: the "
              "parts are medians of their own and need not add up to the TTFT.")});
    for (const TargetTax& target : split.targets)
        if (target.law.told_apart)
            document.add(Paragraph{plain(
                targetText(context, target.law.target) + ": attended is " + attendedText(target.law.form) +
                ". With attended = " + attendedText(target.other_form.form) + " instead " +
                (target.other_form.told_apart ? "the median residual is " + rounded(target.other_form.residual_percent) + " %."
                                              : "there is no fit: " + target.other_form.why_not + "."))});
    for (const TargetTax& target : split.targets)
        if (target.law.told_apart && target.entry_tokens)
            document.add(
                Paragraph{plain(targetText(context, target.law.target) + ": an entry has " + rounded(*target.entry_tokens) +
                                " tokens, by what the prompt grew when the state first grew.")});
}

std::string partText(const SplitSummary& row, TaxPart part) {
    const auto& range = row.ranges[std::size_t(part)];
    return row[part]
               ? rounded(row[part]->median) +
                     (range && range->high > 0 ? " (" + rounded(range->low) + " to " + rounded(range->high) + ")" : std::string())
               : std::string();
}

void addTurnsOfLaws(Document& document, const ReportContext& context, const TaxSplit& split) {
    std::map<PassKey, Table> tables;
    for (const SplitSummary& row : split.rows) {
        const TargetTax* target = split.target(row.key.target);
        if (target == nullptr || !target->law.told_apart) continue;
        PassKey key = row.key;
        key.turn = 0;
        Table& table = tables[key];
        if (table.columns.empty()) {
            table.caption = context.caption(key) + ", ms";
            table.columns = {{"turn", true}, {"cache", false}, {"n", true}, {"TTFT", true}};
            for (const TaxPart part : kColumns) table.columns.push_back({std::string(words(part)), true});
            table.columns.push_back({"left over", true});
        }
        std::vector<std::string> cells{std::to_string(row.key.turn), row.stratum, std::to_string(row.ttft_ms.n),
                                       rounded(row.ttft_ms.median)};
        for (const TaxPart part : kColumns) cells.push_back(partText(row, part));
        cells.push_back(row.left_over_ms ? rounded(row.left_over_ms->median) : std::string());
        table.rows.push_back(std::move(cells));
    }
    for (auto& [key, table] : tables) document.add(std::move(table));
}

void addDecode(Document& document, const ReportContext& context) {
    const std::vector<DecodeTrend> trends = decodeTrends(context.in.turns);
    if (trends.empty()) return;
    Table table{"Decode rate over the context: per run the median of all slopes, then over runs",
                {{"target"},
                 {"design"},
                 {"rate by"},
                 {"context, tokens"},
                 {"rate there, tok/s"},
                 {"tok/s per 1,000 tokens", true},
                 {"interval", true},
                 {"runs", true}},
                {}};
    for (const DecodeTrend& trend : trends) {
        std::vector<std::string> cells{
            targetText(context, trend.target), designOf(trend.design, trend.cap, trend.padding),
            trend.by_runtime ? "the runtime" : "the client", rounded(trend.context_low) + " to " + rounded(trend.context_high),
            trend.rate_low ? rounded(*trend.rate_low) + " to " + rounded(*trend.rate_high) : std::string()};
        if (trend.per_thousand) {
            cells.push_back(rounded(*trend.per_thousand));
            cells.push_back(trend.interval ? rounded(trend.interval->low) + " to " + rounded(trend.interval->high) + " (" +
                                                 rounded(100 * trend.interval->coverage) + " %)"
                                           : std::string());
        } else {
            cells.push_back(trend.why_not);
            cells.emplace_back();
        }
        cells.push_back(std::to_string(trend.runs));
        table.rows.push_back(std::move(cells));
    }
    dropIfEmpty(table, "interval");
    document.add(std::move(table));
}

// Of each target and cache mode the longest N that two designs share, and the longest of every other design.
std::vector<const LoopTime*> loopsToShow(const std::vector<LoopTime>& loops) {
    using Place = std::pair<std::string, CacheMode>;
    const auto placeOf = [](const LoopTime& loop) { return Place{loop.key.target, loop.key.cache_mode}; };
    std::map<Place, int> shared;
    for (const LoopTime& loop : loops) {
        std::set<std::string> designs;
        for (const LoopTime& other : loops)
            if (placeOf(other) == placeOf(loop) && other.key.turn == loop.key.turn) designs.insert(other.key.design);
        if (designs.size() > 1) shared[placeOf(loop)] = std::max(shared[placeOf(loop)], loop.key.turn);
    }
    std::vector<const LoopTime*> out;
    for (const LoopTime& loop : loops) {
        const int common = shared[placeOf(loop)];
        bool show = loop.key.turn == common;
        if (!show) {
            const auto better = [&](const LoopTime& other) {
                return placeOf(other) == placeOf(loop) && other.key.design == loop.key.design && other.key.cap == loop.key.cap &&
                       other.key.padding == loop.key.padding && (other.key.turn == common || other.key.turn > loop.key.turn);
            };
            show = std::none_of(loops.begin(), loops.end(), better);
        }
        if (show) out.push_back(&loop);
    }
    return out;
}

std::string seconds(double ms) { return rounded(ms / 1000); }

void addLoops(Document& document, const ReportContext& context) {
    const std::vector<LoopTime> loops = loopTimes(context.in.turns);
    if (loops.empty()) return;
    Table table{"What a whole loop costs, from the first send to the end of the last answer, in seconds",
                {{"target"},
                 {"design"},
                 {"cache mode"},
                 {"N", true},
                 {"n", true},
                 {"total", true},
                 {kRange, true},
                 {"to first tokens", true},
                 {"decode", true},
                 {"state file", true},
                 {"rest of the gaps", true}},
                {}};
    for (const LoopTime* loop : loopsToShow(loops)) {
        const bool several = loop->total_ms.n > 1;
        table.rows.push_back({targetText(context, loop->key.target), designOf(loop->key.design, loop->key.cap, loop->key.padding),
                              std::string(name(loop->key.cache_mode)), std::to_string(loop->key.turn),
                              std::to_string(loop->total_ms.n), seconds(loop->total_ms.median),
                              several ? seconds(loop->total_ms.min) + " to " + seconds(loop->total_ms.max) : std::string(),
                              seconds((*loop)[LoopPart::Ttft].median), seconds((*loop)[LoopPart::Decode].median),
                              seconds((*loop)[LoopPart::StateFile].median), seconds((*loop)[LoopPart::Gap].median)});
    }
    dropIfEmpty(table, kRange);
    document.add(std::move(table));
    document.add(
        Paragraph{plain("Medians over blocks: the parts are medians of their own and need not add up to the total. Compare "
                        "designs of the same N (a longer run tells of its first N turns too); a design that writes less decodes "
                        "less, so a loop may be shorter although "
                        "its first tokens come later. Cooldown is no part of it. All N are in summary.json.")});
}

// Nine digits: those beyond may differ from one compiler to the next.
double kept(double value) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 8);
    return parseNumber({text, std::size_t(end.ptr - text)}).value_or(0);
}

Json valueJson(const LawValue& value) {
    return {{"value", kept(value.value)},
            {"low", kept(value.low)},
            {"high", kept(value.high)},
            {"coverage", kLawCoverage},
            {"method", "Huber fit of relative errors; jackknife over blocks, Student t"}};
}

Json intervalJson(const Interval& interval) {
    return {{"low", kept(interval.low)},
            {"high", kept(interval.high)},
            {"coverage", kept(interval.coverage)},
            {"method", interval.method}};
}

Json metricJson(const MetricSummary& m) {
    return {{"n", m.n}, {"median", kept(m.median)}, {"min", kept(m.min)}, {"max", kept(m.max)}};
}

Json formJson(const PrefillLaw& law) {
    Json out{{"attended", attendedText(law.form)},
             {"told_apart", law.told_apart},
             {"why_not", law.told_apart ? Json(nullptr) : Json(law.why_not)}};
    const auto put = [&](const char* key, Json value) { out[key] = law.told_apart ? std::move(value) : Json(nullptr); };
    put("overhead_ms", valueJson(law.overhead_ms));
    put("per_token_ms", valueJson(law.per_token_ms));
    put("per_token_context_ms", valueJson(law.per_token_context_ms));
    put("residual_percent", kept(law.residual_percent));
    return out;
}

Json lawJson(const TargetTax& target) {
    const PrefillLaw& law = target.law;
    Json out{{"target", law.target}};
    out.update(formJson(law));
    out["turns"] = law.turns;
    out["runs"] = law.runs;
    out["blocks"] = law.blocks;
    out["other_form"] = formJson(target.other_form);
    out["fixed_ms"] = law.told_apart ? Json(kept(target.fixed_ms)) : Json(nullptr);
    out["outside_ms"] = target.outside_ms ? Json(kept(*target.outside_ms)) : Json(nullptr);
    out["entry_tokens"] = orNull(target.entry_tokens);
    out["left_over_percent"] = target.left_over_percent ? Json(kept(*target.left_over_percent)) : Json(nullptr);
    return out;
}

} // namespace

void addTax(Document& document, const ReportContext& context) {
    if (context.curves.empty()) return;
    const TaxSplit split = splitTax(context.in.turns);
    document.add(Heading{2, "The tax, split"});
    for (const std::string& warning : split.warnings) document.add(Notice{Notice::Kind::Warning, plain(warning)});
    addLaws(document, context, split);
    addTurnsOfLaws(document, context, split);
    addDecode(document, context);
    addLoops(document, context);
}

void putTax(Json& summary, const ReportInputs& in) {
    const TaxSplit split = splitTax(in.turns);
    Json out{{"law", "TTFT = overhead_ms + processed * (per_token_ms + per_token_context_ms * attended)"},
             {"targets", Json::array()},
             {"turns", Json::array()},
             {"decode", Json::array()},
             {"loops", Json::array()},
             {"warnings", split.warnings}};
    for (const TargetTax& target : split.targets) out["targets"].push_back(lawJson(target));
    for (const SplitSummary& row : split.rows) {
        Json one = keyJson(row.key);
        one["stratum"] = row.stratum;
        one["turn"] = row.key.turn;
        one["ttft_ms"] = metricJson(row.ttft_ms);
        for (const TaxPart part : kColumns) {
            Json& at = one[std::string(name(part))];
            if (!row[part]) continue;
            at = metricJson(*row[part]);
            if (const auto& range = row.ranges[std::size_t(part)]) {
                at["low"] = kept(range->low);
                at["high"] = kept(range->high);
            }
        }
        one["left_over_ms"] = row.left_over_ms ? metricJson(*row.left_over_ms) : Json(nullptr);
        out["turns"].push_back(std::move(one));
    }
    for (const DecodeTrend& trend : decodeTrends(in.turns))
        out["decode"].push_back(
            {{"target", trend.target},
             {"design", trend.design},
             {"cap", orNull(trend.cap)},
             {"padding", orNull(trend.padding)},
             {"runs", trend.runs},
             {"rate_by", trend.by_runtime ? "runtime" : "client"},
             {"context_tokens", {kept(trend.context_low), kept(trend.context_high)}},
             {"decode_tps", trend.rate_low ? Json({kept(*trend.rate_low), kept(*trend.rate_high)}) : Json(nullptr)},
             {"tps_per_1000_tokens", trend.per_thousand ? Json(kept(*trend.per_thousand)) : Json(nullptr)},
             {"interval", trend.interval ? intervalJson(*trend.interval) : Json(nullptr)},
             {"why_not", trend.per_thousand ? Json(nullptr) : Json(trend.why_not)}});
    for (const LoopTime& loop : loopTimes(in.turns)) {
        Json one = keyJson(loop.key);
        one["turns"] = loop.key.turn;
        one["total_ms"] = metricJson(loop.total_ms);
        for (std::size_t i = 0; i < kLoopParts; ++i) one[std::string(name(LoopPart(i)))] = metricJson(loop.parts[i]);
        out["loops"].push_back(std::move(one));
    }
    summary["tax_split"] = std::move(out);
}

} // namespace looptax
