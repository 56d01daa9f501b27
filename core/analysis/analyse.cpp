#include "analysis/verdicts.h"

#include "analysis/verdict_board.h"
#include "analysis/verdict_cautions.h"
#include "analysis/verdict_data.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace looptax {

namespace {

constexpr int kRepeatsForVerdicts = 8; // two-sided sign flips survive five hypotheses from here on

void silence(Verdict& v, VerdictKind kind, const std::string& why, const std::string& decide) {
    v.kind = kind;
    v.trivially = false;
    v.interval.reset();
    v.p.reset();
    v.p_adjusted.reset();
    v.power_n = 0;
    v.more_runs.reset();
    v.runs_needed.reset();
    v.measures.clear();
    v.without_disturbed.reset();
    v.why = why;
    v.decide = decide;
}

bool finite(const Verdict& v) {
    const auto ok = [](const std::optional<double>& value) { return !value || std::isfinite(*value); };
    const auto between = [](const std::optional<Interval>& interval) {
        return !interval || (std::isfinite(interval->low) && std::isfinite(interval->high));
    };
    return ok(v.effect) && ok(v.p) && ok(v.p_adjusted) && between(v.interval) &&
           std::all_of(v.measures.begin(), v.measures.end(),
                       [&](const Measure& m) { return std::isfinite(m.value) && between(m.interval); });
}

int mostRunsOfACell(const SweepData& data) {
    std::map<std::string, int> cells;
    int most = 0;
    for (const JudgedRun& run : data.runs) most = std::max(most, ++cells[run.cell]);
    return most;
}

bool isQuality(const std::string& id) { return id.front() == 'H' || id == "Q1"; }

// What stands in each of their rows too: it must not be overlooked that a compile decided a verdict.
void addDisturbedVerdicts(Analysis& out, const std::string& target) {
    std::vector<std::string> ids;
    for (const Verdict& v : out.verdicts)
        if (v.target == target && v.without_disturbed && !v.without_disturbed->same()) ids.push_back(v.id);
    if (!ids.empty())
        out.cautions.push_back({target + ": not decided, because without the disturbed turns it would be another verdict: " +
                                    joined(ids, ", ") + ".",
                                target,
                                {}});
}

} // namespace

Analysis analyse(const AnalysisInputs& in) {
    const SweepData data = sweepData(in);
    Analysis out;
    out.rules = data.plan.analysis;
    const int most = mostRunsOfACell(data);
    // Everything was right, on every target: no positive control failed either.
    const bool ceiling =
        !data.runs.empty() && std::all_of(data.runs.begin(), data.runs.end(), [](const JudgedRun& run) { return run.all_right; });
    for (const std::string& target : data.targets) {
        const int planned = countOf(data.planned, target), made = countOf(data.made, target);
        const bool collecting = stillCollecting(data, in, target);
        for (Verdict& v : verdictBoard(data, target, in.instrument)) {
            if (!finite(v)) {
                v.effect.reset();
                silence(v, VerdictKind::Untestable, "The numbers on record are too large to reckon with.", {});
            }
            const bool decided = v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected;
            v.trivially = ceiling && decided && isQuality(v.id);
            if (v.trivially) v.why += " Nothing failed anywhere, so this sweep could not have shown the contrary.";
            if (collecting) {
                v.effect.reset();
                v.n = v.left_out = 0;
                v.left_out_why.clear();
                silence(v, VerdictKind::StillCollecting,
                        std::to_string(made) + " of " + std::to_string(planned) +
                            " planned runs are made: nothing is announced before the last.",
                        {});
                v.measures.push_back(countMeasure("runs_made", {}, made, planned, "planned runs"));
            } else if (most == 1) {
                silence(v, VerdictKind::Untestable, "One run a cell: no interval, no verdict.",
                        data.plan.repeats == 1 ? "add seven repeats" : "make the repeats that are planned");
            }
            v.after_data = data.after_data;
            out.verdicts.push_back(std::move(v));
        }
    }
    out.cautions = cautionsOf(data, in);
    for (const std::string& target : data.targets) addDisturbedVerdicts(out, target);
    if (data.runs.empty()) {
        out.headline = in.collecting ? std::string() : std::string("no run was made: nothing to judge");
    } else if (most == 1 && !in.collecting) {
        out.headline = "one run: no interval, no verdict";
    }
    if (!in.collecting && data.has_plan && !data.runs.empty() && data.plan.repeats < kRepeatsForVerdicts)
        out.add_repeats = kRepeatsForVerdicts - data.plan.repeats;
    return out;
}

} // namespace looptax
