#include "report/compare_counts.h"
#include "report/json_parts.h"
#include "report/published_shape.h"
#include "report/report_compare.h"
#include "report/run_counts.h"
#include "report/summary_parts.h"
#include "stats/fisher.h"

#include <nlohmann/json.hpp>

#include <string_view>
#include <utility>

namespace looptax {

namespace {

Json summaryOf(const MetricSummary& s) { return {{"n", s.n}, {"median", s.median}, {"min", s.min}, {"max", s.max}}; }

Json keyJson(const CompareKey& key, const std::vector<TargetPair>& pairs) {
    Json out;
    out["first_target"] = pairs[key.pair].first;
    out["second_target"] = pairs[key.pair].second;
    out["design"] = key.design;
    out["cap"] = orNull(key.cap);
    out["padding"] = orNull(key.padding);
    out["cache_mode"] = std::string(name(key.cache_mode));
    out["turn"] = key.turn;
    return out;
}

Json sessionJson(const ReportInputs& in) {
    const RunCounts runs = countRuns(in);
    return {{"session", sessionIdOf(in)},
            {"begun", in.sessions.empty() || !in.sessions.front() ? std::string() : textMember(*in.sessions.front(), "t")},
            {"plan_name", in.plan ? in.plan->name : std::string()},
            {"plan_sha256", in.plan_sha256},
            {"turns", in.turns.size()},
            {"planned", runs.planned},
            {"complete", runs.complete}};
}

// Cells of which more than half of the turns were disturbed.
Json notQuietJson(const ReportInputs& in) {
    std::vector<DisturbedCell> cells = disturbedCells(in.turns);
    std::erase_if(cells, [](const DisturbedCell& cell) { return cell.quiet(); });
    return disturbedTurnsJson(cells);
}

// The post's own curve stands once a session beside ours.
void addShapes(Json& out, const ReportInputs& in, const char* session) {
    for (const PublishedShape& shape : publishedShapes(ReportContext(in))) {
        const bool post = shape.target.empty();
        Json row{{"session", post ? Json(nullptr) : Json(session)},
                 {"measured_by", post ? "the post" : shape.target},
                 {"design", shape.design},
                 {"cap", orNull(shape.cap)},
                 {"cache_mode", shape.cache_mode ? Json(std::string(name(*shape.cache_mode))) : Json(nullptr)},
                 {"stratum", post ? Json(nullptr) : Json(shape.stratum)},
                 {"rows", shape.rows},
                 {"elasticity", orNull(shape.elasticity.slope)},
                 {"interval", intervalJson(shape.elasticity.interval)},
                 {"level", nullptr}};
        if (shape.level) row["level"] = {{"low", shape.level->first}, {"high", shape.level->second}};
        out.push_back(std::move(row));
    }
}

constexpr std::pair<std::string_view, std::string_view> kDefinitions[] = {
    {"planned", "runs of the plan"},
    {"complete", "runs whose N turns all ended ok, each once"},
    {"n", "blocks that have a value; one block is one repeat of every cell"},
    {"median", "of the medians of the blocks; min and max likewise"},
    {"difference",
     "second less first: of times and tokens Hodges-Lehmann over blocks with the interval of Mann-Whitney's test, of "
     "right answers the difference of the shares of blocks with Newcombe's; it decides the contrast"},
    {"ratio", "second over first: geometric means, Welch's t on logarithms"},
    {"contrast", "what is claimed: more or less where at least 95 % are covered and zero is not among them, of right answers "
                 "where p is at most 0.05 too"},
    {"p", "of Fisher's exact test of the two shares, two-sided"},
    {"passed", "blocks whose every turn under the key was right, of so many"},
    {"rows_judged", "each by itself, nothing corrected for how many they are"},
    {"by_chance", "so many of them would be called different where nothing differs at all"},
    {"counts", "rows by metric and contrast"},
    {"read_otherwise", "turns that differ in TTFT, and of them those that differ in the tokens read anew too"},
    {"power", "chance that Fisher's two-sided test at 0.05 finds a fall from 1 to that share with n blocks a side"},
    {"published_shapes", "elasticity of TTFT over the context (Theil-Sen of logarithms) at the rows that the post printed, the "
                         "post's and ours; level is least and most of TTFT here over TTFT there"},
    {"not_quiet",
     "cells of which something else on the machine disturbed more than half of the turns; as disturbed_turns of summary.json"},
    {"instrument", "differences within time_error_ms and rate_error_percent are not called differences; as in summary.json"},
};

} // namespace

std::string compareJson(const ReportInputs& first, const ReportInputs& second, const SessionComparison& comparison) {
    const auto& pairs = comparison.targets.pairs;
    Json out;
    out["schema"] = "looptax.comparison/1";
    out["made_by"] = {{"version", second.version}, {"commit", second.commit}};
    out["definitions"] = Json::object();
    for (const auto& [term, sentence] : kDefinitions) out["definitions"][std::string(term)] = std::string(sentence);
    out["first"] = sessionJson(first);
    out["second"] = sessionJson(second);
    out["pooled"] = nullptr; // and never anything else
    out["targets"] = Json::array();
    for (std::size_t i = 0; i < pairs.size(); ++i)
        out["targets"].push_back({{"first", pairs[i].first}, {"second", pairs[i].second}, {"how", comparison.targets.how[i]}});
    out["environment"] = {
        {"differ", Json::array()}, {"same", comparison.environment.same}, {"unknown", comparison.environment.unknown}};
    for (const EnvironmentFact& fact : comparison.environment.differ)
        out["environment"]["differ"].push_back({{"what", fact.what},
                                                {"first", fact.first.empty() ? Json(nullptr) : Json(fact.first)},
                                                {"second", fact.second.empty() ? Json(nullptr) : Json(fact.second)}});
    out["instrument"] = instrumentJson(second);
    out["not_quiet"] = {{"first", notQuietJson(first)}, {"second", notQuietJson(second)}};
    out["rows_judged"] = rowsJudged(comparison.turns);
    out["by_chance"] = double(rowsJudged(comparison.turns)) * (1 - kCompareLevel);
    out["counts"] = Json::array();
    for (const std::string_view metric : kCompared) {
        const ContrastCounts counts = countContrasts(comparison.turns, metric);
        Json row{{"metric", std::string(metric)}, {"rows", counts.rows}};
        for (const Contrast contrast :
             {Contrast::More, Contrast::Less, Contrast::NotShown, Contrast::Same, Contrast::WithinInstrument, Contrast::TooFew})
            row[std::string(name(contrast))] = counts.by.count(contrast) > 0 ? counts.by.at(contrast) : 0;
        out["counts"].push_back(std::move(row));
    }
    const ReadOtherwise read = readOtherwise(comparison.turns);
    out["read_otherwise"] = {{"times_that_differ", read.times}, {"of_them_other_tokens", read.both}};
    out["power"] = Json::array();
    for (const PowerRow& power : powerTable(leastBlocksWithoutDifference(comparison.turns), kPowerShares, kComparePowerAlpha))
        out["power"].push_back({{"n", power.n}, {"share", power.share}, {"power", power.power}});
    out["published_shapes"] = Json::array();
    addShapes(out["published_shapes"], first, "S1");
    addShapes(out["published_shapes"], second, "S2");
    out["metrics"] = Json::array();
    for (const MetricContrast& row : comparison.turns.metrics) {
        Json json = keyJson(row.key, pairs);
        json["stratum"] = row.stratum;
        json["metric"] = row.metric;
        json["first"] = summaryOf(row.first);
        json["second"] = summaryOf(row.second);
        json["difference"] = estimateJson(row.shift);
        json["ratio"] = estimateJson(row.ratio);
        json["contrast"] = std::string(name(row.contrast));
        out["metrics"].push_back(std::move(json));
    }
    out["all_pass"] = Json::array();
    for (const PassContrast& row : comparison.turns.passes) {
        Json json = keyJson(row.key, pairs);
        json["first"] = {{"passed", row.first.hits}, {"of", row.first.of}};
        json["second"] = {{"passed", row.second.hits}, {"of", row.second.of}};
        json["difference"] = estimateJson(row.difference);
        json["p"] = orNull(row.p);
        json["contrast"] = std::string(name(row.contrast));
        out["all_pass"].push_back(std::move(json));
    }
    out["not_compared"] = {{"only_first", Json::array()}, {"only_second", Json::array()}, {"cache_states_apart", Json::array()}};
    for (const CompareKey& key : comparison.turns.only_first) out["not_compared"]["only_first"].push_back(keyJson(key, pairs));
    for (const CompareKey& key : comparison.turns.only_second) out["not_compared"]["only_second"].push_back(keyJson(key, pairs));
    for (const StrataApart& apart : comparison.turns.apart) {
        Json json = keyJson(apart.key, pairs);
        json["first"] = apart.first;
        json["second"] = apart.second;
        out["not_compared"]["cache_states_apart"].push_back(std::move(json));
    }
    out["not_compared"]["streams_apart"] = Json::array();
    for (const StreamsApart& apart : comparison.turns.streams_apart) {
        Json json = keyJson(apart.key, pairs);
        json["first"] = apart.first;
        json["second"] = apart.second;
        out["not_compared"]["streams_apart"].push_back(std::move(json));
    }
    out["not_compared"]["runs_truncated"] = {{"first", comparison.turns.first_truncated},
                                             {"second", comparison.turns.second_truncated}};
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace looptax
