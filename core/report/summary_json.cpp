#include "report/report_sections.h"
#include "report/run_counts.h"
#include "stats/summary.h"

#include <nlohmann/json.hpp>

#include <map>

namespace looptax {

namespace {

template <class T> Json orNull(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json keyJson(const PassKey& key) {
    Json out;
    out["target"] = key.target;
    out["design"] = key.design;
    out["cap"] = orNull(key.cap);
    out["padding"] = orNull(key.padding);
    out["cache_mode"] = std::string(name(key.cache_mode));
    return out;
}

Json shareJson(const Share& share) {
    return {{"passed", share.hits}, {"of", share.of}};
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

std::string summaryJson(const ReportInputs& in) {
    const SessionSummary summary = summarize(in.turns);
    const RunCounts runs = countRuns(in);
    Json out;
    out["schema"] = "looptax.summary/1";
    out["made_by"] = {{"version", in.version}, {"commit", in.commit}};
    out["plan_sha256"] = in.plan_sha256;
    out["session"] = in.sessions.empty() || !in.sessions.front() ? Json(nullptr) : *in.sessions.front();
    out["simulated_targets"] = Json::array();
    for (const ReportTarget& target : reportTargets(in))
        if (target.simulated) out["simulated_targets"].push_back(target.id);
    out["runs"] = {{"planned", runs.planned},         {"complete", runs.complete},
                   {"failed", runs.failed},           {"stopped", runs.stopped},
                   {"interrupted", runs.interrupted}, {"cancelled", runs.cancelled},
                   {"not_begun", runs.not_begun}};
    out["definitions"] = Json::object();
    for (const auto& [term, sentence] : definitions())
        out["definitions"][std::string(term)] = std::string(sentence);
    out["summaries"] = Json::array();
    for (const TurnSummary& s : summary.turns) {
        Json row = keyJson(s.key);
        row["stratum"] = s.stratum;
        row["turn"] = s.key.turn;
        for (std::size_t i = 0; i < kMetricCount; ++i) {
            const auto& m = s.metrics[i];
            row[std::string(summaryMetrics()[i].name)] =
                m ? Json{{"n", m->n}, {"median", m->median}, {"min", m->min}, {"max", m->max}}
                  : Json(nullptr);
        }
        out["summaries"].push_back(std::move(row));
    }
    out["pass_rates"] = Json::array();
    for (const PassSummary& s : summary.passes) {
        Json row = keyJson(s.key);
        row["turn"] = s.key.turn;
        row["blocks"] = s.blocks;
        row["turns"] = s.turns;
        row["failed"] = s.failed;
        row["not_attempted"] = s.not_attempted;
        for (std::size_t i = 0; i < kFlagCount; ++i)
            row[std::string(summaryFlags()[i].name)] = s.passed[i];
        row["pass_after_pass"] = shareJson(s.pass_after_pass);
        row["pass_after_fail"] = shareJson(s.pass_after_fail);
        row["replies"] = s.replies;
        row["distinct_replies"] = s.distinct_replies;
        out["pass_rates"].push_back(std::move(row));
    }
    putTax(out, in);
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace looptax
