#include "ui/charts/session_charts.h"

#include "loop/loop_design.h"
#include "resources/resources.h"
#include "store/session.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace looptax {

namespace {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

using Blocks = std::map<int, std::vector<double>>; // block_index -> values of its cells of different N

std::optional<Spread> spreadOf(const Blocks& blocks) {
    if (blocks.empty()) return std::nullopt;
    std::vector<double> medians;
    for (const auto& [block, values] : blocks)
        medians.push_back(median(values));
    const auto [low, high] = std::minmax_element(medians.begin(), medians.end());
    return Spread{median(medians), *low, *high, int(medians.size())};
}

struct Stratum {
    Blocks ttft, context, prompt, cached, processed;

    void add(const TurnRecord& r) {
        context[r.block_index].push_back(double(r.context_tokens_estimate));
        const auto put = [&](Blocks& to, const auto& value) {
            if (value) to[r.block_index].push_back(double(*value));
        };
        put(ttft, r.ttft_ms);
        put(prompt, r.prompt_tokens);
        put(cached, r.cached_tokens);
        put(processed, r.processed_tokens);
    }
};

using CurveKey =
    std::tuple<std::size_t, std::size_t, int, int, CacheMode>; // target, design, cap, padding, mode
using Turns = std::map<int, std::map<std::string, Stratum>>;   // turn -> stratum

SourceTurn turnOf(int turn, const std::map<std::string, Stratum>& strata) {
    const auto most = std::max_element(strata.begin(), strata.end(), [](const auto& a, const auto& b) {
        return a.second.context.size() < b.second.context.size();
    });
    const Stratum& s = most->second;
    SourceTurn result;
    result.turn = turn;
    result.ttft_ms = spreadOf(s.ttft);
    result.context_tokens_estimate = spreadOf(s.context);
    result.prompt_tokens = spreadOf(s.prompt);
    result.cached_tokens = spreadOf(s.cached);
    result.processed_tokens = spreadOf(s.processed);
    result.mixed = strata.size() > 1;
    return result;
}

std::string textOf(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void addTargets(ChartSource& source, const RecordStore& store) {
    for (const Target& target : store.plan()->targets) {
        SourceTarget found{target.id, target.kind, target.model, "", false};
        if (store.sessionLine() && store.sessionLine()->contains("targets"))
            for (const Json& facts : (*store.sessionLine())["targets"]) {
                if (textOf(facts, "id") != target.id) continue;
                found.build = textOf(facts, "version");
                if (const std::string model = textOf(facts, "model"); !model.empty()) found.model = model;
            }
        // A model served from a file is named by its path: whose home it lies in is nobody's business in a
        // write-up.
        if (found.model.rfind('/', 0) == 0) found.model.erase(0, found.model.find_last_of('/') + 1);
        found.simulated = (found.build + found.model).find("simulated") != std::string::npos;
        source.targets.push_back(std::move(found));
    }
}

void addPublished(ChartSource& source) {
    const Json json = Json::parse(resource("reference/published-study.json"), nullptr, false);
    if (!json.is_object() || !json.contains("tables") || !json["tables"].is_array()) return;
    source.published_where = "M2 Max, llama.cpp";
    const auto number = [](const Json& row, const char* key) -> std::optional<double> {
        if (!row.contains(key) || !row[key].is_number()) return std::nullopt;
        return row[key].get<double>();
    };
    for (const Json& table : json["tables"])
        for (const Json& row : table["rows"]) {
            PublishedRow published;
            published.design = textOf(table, "design");
            published.turn = int(number(row, "turn").value_or(0));
            if (const auto padding = number(row, "padding")) published.padding = int(*padding);
            published.context_tokens_estimate = number(row, "context_tokens_estimate");
            published.ttft_ms = number(row, "ttft_ms");
            source.published.push_back(std::move(published));
        }
}

template <class Range, class Match> std::size_t indexOf(const Range& range, Match&& match) {
    return std::size_t(std::find_if(range.begin(), range.end(), match) - range.begin());
}

} // namespace

ChartSource chartSourceOf(const RecordStore& store, const std::string& sessionId) {
    ChartSource source;
    source.session = sessionId;
    source.warnings = store.warnings();
    if (!store.plan()) return source;
    source.plan_name = store.plan()->name;
    source.cache_modes = store.plan()->cache_modes;
    if (store.sessionLine() && store.sessionLine()->contains("looptax")) {
        const Json& built = (*store.sessionLine())["looptax"];
        source.measured_by = textOf(built, "version") + " (" + textOf(built, "commit") + ")";
    }
    addTargets(source, store);
    addPublished(source);

    const auto designs = designTable();
    std::map<CurveKey, Turns> curves;
    for (const TurnRecord& r : store.turns()) {
        if (r.outcome != Outcome::Ok || r.run_outcome != name(RunOutcome::Complete)) continue;
        if (r.carry_over || r.stratum == "load") continue;
        const std::size_t target =
            indexOf(source.targets, [&](const SourceTarget& t) { return t.id == r.target; });
        const std::size_t design = indexOf(designs, [&](const DesignFacts& d) { return d.id == r.design; });
        if (target == source.targets.size() || design == designs.size()) continue;
        curves[{target, design, r.cap.value_or(-1), r.padding.value_or(-1), r.cache_mode}][r.turn][r.stratum]
            .add(r);
    }
    for (const auto& [key, turns] : curves) {
        const auto& [target, design, cap, padding, mode] = key;
        SourceCurve curve;
        curve.target = target;
        curve.design = designs[design].id;
        curve.design_name = designs[design].name;
        if (cap >= 0) curve.cap = cap;
        if (padding >= 0) curve.padding = padding;
        curve.cache_mode = mode;
        for (const auto& [turn, strata] : turns)
            curve.turns.push_back(turnOf(turn, strata));
        source.curves.push_back(std::move(curve));
    }
    return source;
}

Result<ChartSource> chartSourceOf(FileOps& files, const std::string& folder) {
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal()))
        return Error{ErrorKind::Storage, "this is no session: it has no journal.jsonl", folder,
                     "give the folder that \"looptax run\" named in its last line", 0};
    auto loaded = loadSession(files, folder);
    if (!loaded) return loaded.error();
    ChartSource source = chartSourceOf(loaded->store, paths.id());
    if (loaded->read.damagedLine > 0)
        source.warnings.push_back("journal.jsonl line " + std::to_string(loaded->read.damagedLine) +
                                  " is damaged: " + loaded->read.damage + "; charts show what could be read");
    if (loaded->read.newer)
        source.warnings.push_back(
            "this session was written by a newer version; charts show what this one understands");
    return source;
}

} // namespace looptax
