#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/run_counts.h"

#include <algorithm>
#include <set>

namespace looptax {

using namespace doc;

namespace {

constexpr const char* kMissed = "not attempted";
constexpr const char* kMode = "cache mode";

struct Passed {
    int passed = 0;
    int turns = 0;
    int not_attempted = 0;
};

std::string passText(const Passed& p) {
    return p.turns == 0 ? std::string() : std::to_string(p.passed) + " of " + std::to_string(p.turns);
}
std::string missedText(const Passed& p) {
    return p.not_attempted == 0 ? std::string() : std::to_string(p.not_attempted);
}

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

std::string ttftAt(const TurnSummary* summary) {
    if (summary == nullptr) return {};
    const std::string ttft = medianText(summary->metric("ttft_ms"));
    return ttft.empty() ? ttft : ttft + " (" + summary->stratum + ")";
}

// A count that only the runtime can know.
std::string reported(const TurnSummary* summary, const char* metric) {
    if (summary == nullptr) return {};
    const auto& m = summary->metric(metric);
    return m ? medianText(m) : kNotReported;
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
    for (const int count :
         {c.planned, c.complete, c.failed, c.stopped, c.interrupted, c.cancelled, c.not_begun})
        table.rows.back().push_back(std::to_string(count));
    return table;
}

std::vector<int> turnsOf(const ReportCurve& curve) {
    std::set<int> turns;
    for (const TurnSummary* s : curve.turns)
        turns.insert(s->key.turn);
    for (const PassSummary* s : curve.passes)
        turns.insert(s->key.turn);
    return {turns.begin(), turns.end()};
}

std::vector<std::string> turnRow(int turn, const TurnSummary* s, const Passed& passes, bool keepsState) {
    std::vector<std::string> row{std::to_string(turn)};
    const auto own = [&](const char* metric) { return s ? medianText(s->metric(metric)) : std::string(); };
    const auto& ttft = s ? s->metric("ttft_ms") : std::nullopt;
    row.push_back(s ? s->stratum : "");
    row.push_back(ttft ? std::to_string(ttft->n) : "");
    row.push_back(own("context_tokens_estimate"));
    row.push_back(reported(s, "prompt_tokens"));
    row.push_back(reported(s, "cached_tokens"));
    row.push_back(reported(s, "processed_tokens"));
    row.push_back(own("ttft_ms"));
    row.push_back(rangeText(ttft));
    row.push_back(own("decode_tps"));
    row.push_back(reported(s, "decode_tps_runtime"));
    if (keepsState) row.push_back(own("state_file_bytes"));
    row.push_back(passText(passes));
    row.push_back(missedText(passes));
    return row;
}

Table curveTable(const ReportContext& context, const ReportCurve& curve) {
    const bool keepsState = std::any_of(curve.turns.begin(), curve.turns.end(), [](const TurnSummary* s) {
        return s->metric("state_file_bytes").has_value();
    });
    Table table{context.caption(curve.key),
                {{"turn", true},
                 {"cache", false},
                 {"n", true},
                 {"ctx est.", true},
                 {"prompt tok", true},
                 {"cached", true},
                 {"read anew", true},
                 {"TTFT ms", true},
                 {kRange, true},
                 {"decode t/s, client", true},
                 {"decode t/s, runtime", true}},
                {}};
    if (keepsState) table.columns.push_back({"state bytes", true});
    table.columns.push_back({"all pass", true});
    table.columns.push_back({kMissed, true});
    for (const int turn : turnsOf(curve)) {
        const Passed passes = passesOf(curve, turn);
        bool first = true; // pass rates are over all states of the cache: they stand once
        for (const TurnSummary* s : curve.turns) {
            if (s->key.turn != turn) continue;
            table.rows.push_back(turnRow(turn, s, first ? passes : Passed{}, keepsState));
            first = false;
        }
        if (first) table.rows.push_back(turnRow(turn, nullptr, passes, keepsState));
    }
    dropIfEmpty(table, kRange);
    dropIfEmpty(table, kMissed);
    return table;
}

std::vector<std::string> glanceRow(const ReportContext& context, const ReportCurve& curve, bool oneMode) {
    int last = 0;
    for (const TurnSummary* s : curve.turns)
        last = std::max(last, s->key.turn);
    const TurnSummary* from = context.commonest(curve, 1);
    const TurnSummary* to = last > 1 ? context.commonest(curve, last) : nullptr;
    const auto ctx = [](const TurnSummary* s) {
        return s ? medianText(s->metric("context_tokens_estimate")) : std::string();
    };
    std::string design = curve.key.design;
    if (curve.key.cap) design += ", cap " + std::to_string(*curve.key.cap);
    if (curve.key.padding) design += ", padding " + std::to_string(*curve.key.padding);
    const Passed passes = passesOf(curve);
    return {design,
            curve.key.target + (context.simulated(curve.key.target) ? " (SIMULATED)" : ""),
            oneMode ? std::string() : std::string(name(curve.key.cache_mode)),
            last > 0 ? std::to_string(last) : "",
            ttftAt(from),
            ttftAt(to),
            ctx(from),
            ctx(to),
            reported(to ? to : from, "processed_tokens"),
            passText(passes),
            missedText(passes)};
}

} // namespace

void addGlance(Document& document, const ReportContext& context) {
    document.add(Heading{2, "At a glance"});
    document.add(runsTable(context.in));
    if (context.curves.empty()) return;
    std::set<CacheMode> modes;
    for (const ReportCurve& curve : context.curves)
        modes.insert(curve.key.cache_mode);
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
    for (const ReportCurve& curve : context.curves)
        table.rows.push_back(glanceRow(context, curve, oneMode));
    dropIfEmpty(table, kMode);
    dropIfEmpty(table, kMissed);
    document.add(std::move(table));
    std::set<std::string> designs;
    for (const ReportCurve& curve : context.curves)
        designs.insert(context.designText(curve.key.design));
    document.add(Paragraph{
        plain(joined({designs.begin(), designs.end()}, "; ") +
              ". Times are medians over blocks of complete runs, with the state of the cache that most "
              "blocks found. All "
              "pass: turns whose reply was right in every respect, of the turns that were attempted.")});
}

void addTurns(Document& document, const ReportContext& context) {
    if (context.curves.empty()) return;
    document.add(Heading{2, "Every design, turn by turn"});
    document.add(Paragraph{plain(
        "Medians over blocks; min to max are the lowest and the highest block, and no confidence interval; n "
        "counts blocks. Cache: what the turn found (cold: nothing of its prompt; warm: a part of it; load: "
        "the "
        "model itself had to be loaded; unknown: the runtime does not say). Two decode rates: by the "
        "client's "
        "clock, and from the runtime's own figures. An empty cell is a number that does not apply or was not "
        "measured.")});
    for (const ReportCurve& curve : context.curves) {
        document.add(curveTable(context, curve));
        addLeftOut(document, context, curve);
    }
}

} // namespace looptax
