#include "report/json_parts.h"
#include "report/report_numbers.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

Json shareJson(const Share& share, const std::optional<Interval>& interval) {
    return {{"passed", share.hits}, {"of", share.of}, {"interval", intervalJson(interval)}};
}

Json metricJson(const std::optional<MetricSummary>& m, const MetricDetail* d) {
    if (!m) return nullptr;
    Json out{{"n", m->n}, {"median", m->median}, {"min", m->min}, {"max", m->max}};
    if (d == nullptr) return out;
    out["interval"] = intervalJson(d->interval);
    out["mad"] = orNull(d->mad);
    out["outliers"] = Json::array();
    for (const OutlyingBlock& block : d->outliers) out["outliers"].push_back({{"block", block.block}, {"value", block.value}});
    out["outlier_rule"] = d->outlier_rule;
    out["median_without_outliers"] = orNull(d->median_without_outliers);
    out["p90"] = orNull(d->p90);
    out["p95"] = orNull(d->p95);
    out["p99"] = orNull(d->p99);
    return out;
}

} // namespace

Json estimateJson(const Estimate& estimate) {
    return {{"n", estimate.n},
            {"value", orNull(estimate.value)},
            {"interval", intervalJson(estimate.interval)},
            {"method", estimate.method},
            {"missing", estimate.missing}};
}

Json summariesJson(const ReportContext& context) {
    Json out = Json::array();
    for (const TurnSummary& s : context.summary.turns) {
        Json row = keyJson(s.key);
        row["stratum"] = s.stratum;
        row["turn"] = s.key.turn;
        for (std::size_t i = 0; i < kMetricCount; ++i) {
            const auto name = summaryMetrics()[i].name;
            row[std::string(name)] = metricJson(s.metrics[i], context.metric(&s, name));
        }
        out.push_back(std::move(row));
    }
    return out;
}

Json passRatesJson(const ReportContext& context) {
    Json out = Json::array();
    for (const PassSummary& s : context.summary.passes) {
        const PassDetail* detail = context.passes(&s);
        Json row = keyJson(s.key);
        row["turn"] = s.key.turn;
        row["blocks"] = s.blocks;
        row["turns"] = s.turns;
        row["failed"] = s.failed;
        row["not_attempted"] = s.not_attempted;
        for (std::size_t i = 0; i < kFlagCount; ++i) row[std::string(summaryFlags()[i].name)] = s.passed[i];
        row["pass_after_pass"] = shareJson(s.pass_after_pass, detail ? detail->pass_after_pass : std::nullopt);
        row["pass_after_fail"] = shareJson(s.pass_after_fail, detail ? detail->pass_after_fail : std::nullopt);
        row["replies"] = s.replies;
        row["distinct_replies"] = s.distinct_replies;
        if (detail) {
            row["wilson"] = Json::object();
            for (std::size_t i = 0; i < kFlagCount; ++i)
                row["wilson"][std::string(summaryFlags()[i].name)] = intervalJson(detail->flags[i]);
            row["blocks_all_pass"] = shareJson(detail->blocks_all_pass, detail->claim);
        }
        out.push_back(std::move(row));
    }
    return out;
}

Json totalsJson(const ReportContext& context) {
    Json out = Json::array();
    for (const ReportCurve& curve : context.curves) {
        int passed = 0, turns = 0, missed = 0;
        for (const PassSummary* s : curve.passes) {
            passed += s->all_pass;
            turns += s->turns;
            missed += s->not_attempted;
        }
        Json row = keyJson(curve.key);
        row["all_pass"] = passed;
        row["turns"] = turns;
        row["not_attempted"] = missed;
        out.push_back(std::move(row));
    }
    return out;
}

Json qualityJson(const ReportContext& context) {
    Json out = Json::array();
    for (const CellPasses& cell : context.detail.cells) {
        Json row = keyJson(cell.key);
        const ClusterSummary& turns = cell.turns;
        row["n_turns"] = cell.key.n;
        row["runs"] = cell.runs;
        row["whole_runs"] = shareJson(cell.whole_runs, cell.whole_runs_claim);
        row["last_turn"] = shareJson(cell.last_turn, cell.last_turn_claim);
        row["turns_passed"] = turns.passed;
        row["turns"] = turns.turns;
        row["rate"] = orNull(turns.mean);
        row["standard_error"] = orNull(turns.standard_error);
        row["interval"] = intervalJson(turns.interval);
        row["icc_raw"] = orNull(turns.icc_raw);
        row["icc"] = orNull(turns.icc);
        row["effective_n"] = orNull(turns.effective_n);
        const BetaBinomial& model = cell.turn_model;
        row["beta_binomial"] = {
            {"rate", orNull(model.rate)}, {"correlation", orNull(model.correlation)}, {"interval", intervalJson(model.interval)}};
        row["pass_after_pass"] = shareJson(cell.pass_after_pass, cell.pass_after_pass_interval);
        row["pass_after_fail"] = shareJson(cell.pass_after_fail, cell.pass_after_fail_interval);
        row["failures_in_a_row"] = orNull(cell.serial.statistic);
        row["p_failures_in_a_row"] = orNull(cell.serial.p);
        row["transcripts"] = cell.transcripts;
        row["distinct_transcripts"] = cell.distinct_transcripts;
        out.push_back(std::move(row));
    }
    return out;
}

Json slopesJson(const ReportContext& context) {
    Json out = Json::array();
    for (const LoopSlopes& slopes : context.slopes) {
        Json row = keyJson(slopes.key);
        row["n_turns"] = slopes.key.n;
        row["runs"] = slopes.runs;
        for (const TokenAxis axis : kTokenAxes) {
            const AxisSummary& of = slopes.on(axis);
            row["on_" + std::string(name(axis))] = {{"ms_per_1k", estimateJson(of.ms_per_1k)},
                                                    {"intercept_ms", estimateJson(of.intercept_ms)},
                                                    {"elasticity", estimateJson(of.elasticity)}};
        }
        row["ratio"] = estimateJson(slopes.ratio);
        row["ratio_median"] = estimateJson(slopes.ratio_median);
        row["baseline"] = slopes.baseline;
        out.push_back(std::move(row));
    }
    return out;
}

} // namespace looptax
