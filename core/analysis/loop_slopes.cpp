#include "analysis/loop_slopes.h"

#include "analysis/summary.h"
#include "stats/order_statistics.h"
#include "stats/student.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

std::optional<double> tokensOf(const TurnRecord& turn, TokenAxis axis) {
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? std::optional<double>(double(*value)) : std::nullopt;
    };
    switch (axis) {
    case TokenAxis::Processed: return number(turn.processed_tokens);
    case TokenAxis::ContextEstimate: return double(turn.context_tokens_estimate);
    case TokenAxis::Prompt: break;
    }
    return number(turn.prompt_tokens);
}

bool usable(const TurnRecord& turn) { return countsForTimes(turn) && turn.ttft_ms && turn.stratum != "load"; }

AxisFit fit(const std::vector<const TurnRecord*>& turns, TokenAxis axis) {
    std::vector<double> tokens, ms;
    for (const TurnRecord* turn : turns)
        if (const auto x = tokensOf(*turn, axis)) {
            tokens.push_back(*x);
            ms.push_back(*turn->ttft_ms);
        }
    AxisFit out;
    if (tokens.size() < std::size_t(kSlopeTurns)) {
        out.ms_per_1k.n = out.elasticity.n = int(tokens.size());
        out.ms_per_1k.method = "Theil-Sen";
        out.elasticity.method = "Theil-Sen of logarithms";
        out.ms_per_1k.missing = out.elasticity.missing = "too small: " + std::to_string(tokens.size()) + " turns with " +
                                                         std::string(name(axis)) + ", " + std::to_string(kSlopeTurns) +
                                                         " are needed";
        return out;
    }
    // Thousands of tokens as x: the slope comes out in the unit that is shown.
    std::vector<double> thousands;
    for (const double count : tokens) thousands.push_back(count / 1000);
    out.ms_per_1k = theilSen(thousands, ms);
    out.elasticity = elasticity(tokens, ms);
    return out;
}

Estimate overRuns(std::vector<double> values, const std::string& without) {
    Estimate out;
    out.n = int(values.size());
    out.method = "median over runs";
    out.interval = medianInterval(values);
    out.value = medianOf(std::move(values));
    if (!out.value) out.missing = without.empty() ? "too small: no complete run" : without;
    else if (!out.interval) out.missing = "too small: 1 run, 2 are needed for an interval";
    return out;
}

struct CellSlopes {
    std::vector<const RunSlopes*> runs;
};

Estimate overRuns(const CellSlopes& cell, TokenAxis axis, SlopeFit AxisFit::*which, std::optional<double> SlopeFit::*number) {
    std::vector<double> values;
    std::string without;
    for (const RunSlopes* run : cell.runs) {
        const SlopeFit& of = run->on(axis).*which;
        if (of.*number) values.push_back(*(of.*number));
        else without = of.missing;
    }
    return overRuns(std::move(values), without);
}

std::string baselineText(const CellSlopes& cell) {
    std::set<std::string> strata;
    for (const RunSlopes* run : cell.runs)
        if (run->ratio) strata.insert(run->first_stratum);
    if (strata.empty()) return {};
    std::string out = "turn 1 of the same run";
    for (const std::string& stratum : strata) out += ", " + stratum;
    return out + ", " + std::string(name(cell.runs.front()->key.cache_mode));
}

} // namespace

std::string_view name(TokenAxis axis) {
    switch (axis) {
    case TokenAxis::Processed: return "processed_tokens";
    case TokenAxis::ContextEstimate: return "context_tokens_estimate";
    case TokenAxis::Prompt: break;
    }
    return "prompt_tokens";
}

std::vector<RunSlopes> runSlopes(const std::vector<const TurnRecord*>& turns) {
    std::vector<RunSlopes> out;
    for (const RunTurns& run : completeRuns(turns)) {
        RunSlopes at;
        at.run = run.run;
        at.block = run.turns.front()->repeat;
        at.key = cellKeyOf(*run.turns.front());
        std::vector<const TurnRecord*> used;
        const TurnRecord* first = nullptr;
        const TurnRecord* last = nullptr;
        for (const TurnRecord* turn : run.turns) {
            at.diverged = at.diverged || turn->state_diverged.value_or(false);
            if (!usable(*turn)) continue;
            used.push_back(turn);
            if (turn->turn == 1) first = turn;
            if (turn->turn == at.key.n) last = turn;
        }
        at.turns = int(used.size());
        at.left_out = int(run.turns.size()) - at.turns;
        for (std::size_t i = 0; i < kTokenAxes.size(); ++i) at.by[i] = fit(used, kTokenAxes[i]);
        if (first != nullptr) at.first_stratum = first->stratum;
        if (last != nullptr) at.last_stratum = last->stratum;
        // A run of one turn is its own baseline and says nothing.
        if (first != nullptr && last != nullptr && first != last && *first->ttft_ms > 0)
            at.ratio = *last->ttft_ms / *first->ttft_ms;
        out.push_back(std::move(at));
    }
    return out;
}

std::vector<LoopSlopes> loopSlopes(const std::vector<RunSlopes>& runs) {
    std::map<CellKey, CellSlopes> cells;
    for (const RunSlopes& run : runs) cells[run.key].runs.push_back(&run);
    std::vector<LoopSlopes> out;
    for (const auto& [key, cell] : cells) {
        LoopSlopes at;
        at.key = key;
        at.runs = int(cell.runs.size());
        for (std::size_t i = 0; i < kTokenAxes.size(); ++i) {
            const TokenAxis axis = kTokenAxes[i];
            at.by[i].ms_per_1k = overRuns(cell, axis, &AxisFit::ms_per_1k, &SlopeFit::slope);
            at.by[i].intercept_ms = overRuns(cell, axis, &AxisFit::ms_per_1k, &SlopeFit::intercept);
            at.by[i].elasticity = overRuns(cell, axis, &AxisFit::elasticity, &SlopeFit::slope);
        }
        std::vector<double> ratios;
        for (const RunSlopes* run : cell.runs)
            if (run->ratio) ratios.push_back(*run->ratio);
        const std::string without = key.n < 2 ? "a run of one turn has no ratio" : "turn 1 or turn N was left out";
        at.ratio = geometricMean(ratios);
        if (ratios.empty()) at.ratio.missing = without;
        at.ratio_median = overRuns(std::move(ratios), without);
        at.baseline = baselineText(cell);
        out.push_back(std::move(at));
    }
    return out;
}

} // namespace looptax
