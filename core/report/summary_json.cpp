#include "analysis/cache_estimate.h"
#include "analysis/cache_modes.h"
#include "analysis/summary.h"
#include "report/json_parts.h"
#include "report/report_sections.h"
#include "report/run_counts.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <map>

namespace looptax {

namespace {

// Apart from the summaries: nothing that was measured stands beside it.
Json estimatesJson(const std::vector<TurnRecord>& turns) {
    const CacheEstimates estimates = estimateCached(turns);
    Json out{{"rates", Json::array()}, {"turns", Json::array()}};
    for (const ReadingRate& rate : estimates.rates) {
        Json row{{"target", rate.target},           {"cold_turns", rate.turns}, {"lengths", rate.lengths},
                 {"shortest", rate.shortest},       {"longest", rate.longest},  {"fitted", rate.fitted},
                 {"why_not", rate.why_not},         {"fixed_ms", nullptr},      {"per_token_ms", nullptr},
                 {"per_token_context_ms", nullptr}, {"spread_percent", nullptr}};
        if (rate.fitted) {
            row["fixed_ms"] = rate.fixed_ms;
            row["per_token_ms"] = rate.per_token_ms;
            row["per_token_context_ms"] = rate.per_token_context_ms;
            row["spread_percent"] = rate.spread_percent;
        }
        out["rates"].push_back(std::move(row));
    }
    for (const EstimateSummary& s : summarizeEstimates(turns, estimates)) {
        Json row = keyJson(s.key);
        row["turn"] = s.key.turn;
        row["turns"] = s.turns;
        row["prompt_tokens"] = s.prompt_tokens;
        row["estimate"] = s.tokens;
        row["low"] = s.low;
        row["high"] = s.high;
        out["turns"].push_back(std::move(row));
    }
    return out;
}

} // namespace

RunCounts countRuns(const ReportInputs& in) {
    struct Ends {
        bool complete = false;
        std::optional<RunOutcome> last;
    };
    std::map<int, Ends> ends;
    for (const RunView& run : in.runs) {
        Ends& e = ends[run.run];
        e.complete = e.complete || run.outcome == RunOutcome::Complete;
        e.last = run.outcome;
    }
    RunCounts out;
    out.planned = int(in.schedule.size());
    for (const ScheduledRun& run : in.schedule) {
        const auto at = ends.find(run.run);
        if (at == ends.end()) {
            ++out.not_begun;
        } else if (at->second.complete) {
            ++out.complete;
        } else if (at->second.last == RunOutcome::Failed) {
            ++out.failed;
        } else if (at->second.last == RunOutcome::Stopped) {
            ++out.stopped;
        } else if (at->second.last == RunOutcome::Cancelled) {
            ++out.cancelled;
        } else {
            ++out.interrupted;
        }
    }
    return out;
}

// Raised whenever the same records give other derived numbers than before, with a line in CHANGELOG.md. 1: before it was named.
constexpr int kRulesVersion = 2;

std::string summaryJson(const ReportInputs& in) {
    const ReportContext context(in);
    const RunCounts runs = countRuns(in);
    Json out;
    out["schema"] = "looptax.summary/1";
    out["rules_version"] = kRulesVersion;
    out["made_by"] = {{"version", in.version}, {"commit", in.commit}};
    out["plan_sha256"] = in.plan_sha256;
    out["plan"] = Json::parse(in.plan_text, nullptr, false);
    if (out["plan"].is_discarded()) out["plan"] = nullptr;
    out["session"] = in.sessions.empty() || !in.sessions.front() ? Json(nullptr) : *in.sessions.front();
    out["simulated_targets"] = Json::array();
    for (const ReportTarget& target : context.targets)
        if (target.simulated) out["simulated_targets"].push_back(target.id);
    out["targets"] = targetsJson(context);
    out["runs"] = {{"planned", runs.planned},    {"complete", runs.complete},       {"failed", runs.failed},
                   {"stopped", runs.stopped},    {"interrupted", runs.interrupted}, {"cancelled", runs.cancelled},
                   {"not_begun", runs.not_begun}};
    if (const Analysis* analysis = context.analysis()) {
        out["analysis"] = analysisJson(*analysis);
        out["verdicts"] = verdictsJson(*analysis);
    }
    out["amendments"] = amendmentsJson(in.amendments);
    out["definitions"] = Json::object();
    for (const auto& [term, sentence] : allDefinitions()) out["definitions"][std::string(term)] = std::string(sentence);
    out["summaries"] = summariesJson(context);
    out["slopes"] = slopesJson(context);
    const CacheModes modes = cacheModes(in.turns);
    out["cache_modes"] = Json::array();
    for (const CacheModeCount& c : modes.counts)
        out["cache_modes"].push_back({{"target", c.target},
                                      {"cache_mode", std::string(name(c.cache_mode))},
                                      {"verified", c.verified},
                                      {"broken", c.broken},
                                      {"not_verifiable", c.not_verifiable},
                                      {"left_out", c.left_out}});
    out["left_out"] = Json::array();
    for (const BrokenTurns& b : modes.broken) {
        Json row = keyJson(b.key);
        row["turn"] = b.key.turn;
        row["turns"] = b.turns;
        row["prompt_tokens"] = orNull(b.prompt_tokens);
        row["cached_tokens"] = orNull(b.cached_tokens);
        row["ttft_ms"] = orNull(b.ttft_ms);
        out["left_out"].push_back(std::move(row));
    }
    out["counts_disagree"] = modes.disagreeing;
    out["streams"] = streamsJson(in.turns);
    out["prompts_truncated"] = promptsTruncatedJson(in.turns);
    out["prompt_checks"] = promptChecksJson(in);
    out["disturbed_turns"] = disturbedTurnsJson(disturbedCells(in.turns));
    out["stamps"] = stampsJson(in.turns);
    out["without_disturbed"] = withoutDisturbedJson(context);
    out["cached_tokens_estimate"] = estimatesJson(in.turns);
    out["pass_rates"] = passRatesJson(context);
    out["totals"] = totalsJson(context);
    out["quality"] = qualityJson(context);
    out["right_cells"] = rightCellsJson(context);
    out["turns_on_record"] = turnsOnRecordJson(context);
    out["failures"] = failuresJson(context);
    putTax(out, in);
    out["rereads"] = rereadsJson(in);
    out["published"] = publishedJson(in.published);
    out["instrument"] = instrumentJson(in);
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace looptax
