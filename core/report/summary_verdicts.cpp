#include "report/json_parts.h"
#include "report/summary_parts.h"
#include "stats/fisher.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

Json rulesJson(const AnalysisRules& rules) {
    return {{"alpha", rules.alpha},     {"family", rules.family},   {"own_family", rules.own_family},
            {"delta_q", rules.delta_q}, {"delta_t", rules.delta_t}, {"primary", rules.primary}};
}

Json measuresJson(const std::vector<Measure>& measures) {
    Json out = Json::array();
    for (const Measure& m : measures)
        out.push_back({{"name", m.name},
                       {"of", m.of},
                       {"value", m.value},
                       {"unit", m.unit},
                       {"n", m.n},
                       {"n_of", m.n_of},
                       {"method", m.method},
                       {"p", orNull(m.p)},
                       {"interval", intervalJson(m.interval)}});
    return out;
}

Json cautionsJson(const std::vector<Caution>& cautions) {
    Json out = Json::array();
    for (const Caution& caution : cautions)
        out.push_back({{"text", caution.text}, {"target", caution.target}, {"measures", measuresJson(caution.measures)}});
    return out;
}

Json verdictJson(const Verdict& v, double alpha) {
    Json row;
    row["id"] = v.id;
    row["target"] = v.target;
    row["cache_mode"] = v.cache_mode ? Json(std::string(name(*v.cache_mode))) : Json(nullptr);
    row["statement"] = v.statement;
    row["verdict"] = std::string(name(v.kind));
    row["trivially"] = v.trivially;
    row["after_data"] = v.after_data;
    row["effect"] = orNull(v.effect);
    row["effect_name"] = v.effect_name;
    row["effect_unit"] = v.effect_unit;
    row["interval"] = intervalJson(v.interval);
    row["test"] = v.test;
    row["p"] = orNull(v.p);
    row["p_adjusted"] = orNull(v.p_adjusted);
    row["n"] = v.n;
    row["n_of"] = v.n_of;
    row["left_out"] = v.left_out;
    row["left_out_why"] = v.left_out_why;
    row["rule"] = v.rule;
    row["why"] = v.why;
    row["decide"] = v.decide;
    row["more_runs"] = orNull(v.more_runs);
    row["runs_needed"] = orNull(v.runs_needed);
    row["measures"] = measuresJson(v.measures);
    row["without_disturbed"] = nullptr;
    if (const auto& of = v.without_disturbed)
        row["without_disturbed"] = {{"with", std::string(name(of->with))},
                                    {"without", std::string(name(of->without))},
                                    {"n", of->n},
                                    {"same", of->same()}};
    row["power"] = Json::array();
    for (const PowerRow& power : powerTable(v.power_n, kPowerShares, alpha))
        row["power"].push_back({{"n", power.n}, {"share", power.share}, {"power", power.power}});
    return row;
}

Json spreadJson(const ErrorSpread& spread) {
    if (spread.n == 0) return nullptr;
    return {{"n", spread.n}, {"median", spread.median}, {"p50", spread.p50}, {"p99", spread.p99}, {"max", spread.max}};
}

} // namespace

Json intervalJson(const std::optional<Interval>& interval) {
    if (!interval) return nullptr;
    return {{"low", interval->low}, {"high", interval->high}, {"coverage", interval->coverage}, {"method", interval->method}};
}

Json analysisJson(const Analysis& analysis) {
    return {{"rules", rulesJson(analysis.rules)},
            {"headline", analysis.headline},
            {"cautions", cautionsJson(analysis.cautions)},
            {"add_repeats", analysis.add_repeats}};
}

Json verdictsJson(const Analysis& analysis) {
    Json out = Json::array();
    for (const Verdict& verdict : analysis.verdicts) out.push_back(verdictJson(verdict, analysis.rules.alpha));
    return out;
}

Json amendmentsJson(const std::vector<Amendment>& amendments) {
    Json out = Json::array();
    for (const Amendment& a : amendments)
        out.push_back({{"t", a.t},
                       {"text", a.text},
                       {"reason", a.reason},
                       {"after_data", a.after_data},
                       {"rules", a.analysis ? rulesJson(*a.analysis) : Json(nullptr)},
                       {"repeats", orNull(a.repeats)}});
    return out;
}

Json publishedJson(const PublishedStudy& published) {
    Json tables = Json::array();
    for (const PublishedTable& table : published.tables) {
        Json rows = Json::array();
        for (const PublishedTurn& row : table.rows)
            rows.push_back({{"turn", row.turn},
                            {"padding", orNull(row.padding)},
                            {"context_tokens_estimate", orNull(row.context_tokens_estimate)},
                            {"state_file_bytes", orNull(row.state_file_bytes)},
                            {"ttft_ms", orNull(row.ttft_ms)}});
        tables.push_back({{"design", table.design},
                          {"n", table.n},
                          {"cap", orNull(table.cap)},
                          {"decode_tps",
                           {{"first", orNull(table.decode_first)},
                            {"last", orNull(table.decode_last)},
                            {"lowest", orNull(table.decode_lowest)},
                            {"highest", orNull(table.decode_highest)}}},
                          {"rows", std::move(rows)}});
    }
    return {{"title", published.title},
            {"machine", published.machine},
            {"runtime", published.runtime},
            {"model", published.model},
            {"tables", std::move(tables)}};
}

Json instrumentJson(const ReportInputs& in) {
    const std::optional<Instrument>& instrument = in.instrument;
    if (!instrument) return nullptr;
    const InstrumentFigures& ours = instrument->ours;
    return {{"machine", instrument->machine},
            {"cpu", instrument->cpu},
            {"cores", instrument->cores},
            {"date", instrument->date},
            {"version", instrument->version},
            {"optimised", instrument->optimised},
            {"charts_painted", instrument->window},
            {"load", std::string(name(instrument->load))},
            {"load_that_fits", std::string(name(in.instrument_fit))},
            {"journalled", in.instrument_journalled},
            {"time_error_ms", timeErrorMs(*instrument)},
            {"rate_error_percent", rateErrorPercent(*instrument)},
            {"ttft_error_ms", spreadJson(ours.ttft_ms)},
            {"decode_error_percent", spreadJson(ours.decode_percent)},
            {"gap_ms", spreadJson(ours.gap_ms)},
            {"gap_with_state_ms", spreadJson(ours.gap_state_ms)}};
}

} // namespace looptax
