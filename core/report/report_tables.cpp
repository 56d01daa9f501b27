#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/run_counts.h"
#include "stats/order_statistics.h"
#include "stats/proportion.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace looptax {

using namespace doc;

namespace {

constexpr const char* kMissed = "not attempted";
constexpr const char* kMode = "cache mode";
constexpr const char* kMad = "MAD";
constexpr const char* kWilson = "Wilson";
constexpr const char* kP90 = "p90";
constexpr const char* kP95 = "p95";
constexpr const char* kP99 = "p99";
constexpr int kBlocksForP90 = 29;

struct Passed {
    int passed = 0;
    int turns = 0;
    int not_attempted = 0;
};

std::string passText(const Passed& p) {
    return p.turns == 0 ? std::string() : std::to_string(p.passed) + " of " + std::to_string(p.turns);
}
std::string missedText(const Passed& p) { return p.not_attempted == 0 ? std::string() : std::to_string(p.not_attempted); }

Passed passesOf(const ReportCurve& curve, std::optional<int> turn = {}) {
    Passed out;
    for (const PassSummary* s : curve.passes) {
        if (turn && s->key.turn != *turn) continue;
        out.passed += s->all_pass;
        out.turns += s->turns;
        out.not_attempted += s->not_attempted;
    }
    return out;
}

std::string ttftAt(const ReportContext& context, const TurnSummary* summary) {
    if (summary == nullptr) return {};
    const std::string ttft = medianText(context.metric(summary, "ttft_ms"));
    return ttft.empty() ? ttft : ttft + " (" + summary->stratum + ")";
}

// A count that only the runtime can know.
std::string reported(const ReportContext& context, const TurnSummary* summary, const char* metric) {
    if (summary == nullptr) return {};
    const MetricDetail* m = context.metric(summary, metric);
    return m ? medianText(m) : kNotReported;
}

constexpr double kOtherPrompt = 0.05; // of the median: beyond it the prompt explains a time that lies far from the others

// " with a prompt of 673 tokens, not 833": a reply that left something out makes later prompts of its run short. Empty
// where the prompt was like the others.
std::string otherPrompt(const ReportContext& context, const TurnSummary& at, int block) {
    const auto& usual = at.metric("prompt_tokens");
    if (!usual) return {};
    std::vector<double> tokens;
    for (const TurnRecord& r : context.in.turns)
        if (r.repeat == block && r.stratum == at.stratum && r.outcome == Outcome::Ok && r.run_outcome == "complete" &&
            r.prompt_tokens && PassKey{r.target, r.design, r.cap, r.padding, r.cache_mode, r.turn} == at.key)
            tokens.push_back(double(*r.prompt_tokens));
    const auto here = medianOf(std::move(tokens));
    if (!here || std::abs(*here - usual->median) <= kOtherPrompt * usual->median) return {};
    return " with a prompt of " + rounded(*here) + " tokens, not " + rounded(usual->median);
}

// "Flagged, and in every number all the same: turn 2 warm, 290 ms in block 5 (median without: 104)."
std::string outlierText(const ReportContext& context, const ReportCurve& curve) {
    std::vector<std::string> turns;
    for (const TurnSummary* s : curve.turns) {
        const MetricDetail* ttft = context.metric(s, "ttft_ms");
        if (ttft == nullptr || ttft->outliers.empty()) continue;
        std::vector<std::string> parts;
        for (const OutlyingBlock& block : ttft->outliers)
            parts.push_back(supportedText(block.value, ttft->interval) + " ms in block " + std::to_string(block.block) +
                            otherPrompt(context, *s, block.block));
        std::string text = "turn " + std::to_string(s->key.turn) + " " + s->stratum + ", " + joined(parts, " and ");
        if (ttft->median_without_outliers)
            text += " (median without: " + supportedText(*ttft->median_without_outliers, ttft->interval) + ")";
        turns.push_back(text);
    }
    return turns.empty() ? std::string()
                         : "Flagged as far from the others, and in every number all the same: " + joined(turns, "; ") + ".";
}

Table runsTable(const ReportInputs& in) {
    const RunCounts c = countRuns(in);
    Table table{"Runs of the plan, each by its best or last attempt",
                {{"planned", true},
                 {"complete", true},
                 {"failed", true},
                 {"stopped", true},
                 {"interrupted", true},
                 {"cancelled", true},
                 {"not begun", true}},
                {}};
    table.rows.emplace_back();
    for (const int count : {c.planned, c.complete, c.failed, c.stopped, c.interrupted, c.cancelled, c.not_begun})
        table.rows.back().push_back(std::to_string(count));
    return table;
}

std::vector<int> turnsOf(const ReportCurve& curve) {
    std::set<int> turns;
    for (const TurnSummary* s : curve.turns) turns.insert(s->key.turn);
    for (const PassSummary* s : curve.passes) turns.insert(s->key.turn);
    return {turns.begin(), turns.end()};
}

constexpr std::size_t kAllPass = 5; // of summaryFlags()

// Cells of different N make the same first turns, often with the very reply: where a block has several turns of this
// number, it counts once, as right if all of them are.
std::string wilsonText(const PassDetail* passes, int turns) {
    if (!passes) return {};
    const Share& blocks = passes->blocks_all_pass;
    if (blocks.of == 0 || blocks.of >= turns) return intervalWithCoverage(passes->flags[kAllPass]);
    return "blocks " + std::to_string(blocks.hits) + " of " + std::to_string(blocks.of) + ": " +
           intervalWithCoverage(wilsonInterval(blocks.hits, blocks.of));
}

std::vector<std::string> turnRow(const ReportContext& context, int turn, const TurnSummary* s, const Passed& passes,
                                 const PassDetail* shares, bool keepsState) {
    std::vector<std::string> row{std::to_string(turn)};
    const auto own = [&](const char* metric) { return medianText(context.metric(s, metric)); };
    const MetricDetail* ttft = context.metric(s, "ttft_ms");
    row.push_back(s ? s->stratum : "");
    // A buffered stream has no TTFT, and its sizes are medians over blocks all the same.
    const MetricDetail* blocks = ttft ? ttft : context.metric(s, "context_tokens_estimate");
    row.push_back(blocks ? std::to_string(blocks->n) : "");
    row.push_back(own("context_tokens_estimate"));
    row.push_back(reported(context, s, "prompt_tokens"));
    row.push_back(reported(context, s, "cached_tokens"));
    row.push_back(reported(context, s, "processed_tokens"));
    row.push_back(own("ttft_ms"));
    row.push_back(intervalWithCoverage(ttft));
    row.push_back(ttft ? rounded(ttft->mad) : "");
    row.push_back(ttft ? rounded(ttft->p90) : "");
    row.push_back(ttft ? rounded(ttft->p95) : "");
    row.push_back(ttft ? rounded(ttft->p99) : "");
    row.push_back(own("decode_tps"));
    row.push_back(reported(context, s, "decode_tps_runtime"));
    if (keepsState) row.push_back(own("state_file_bytes"));
    row.push_back(passText(passes));
    row.push_back(wilsonText(shares, passes.turns));
    row.push_back(missedText(passes));
    return row;
}

Table curveTable(const ReportContext& context, const ReportCurve& curve) {
    const bool keepsState = std::any_of(curve.turns.begin(), curve.turns.end(),
                                        [](const TurnSummary* s) { return s->metric("state_file_bytes").has_value(); });
    Table table{context.caption(curve.key),
                {{"turn", true},
                 {"cache", false},
                 {"n", true},
                 {"ctx est.", true},
                 {"prompt tok", true},
                 {"cached", true},
                 {"read anew", true},
                 {"TTFT ms", true},
                 {kInterval, true},
                 {kMad, true},
                 {kP90, true},
                 {kP95, true},
                 {kP99, true},
                 {"decode t/s, client", true},
                 {"decode t/s, runtime", true}},
                {}};
    if (keepsState) table.columns.push_back({"state bytes", true});
    table.columns.push_back({"all pass", true});
    table.columns.push_back({kWilson, true});
    table.columns.push_back({kMissed, true});
    for (const int turn : turnsOf(curve)) {
        const Passed passes = passesOf(curve, turn);
        const auto summary =
            std::find_if(curve.passes.begin(), curve.passes.end(), [&](const PassSummary* p) { return p->key.turn == turn; });
        const PassDetail* shares = summary == curve.passes.end() ? nullptr : context.passes(*summary);
        bool first = true; // pass rates are over all states of the cache: they stand once
        for (const TurnSummary* s : curve.turns) {
            if (s->key.turn != turn) continue;
            table.rows.push_back(turnRow(context, turn, s, first ? passes : Passed{}, first ? shares : nullptr, keepsState));
            first = false;
        }
        if (first) table.rows.push_back(turnRow(context, turn, nullptr, passes, shares, keepsState));
    }
    for (const char* title : {kInterval, kMad, kP90, kP95, kP99, kMissed}) dropIfEmpty(table, title);
    liftCoverage(table, kInterval);
    liftCoverage(table, kWilson, kWilson);
    return table;
}

std::vector<std::string> glanceRow(const ReportContext& context, const ReportCurve& curve, bool oneMode) {
    int last = 0;
    for (const TurnSummary* s : curve.turns) last = std::max(last, s->key.turn);
    const TurnSummary* from = context.commonest(curve, 1);
    const TurnSummary* to = last > 1 ? context.commonest(curve, last) : nullptr;
    const auto ctx = [&](const TurnSummary* s) { return medianText(context.metric(s, "context_tokens_estimate")); };
    std::string design = curve.key.design;
    if (curve.key.cap) design += ", cap " + std::to_string(*curve.key.cap);
    if (curve.key.padding) design += ", padding " + std::to_string(*curve.key.padding);
    const Passed passes = passesOf(curve);
    return {design,
            curve.key.target + (context.simulated(curve.key.target) ? " (SIMULATED)" : ""),
            oneMode ? std::string() : std::string(name(curve.key.cache_mode)),
            last > 0 ? std::to_string(last) : "",
            ttftAt(context, from),
            ttftAt(context, to),
            ctx(from),
            ctx(to),
            reported(context, to ? to : from, "processed_tokens"),
            passText(passes),
            missedText(passes)};
}

} // namespace

void addGlance(Document& document, const ReportContext& context) {
    document.add(Heading{2, "At a glance"});
    document.add(runsTable(context.in));
    if (context.curves.empty()) return;
    std::set<CacheMode> modes;
    for (const ReportCurve& curve : context.curves) modes.insert(curve.key.cache_mode);
    const bool oneMode = modes.size() == 1;
    Table table{"What the first and the last turn cost, and how many turns were right" +
                    (oneMode ? " · " + std::string(name(*modes.begin())) : std::string()),
                {{"design", false},
                 {"target", false},
                 {kMode, false},
                 {"turns", true},
                 {"TTFT ms, turn 1", true},
                 {"TTFT ms, last turn", true},
                 {"ctx est., turn 1", true},
                 {"ctx est., last", true},
                 {"read anew, last", true},
                 {"all pass", true},
                 {kMissed, true}},
                {}};
    for (const ReportCurve& curve : context.curves) table.rows.push_back(glanceRow(context, curve, oneMode));
    dropIfEmpty(table, kMode);
    dropIfEmpty(table, kMissed);
    document.add(std::move(table));
    std::set<std::string> designs;
    for (const ReportCurve& curve : context.curves) designs.insert(context.designText(curve.key.design));
    document.add(Paragraph{plain(joined({designs.begin(), designs.end()}, "; ") +
                                 ". Times are medians over blocks of complete runs, with the state of the cache that most "
                                 "blocks found. All "
                                 "pass: turns whose reply was right in every respect, of the turns that were attempted.")});
}

void addTurns(Document& document, const ReportContext& context) {
    if (context.curves.empty()) return;
    document.add(Heading{2, "Every design, turn by turn"});
    document.add(Paragraph{
        plain("Medians over blocks, n of them, each with the exact interval of order statistics and the coverage it has: "
              "five blocks reach 93.75 % and no more. MAD is the raw median of the distances from the median. A block "
              "that lies far from the others is flagged below the table and stays in every number of it. "
              "Wilson is the interval of the share of right answers. Cache: what the turn found (cold: nothing of its "
              "prompt; warm: a part of it; load: the model itself had to be loaded; unknown: the runtime does not say). "
              "Times are rounded to what their interval supports, in other tables to three figures or whole milliseconds. "
              "Two decode rates: by the client's clock, and from the runtime's own figures. An empty cell is a number that "
              "does not apply or was not measured." +
              std::string(context.mostBlocks() < kBlocksForP90
                              ? " Percentiles of times: n too small (p90 needs 29 blocks, p95 59, p99 299)."
                              : ""))});
    addStreams(document, context);
    for (const ReportCurve& curve : context.curves) {
        document.add(curveTable(context, curve));
        if (const std::string flagged = outlierText(context, curve); !flagged.empty()) document.add(Paragraph{plain(flagged)});
        addLeftOut(document, context, curve);
    }
}

} // namespace looptax
