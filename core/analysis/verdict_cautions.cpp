#include "analysis/verdict_cautions.h"

#include "analysis/disturbed.h"
#include "analysis/summary.h"
#include "analysis/verdict_draft.h"
#include "analysis/verdict_time.h"
#include "base/text.h"
#include "domain/stream_kind.h"
#include "stats/permutation.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr int kFewestForDrift = 10; // below, no order of runs has p < .01 that a referee would trust
constexpr std::size_t kMostPoints = 300;
constexpr int kScreening = 8;

using TurnKey = std::tuple<std::string, int, std::string>; // cell, turn, stratum

std::vector<const JudgedRun*> timedRuns(const SweepData& data, const std::string& target) {
    LeftOut unused;
    auto out = runsWhere(data, target, [&](const JudgedRun& run) { return usableForTimes(run, data, unused); });
    // The clock restarts with the machine, so it orders only where it agrees with the schedule in one boot; the
    // schedule is the order of execution but for runs that were made again.
    std::stable_sort(out.begin(), out.end(), [](const JudgedRun* a, const JudgedRun* b) {
        return std::tuple(a->block, a->began_ns, a->run) < std::tuple(b->block, b->began_ns, b->run);
    });
    return out;
}

// One cell over time: Kendall's S of its runs against their order. Long series as means of neighbours.
struct CellTrend {
    double s = 0;
    double variance = 0; // under the null, without ties
};

CellTrend trendOf(const std::vector<double>& values) {
    const std::size_t group = values.size() / kMostPoints + 1;
    std::vector<double> points;
    for (std::size_t i = 0; i + group <= values.size(); i += group) {
        double sum = 0;
        for (std::size_t j = 0; j < group; ++j) sum += values[i + j];
        points.push_back(sum / double(group));
    }
    CellTrend out;
    for (std::size_t i = 0; i < points.size(); ++i)
        for (std::size_t j = i + 1; j < points.size(); ++j)
            out.s += double(points[j] > points[i]) - double(points[j] < points[i]);
    const double n = double(points.size());
    out.variance = n * (n - 1) * (2 * n + 5) / 18;
    return out;
}

double meanOf(const std::vector<double>& values, std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t i = from; i < to; ++i) sum += values[i];
    return to > from ? sum / double(to - from) : 0;
}

using Cautions = std::vector<Caution>;

Caution driftCaution(const std::string& target, const Drift& drift) {
    return {target + ": drifting: over " + counted(drift.runs, "run") +
                " in the order they were made TTFT of the last quarter is " + timesText(drift.change) +
                " that of the first (Mann-Kendall, " + probabilityText(drift.p) +
                "). Comparisons within a block hold, levels of a single block do not stand for all.",
            target,
            {{"drift",
              "TTFT, last quarter of the runs over the first",
              drift.change,
              "ratio",
              drift.runs,
              "runs",
              "means of ln(TTFT / median of the same turn); Mann-Kendall within each cell",
              drift.p,
              {}}}};
}

Caution positionCaution(const std::string& target, const PositionEffect& effect) {
    const std::string where = effect.design + " in " + modeText(effect.cache_mode);
    return {target + ": turn 2 of " + where + " takes " + timesText(effect.ratio) + " the turns after it, over " +
                counted(effect.runs, "run") + " (" + probabilityText(effect.p) + "): an effect of its place, not noise.",
            target,
            {{"position_effect",
              where + ", TTFT of turn 2 over the later turns of its stratum",
              effect.ratio,
              "ratio",
              effect.runs,
              "runs",
              "geometric mean; " + effect.test,
              effect.p,
              {}}}};
}

void addRunCautions(const SweepData& data, Cautions& out) {
    for (const std::string& target : data.targets) {
        const auto planned = data.planned.find(target), made = data.made.find(target);
        const int all = planned == data.planned.end() ? 0 : planned->second;
        const int done = made == data.made.end() ? 0 : made->second;
        if (all > done)
            out.push_back({target + ": " + std::to_string(done) + " of " + std::to_string(all) +
                               " planned runs were made; what follows rests on fewer than were planned.",
                           target,
                           {countMeasure("runs_made", {}, done, all, "planned runs")}});
        const auto judged = runsWhere(data, target, [](const JudgedRun&) { return true; });
        const auto cut = runsWhere(data, target, [](const JudgedRun& run) { return run.prompt_truncated; });
        const int failed = int(std::count_if(judged.begin(), judged.end(), [](const JudgedRun* run) {
            return run->outcome == RunOutcome::Failed && !run->prompt_truncated;
        }));
        if (failed > 0)
            out.push_back({target + ": " + counted(failed, "run") +
                               " ended by a failure of a turn (time-out, truncated stream, error): counted as not passed, and no "
                               "times are taken "
                               "from them. A verdict on quality is given only where it is the same without them.",
                           target,
                           {countMeasure("runs_failed", {}, failed, int(judged.size()), "runs")}});
        if (!cut.empty())
            out.push_back({target + ": in " + runsText(cut) +
                               " the runtime cut a prompt: they are left out of quality, and what rests on them is not decided.",
                           target,
                           {countMeasure("runs_prompt_truncated", {}, int(cut.size()), int(judged.size()), "runs")}});
    }
    if (data.strangers > 0)
        out.push_back(
            {counted(data.strangers, "run") + " do not fit the schedule (another plan, or records that are lost): left out.",
             {},
             {countMeasure("runs_not_in_the_schedule", {}, data.strangers, int(data.runs.size()) + data.strangers, "runs")}});
}

void addSeedCautions(const SweepData& data, Cautions& out) {
    if (!sharesSeed(data.plan.sampling)) return;
    for (const std::string& target : data.targets) {
        std::map<std::string, std::vector<const JudgedRun*>> cells;
        for (const JudgedRun& run : data.runs)
            if (run.target == target) cells[run.cell].push_back(&run);
        int repeated = 0, copied = 0;
        for (const auto& [cell, runs] : cells) {
            if (runs.size() < 2) continue;
            ++repeated;
            copied += int(distinctRuns(runs).copies > 0);
        }
        if (repeated > 0)
            out.push_back({target + ": all repeats share the seed " + std::to_string(*data.plan.sampling.seed) + "; in " +
                               std::to_string(copied) + " of " + counted(repeated, "cell") +
                               " they gave the same replies word for word, so quality was measured once there. Times are "
                               "not affected. seed_policy per-run asks anew.",
                           target,
                           {countMeasure("cells_of_one_reply", {}, copied, repeated, "cells with two runs or more")}});
    }
}

void addArtifactCautions(const AnalysisInputs& in, Cautions& out) {
    std::set<std::string> digests, runtimes;
    bool unknown = false;
    for (const AnalysedTarget& target : in.targets) {
        if (target.model_digest.empty()) unknown = true;
        digests.insert(target.model_digest);
        runtimes.insert(target.runtime);
    }
    if (in.targets.size() < 2 || (digests.size() == 1 && !unknown)) return;
    out.push_back({std::string("the targets served ") +
                       (unknown ? "model files that are not known to be the same" : "different model files") +
                       ": compare within a target only; between them runtime and artifact are mixed.",
                   {},
                   {}});
}

void addBrokenCautions(const SweepData& data, Cautions& out) {
    for (const std::string& target : data.targets) {
        int broken = 0, all = 0;
        for (const JudgedRun& run : data.runs) {
            if (run.target != target) continue;
            for (const TurnRecord* turn : run.turns)
                if (turn->outcome == Outcome::Ok && !turn->carry_over) {
                    broken += int(brokeCacheMode(*turn));
                    ++all;
                }
        }
        if (broken > 0)
            out.push_back({target + ": " + counted(broken, "turn") +
                               " broke the cache mode they were asked for under: left out of every time.",
                           target,
                           {countMeasure("turns_of_a_broken_mode", {}, broken, all, "turns that ended ok, without carry-over")}});
    }
}

void addStreamCautions(const SweepData& data, Cautions& out) {
    for (const std::string& target : data.targets) {
        std::map<std::string, int> kinds;
        int known = 0;
        for (const JudgedRun& run : data.runs)
            for (const TurnRecord* turn : run.turns)
                if (run.target == target && !turn->stream.empty()) ++kinds[turn->stream], ++known;
        const int chunks = kinds[std::string(kChunkedStream)], held = kinds[std::string(kBufferedStream)];
        std::vector<std::string> said;
        std::vector<Measure> measures;
        if (chunks > 0) {
            said.push_back(counted(chunks, "reply", "replies") +
                           " came in chunks of several tokens: TTFT is that of the first chunk, and the "
                           "client's clock sees no decode rate.");
            measures.push_back(countMeasure("turns_chunked", {}, chunks, known, "turns"));
        }
        if (held > 0) {
            said.push_back(counted(held, "reply", "replies") +
                           " came at once, held back on the way: the client's clock sees neither TTFT nor a "
                           "decode rate.");
            measures.push_back(countMeasure("turns_buffered", {}, held, known, "turns"));
        }
        if (said.empty()) continue;
        if (chunks < known && held < known)
            said.push_back("Kinds of stream are mixed here, and a time of one does not compare with a time of another.");
        out.push_back({target + ": " + joined(said, " "), target, measures});
    }
}

// "A, cap 3, N = 12, cold"
std::string cellWords(const CellKey& cell) {
    return cell.design + (cell.cap ? ", cap " + std::to_string(*cell.cap) : "") +
           (cell.padding ? ", padding " + std::to_string(*cell.padding) : "") + ", N = " + std::to_string(cell.n) + ", " +
           modeText(cell.cache_mode);
}

void addDisturbedCautions(const SweepData& data, Cautions& out) {
    if (data.records == nullptr) return;
    const std::vector<DisturbedCell> cells = disturbedCells(*data.records);
    for (const std::string& target : data.targets) {
        int disturbed = 0, known = 0;
        std::map<std::string, int> by;
        std::vector<std::string> noisy;
        std::vector<Measure> ofCells;
        for (const DisturbedCell& cell : cells) {
            if (cell.key.target != target) continue;
            disturbed += cell.disturbed;
            known += cell.known;
            for (const auto& [what, turns] : cell.by) by[what] += turns;
            if (cell.quiet()) continue;
            noisy.push_back(cellWords(cell.key));
            ofCells.push_back(countMeasure("turns_disturbed", noisy.back(), cell.disturbed, cell.known, "turns"));
        }
        if (disturbed == 0) continue;
        std::vector<std::string> causes;
        std::vector<Measure> measures{countMeasure("turns_disturbed", {}, disturbed, known, "turns")};
        for (const auto& [what, turns] : by) {
            causes.push_back(what + " (" + counted(turns, "turn") + ")");
            measures.push_back(countMeasure("turns_disturbed", what, turns, known, "turns"));
        }
        measures.insert(measures.end(), ofCells.begin(), ofCells.end());
        std::string text = target + ": " + std::to_string(disturbed) + " of " + counted(known, "turn") +
                           (disturbed == 1 ? " was" : " were") + " disturbed, because something else used the machine" +
                           (causes.empty() ? "" : ": " + joined(causes, "; ")) + ".";
        if (!noisy.empty())
            text += " The machine was not quiet: more than half of the turns were disturbed of " + joined(noisy, "; ") + ".";
        out.push_back({std::move(text), target, std::move(measures)});
    }
}

} // namespace

std::optional<Drift> driftOf(const SweepData& data, const std::string& target) {
    const auto runs = timedRuns(data, target);
    std::map<TurnKey, std::vector<double>> times;
    const auto keyOf = [](const JudgedRun* run, const TurnRecord* turn) { return TurnKey(run->cell, turn->turn, turn->stratum); };
    for (const JudgedRun* run : runs)
        for (const TurnRecord* turn : run->turns)
            if (timed(*turn)) times[keyOf(run, turn)].push_back(std::log(*turn->ttft_ms));
    std::map<TurnKey, double> medians;
    for (const auto& [key, values] : times)
        if (values.size() > 1) medians[key] = *medianOf(values);
    std::vector<double> residuals;
    std::map<std::string, std::vector<double>> byCell;
    for (const JudgedRun* run : runs) {
        double sum = 0;
        int count = 0;
        for (const TurnRecord* turn : run->turns) {
            const auto at = timed(*turn) ? medians.find(keyOf(run, turn)) : medians.end();
            if (at == medians.end()) continue;
            sum += std::log(*turn->ttft_ms) - at->second;
            ++count;
        }
        if (count == 0) continue;
        residuals.push_back(sum / count);
        byCell[run->cell].push_back(sum / count);
    }
    if (int(residuals.size()) < kFewestForDrift) return std::nullopt;
    double s = 0, variance = 0;
    for (const auto& [cell, values] : byCell) {
        const CellTrend trend = trendOf(values);
        s += trend.s;
        variance += trend.variance;
    }
    if (!(variance > 0)) return std::nullopt;
    Drift out;
    out.runs = int(residuals.size());
    out.p = std::min(1.0, 2 * normalUpperTail(std::max(0.0, std::abs(s) - 1) / std::sqrt(variance)));
    const std::size_t quarter = residuals.size() / 4;
    std::vector<double> all;
    for (const auto& [key, values] : times) all.insert(all.end(), values.begin(), values.end());
    out.typical_ms = std::exp(medianOf(std::move(all)).value_or(0));
    out.change = std::exp(meanOf(residuals, residuals.size() - quarter, residuals.size()) - meanOf(residuals, 0, quarter));
    return out;
}

std::vector<PositionEffect> positionEffects(const SweepData& data, const std::string& target) {
    std::map<std::pair<std::string, CacheMode>, std::vector<double>> groups, times;
    for (const JudgedRun* run : timedRuns(data, target)) {
        const TurnRecord* second = turnOf(*run, 2);
        if (second == nullptr || !timed(*second)) continue;
        std::vector<double> later;
        for (int turn = 3; turn <= run->n; ++turn)
            if (const TurnRecord* at = turnOf(*run, turn); at != nullptr && timed(*at) && at->stratum == second->stratum)
                later.push_back(*at->ttft_ms);
        if (const auto median = medianOf(std::move(later))) {
            groups[{run->design, run->cache_mode}].push_back(std::log(*second->ttft_ms / *median));
            times[{run->design, run->cache_mode}].push_back(*median);
        }
    }
    std::vector<PositionEffect> out;
    for (const auto& [key, values] : groups) {
        const TestResult test = signFlipTest(values);
        const double ratio = std::exp(meanOf(values, 0, values.size()));
        if (test.p && *test.p < kDriftP && ratio >= data.plan.analysis.delta_t)
            out.push_back(
                {key.first, key.second, int(values.size()), medianOf(times[key]).value_or(0), ratio, *test.p, test.method});
    }
    return out;
}

std::vector<Caution> cautionsOf(const SweepData& data, const AnalysisInputs& in) {
    Cautions out;
    const auto say = [&](std::string text, std::string target = {}) { out.push_back({std::move(text), std::move(target), {}}); };
    if (!data.has_plan) say("the plan is missing: judged by the default rules.");
    for (const Amendment& amendment : in.amendments)
        if (amendment.after_data) say(amendmentSentence(amendment) + ".");
    if (data.has_plan && data.plan.repeats < kScreening)
        say("screening: " + counted(data.plan.repeats, "repeat") + "; below " + std::to_string(kScreening) +
            " no two-sided test survives five hypotheses.");
    addRunCautions(data, out);
    addSeedCautions(data, out);
    addArtifactCautions(in, out);
    addBrokenCautions(data, out);
    addStreamCautions(data, out);
    addDisturbedCautions(data, out);
    for (const std::string& target : data.targets) {
        if (auto caution = uncountedCache(data, target, in.instrument)) out.push_back(std::move(*caution));
        if (const auto drift = driftOf(data, target);
            drift && drift->p < kDriftP && tellsTimesApart(in.instrument, drift->typical_ms, drift->typical_ms * drift->change))
            out.push_back(driftCaution(target, *drift));
        for (const PositionEffect& effect : positionEffects(data, target))
            if (tellsTimesApart(in.instrument, effect.later_ms, effect.later_ms * effect.ratio))
                out.push_back(positionCaution(target, effect));
        // An effect of a design is no more told before the last run than a verdict is.
        if (!stillCollecting(data, in, target))
            if (auto caution = costHangsOnMode(data, target, in.instrument)) out.push_back(std::move(*caution));
        if (leadingMode(data, target) == CacheMode::Natural)
            say(target + ": the cache mode is natural, so turn 1 depends on what ran before and is left out of every time.",
                target);
    }
    if (!in.instrument) say("the instrument was not calibrated here: how far our own clock is off is not known.");
    return out;
}

} // namespace looptax
