#include "analysis/summary_detail.h"

#include "stats/order_statistics.h"
#include "stats/outliers.h"
#include "stats/proportion.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

std::optional<Interval> wilsonOf(const Share& share) { return wilsonInterval(share.hits, share.of); }

std::map<PassKey, std::map<int, bool>> blocksThatPass(const std::vector<RunTurns>& runs) {
    std::map<PassKey, std::map<int, bool>> out;
    for (const RunTurns& run : runs)
        for (const TurnRecord* turn : run.turns) {
            const PassKey key{turn->target, turn->design, turn->cap, turn->padding, turn->cache_mode, turn->turn};
            bool& all = out[key].try_emplace(turn->repeat, true).first->second;
            all = all && turnPassed(*turn);
        }
    return out;
}

std::vector<PassDetail> passDetails(const std::vector<PassSummary>& passes, const std::vector<RunTurns>& runs) {
    const auto blocks = blocksThatPass(runs);
    std::vector<PassDetail> out;
    for (const PassSummary& summary : passes) {
        PassDetail detail;
        detail.key = summary.key;
        for (std::size_t i = 0; i < kFlagCount; ++i) detail.flags[i] = wilsonInterval(summary.passed[i], summary.turns);
        if (const auto at = blocks.find(summary.key); at != blocks.end())
            for (const auto& [block, all] : at->second) {
                ++detail.blocks_all_pass.of;
                detail.blocks_all_pass.hits += int(all);
            }
        detail.claim = clopperPearson(detail.blocks_all_pass.hits, detail.blocks_all_pass.of);
        detail.pass_after_pass = wilsonOf(summary.pass_after_pass);
        detail.pass_after_fail = wilsonOf(summary.pass_after_fail);
        out.push_back(std::move(detail));
    }
    return out;
}

struct CellRuns {
    CellPasses passes;
    PassRows rows;
    std::set<std::string> transcripts;
};

void count(CellRuns& cell, const RunTurns& run) {
    CellPasses& p = cell.passes;
    ++p.runs;
    std::vector<bool> row;
    std::string transcript;
    bool known = true;
    const TurnRecord* before = nullptr;
    bool last = false;
    int passed = 0;
    for (const TurnRecord* turn : run.turns) {
        const bool pass = turnPassed(*turn);
        row.push_back(pass);
        passed += int(pass);
        if (turn->turn == p.key.n) last = pass;
        if (before != nullptr && before->turn + 1 == turn->turn) {
            Share& share = turnPassed(*before) ? p.pass_after_pass : p.pass_after_fail;
            ++share.of;
            share.hits += int(pass);
        }
        known = known && turn->outcome == Outcome::Ok && !turn->reply_sha256.empty();
        transcript += turn->reply_sha256 + ' ';
        before = turn;
    }
    ++p.whole_runs.of;
    p.whole_runs.hits += int(passed >= p.key.n);
    ++p.last_turn.of;
    p.last_turn.hits += int(last);
    if (known) {
        ++p.transcripts;
        cell.transcripts.insert(std::move(transcript));
    }
    cell.rows.push_back(std::move(row));
}

std::vector<CellPasses> cellPasses(const std::vector<RunTurns>& runs) {
    std::map<CellKey, CellRuns> cells;
    for (const RunTurns& run : runs) {
        const CellKey key = cellKeyOf(*run.turns.front());
        CellRuns& cell = cells[key];
        cell.passes.key = key;
        count(cell, run);
    }
    std::vector<CellPasses> out;
    for (auto& [key, cell] : cells) {
        CellPasses& p = cell.passes;
        p.whole_runs_claim = clopperPearson(p.whole_runs.hits, p.whole_runs.of);
        p.last_turn_claim = clopperPearson(p.last_turn.hits, p.last_turn.of);
        p.turns = clusterSummary(cell.rows);
        p.turn_model = betaBinomial(cell.rows);
        p.serial = serialDependence(cell.rows);
        p.pass_after_pass_interval = wilsonOf(p.pass_after_pass);
        p.pass_after_fail_interval = wilsonOf(p.pass_after_fail);
        p.distinct_transcripts = int(cell.transcripts.size());
        out.push_back(std::move(p));
    }
    return out;
}

} // namespace

std::optional<MetricDetail> metricDetail(const std::vector<BlockMedian>& blocks) {
    std::vector<double> values;
    for (const BlockMedian& block : blocks) values.push_back(block.median);
    const auto median = medianOf(values);
    if (!median) return std::nullopt;
    MetricDetail out;
    out.n = int(values.size());
    out.median = *median;
    out.interval = medianInterval(values);
    if (out.n > 1) out.mad = medianAbsoluteDeviation(values);
    OutlierFlags flags = flagOutliers(values);
    for (const std::size_t i : flags.flagged) out.outliers.push_back({blocks[i].block, blocks[i].median});
    out.outlier_rule = std::move(flags.rule);
    out.median_without_outliers = flags.median_without;
    out.p90 = percentileIfEnough(values, 0.90);
    out.p95 = percentileIfEnough(values, 0.95);
    out.p99 = percentileIfEnough(std::move(values), 0.99);
    return out;
}

SessionDetail summaryDetail(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    all.reserve(turns.size());
    for (const TurnRecord& turn : turns) all.push_back(&turn);
    SessionDetail out;
    for (TurnBlocks& at : blockMedians(all)) {
        TurnDetail detail;
        detail.key = std::move(at.key);
        detail.stratum = std::move(at.stratum);
        for (std::size_t i = 0; i < kMetricCount; ++i) detail.metrics[i] = metricDetail(at.metrics[i]);
        out.turns.push_back(std::move(detail));
    }
    const std::vector<RunTurns> runs = endedRuns(all);
    out.passes = passDetails(summarizePasses(all), runs);
    out.cells = cellPasses(runs);
    return out;
}

} // namespace looptax
