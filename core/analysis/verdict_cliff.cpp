#include "analysis/verdict_cliff.h"

#include "analysis/more_runs.h"
#include "analysis/verdict_quality.h"
#include "base/text.h"
#include "stats/change_point.h"
#include "stats/quantiles.h"
#include "stats/share_limits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace looptax {

namespace {

// Before a split and from it on, pooled.
struct Sides {
    PassLevel left, right;
    double fall() const { return left.share() - right.share(); }
    std::vector<WeightedShare> shares(double factor = 1) const {
        return {{1, left.share(), left.n * factor}, {-1, right.share(), right.n * factor}};
    }
};

std::vector<Sides> sidesOf(const std::vector<PassLevel>& levels) {
    std::vector<Sides> out;
    for (std::size_t split = 1; split < levels.size(); ++split) {
        Sides sides;
        sides.left.at = levels[split - 1].at;
        sides.right.at = levels[split].at;
        for (std::size_t i = 0; i < levels.size(); ++i) {
            PassLevel& side = i < split ? sides.left : sides.right;
            side.n += levels[i].n;
            side.k += levels[i].k;
        }
        out.push_back(sides);
    }
    return out;
}

// The largest fall a split could hide, given these limits.
double largestFall(const std::vector<Sides>& all, double factor, double z) {
    double high = -1;
    for (const Sides& sides : all) high = std::max(high, sumLimits(sides.shares(factor), z).high);
    return high;
}

// The chance that every split's bound is below the margin, were every level `factor` times as large: of the split that
// is the least sure.
double chanceBelow(const std::vector<Sides>& all, int now, int n, double z, double margin) {
    double least = 1;
    for (const Sides& sides : all) {
        const double up = sumLimits(sides.shares(double(n) / now), z).high - sides.fall();
        const MeanSoFar soFar{sides.fall(), sumError(sides.shares()), now, {}};
        least = std::min(least, soFar.below(margin - up, n));
    }
    return least;
}

// -2 ln of a Bernoulli likelihood ratio of this split against none.
double g2Of(const Sides& s) {
    const auto term = [](double k, double n) {
        const double p = n > 0 ? k / n : 0;
        return (p > 0 ? k * std::log(p) : 0.0) + (p < 1 ? (n - k) * std::log(1 - p) : 0.0);
    };
    return 2 * (term(s.left.k, s.left.n) + term(s.right.k, s.right.n) - term(s.left.k + s.right.k, s.left.n + s.right.n));
}

// The split that the scan points at: the most likely fall; with none, the one that hides most.
const Sides& bestSplit(const std::vector<Sides>& all, double z) {
    const Sides* best = &all.front();
    for (const Sides& sides : all) {
        const double g = sides.fall() > 0 ? g2Of(sides) : 0, held = best->fall() > 0 ? g2Of(*best) : 0;
        if (g > held || (g == held && sumLimits(sides.shares(), z).high > sumLimits(best->shares(), z).high)) best = &sides;
    }
    return *best;
}

Draft cliffDraft(Draft draft, const std::vector<PassLevel>& levels, const std::string& axis, const RuleSubject& subject) {
    const double z = normalQuantile(1 - subject.rules.alpha), margin = 2 * subject.rules.delta_q;
    const std::vector<Sides> all = sidesOf(levels);
    const int splits = int(all.size());
    const Sides best = bestSplit(all, z);
    const double zAll = normalQuantile(1 - subject.rules.alpha / splits);
    const Limits limits = sumLimits(best.shares(), zAll);
    const double hidden = largestFall(all, 1, z);
    std::vector<LevelShare> shares;
    int now = levels.front().n, total = 0;
    for (const PassLevel& level : levels) {
        shares.push_back({level.k, level.n});
        now = std::min(now, level.n);
        total += level.n;
    }
    const ChangePoint scan = changePoint(shares);
    const double fall = best.fall();
    Verdict& v = draft.verdict;
    v.effect = fall;
    const std::string left = axis + " = " + std::to_string(best.left.at), right = axis + " = " + std::to_string(best.right.at);
    v.effect_name = "fall of the pass rate between " + left + " and " + right + ", the likeliest split";
    v.effect_unit = "share";
    v.interval =
        Interval{limits.low, limits.high, subject.level(),
                 "Newcombe 1998, method 10" + (splits > 1 ? ", Bonferroni over " + counted(splits, "split") : std::string())};
    v.test = scan.method;
    v.p = scan.p;
    v.n = total;
    v.n_of = "runs";
    draft.runs_now = now;
    draft.power_n = now;
    const std::string level = levelText({0, 0, 1 - subject.rules.alpha, {}});
    v.measures.push_back(passedMeasure("up to " + left, best.left.k, best.left.n));
    v.measures.push_back(passedMeasure("from " + right + " on", best.right.k, best.right.n));
    v.measures.push_back({"largest_fall_left_open",
                          axis,
                          hidden,
                          "share",
                          total,
                          "runs",
                          "Newcombe 1998, method 10: the largest upper " + level + " bound of all splits",
                          {},
                          {}});
    draft.seen = std::to_string(best.left.k) + " of " + std::to_string(best.left.n) + " runs pass up to " + left + ", " +
                 std::to_string(best.right.k) + " of " + std::to_string(best.right.n) + " from " + right +
                 " on; no split hides a fall of more than " + pointsText(hidden) + " (upper " + level + " bound)";
    draft.against = "which is below the " + pointsText(margin) + " of a cliff";
    draft.open = "which fits a cliff of " + pointsText(margin) + " and none";
    draft.supports = fall >= margin;
    draft.rejects = hidden < margin;
    if (std::all_of(levels.begin(), levels.end(), [](const PassLevel& each) { return each.k == 0; }))
        draft.floor = axis + " = " + std::to_string(levels.front().at);
    const double g = fall > 0 ? g2Of(best) : 0;
    const MeanSoFar soFar{fall, sumError(best.shares()), now, {}};
    draft.runs_needed = [=](double alpha) {
        return runsForEvenChance(now, [&](int n) {
            // G2 over all splits has at most the tails of every one of them together.
            const double limit = normalQuantile(1 - alpha / splits);
            const double supported = g > 0 ? std::min(chanceOfZ(std::sqrt(g), limit, now, n), soFar.above(margin, n)) : 0;
            return supported + chanceBelow(all, now, n, z, margin);
        });
    };
    return draft;
}

std::string cliffRule(const AnalysisRules& rules, const std::string& axis) {
    const std::string margin = pointsText(2 * rules.delta_q);
    return "Supported: the largest G2 over all splits of " + axis +
           " at which the pass rate falls, exact conditional p after Holm at most " + numberText(rules.alpha) +
           ", and a fall of at least " + margin + ". Rejected: the upper " + levelText({0, 0, 1 - rules.alpha, {}}) +
           " bound of the fall at every split is below " + margin + ". Else inconclusive.";
}

// D is varied in padding at one depth: the one with the most paddings, of several the deepest.
int leadingDepth(const std::vector<const JudgedRun*>& runs) {
    std::map<int, std::set<int>> paddings;
    for (const JudgedRun* run : runs) paddings[run->n].insert(run->padding.value_or(0));
    int best = 0;
    for (const auto& [n, of] : paddings)
        if (best == 0 || of.size() >= paddings[best].size()) best = n;
    return best;
}

} // namespace

Draft verdictH4a(const RuleSubject& subject) {
    Draft draft = draftOf("H4a", subject.target, subject.mode, cliffRule(subject.rules, "N"));
    const auto all = runsWhere(subject.data, subject.target,
                               [&](const JudgedRun& run) { return run.design == "C" && run.cache_mode == subject.mode; });
    const auto cap = leadingCap(all);
    std::vector<const JudgedRun*> ofCap;
    for (const JudgedRun* run : all)
        if (run->cap == cap) ofCap.push_back(run);
    const Distinct distinct = distinctRuns(ofCap);
    leaveOutCopies(draft, distinct.copies);
    const auto levels = passLevels(distinct.runs, [](const JudgedRun& run) { return run.n; });
    if (levels.size() < 2)
        return untestable(draft,
                          levels.empty() ? "no run of C was judged."
                                         : "C was run at one length only (N = " + std::to_string(levels.front().at) +
                                               "): a cliff lies between two.",
                          "run C at two lengths or more");
    return cliffDraft(std::move(draft), levels, "N", subject);
}

Draft verdictH5a(const RuleSubject& subject) {
    Draft draft = draftOf("H5a", subject.target, subject.mode, cliffRule(subject.rules, "padding"));
    const auto all = runsWhere(subject.data, subject.target, [&](const JudgedRun& run) {
        return run.design == "D" && run.cache_mode == subject.mode && run.padding.has_value();
    });
    const int depth = leadingDepth(all);
    std::vector<const JudgedRun*> ofDepth;
    for (const JudgedRun* run : all)
        if (run->n == depth) ofDepth.push_back(run);
    const Distinct distinct = distinctRuns(ofDepth);
    leaveOutCopies(draft, distinct.copies);
    const auto levels = passLevels(distinct.runs, [](const JudgedRun& run) { return run.padding.value_or(0); });
    if (levels.size() < 2)
        return untestable(draft,
                          levels.empty() ? "no run of D was judged."
                                         : "D was run with one padding only (" + std::to_string(levels.front().at) +
                                               "): a cliff lies between two.",
                          "run D with two paddings or more");
    return cliffDraft(std::move(draft), levels, "padding", subject);
}

Verdict verdictAttribution(const std::string& id, const Verdict& own, const Verdict& other) {
    const bool depth = id == "H4b";
    const std::string here = depth ? "C" : "D", there = depth ? "D" : "C";
    Draft draft =
        draftOf(id, own.target, own.cache_mode,
                "Supported: " + here + " has a cliff (" + own.id + " supported) and " + there + " has none (" + other.id +
                    " rejected and some run passed, so it had the power to show one). Rejected: both have one. " +
                    "Not triggered: " + own.id + " is not supported. Else inconclusive.");
    Verdict& v = draft.verdict;
    if (own.kind != VerdictKind::Supported) {
        v.kind = VerdictKind::NotTriggered;
        v.why = "No cliff in " + here + " was shown (" + own.id + " is " + std::string(name(own.kind)) +
                "), so there is nothing to attribute.";
        std::replace(v.why.begin(), v.why.end(), '_', ' ');
        return v;
    }
    v.n = own.n + other.n;
    v.n_of = "runs";
    if (other.kind == VerdictKind::Rejected && !other.at_floor) {
        v.kind = VerdictKind::Supported;
        v.why = here + " has a cliff and a cliff in " + there + " is ruled out.";
    } else if (other.kind == VerdictKind::Supported) {
        v.kind = VerdictKind::Rejected;
        v.why = here + " and " + there + " both have a cliff, so " + (depth ? "depth" : "state size") +
                " is not the cause by itself.";
    } else {
        v.kind = VerdictKind::Inconclusive;
        v.why = here + " has a cliff, but whether " + there + " has one is open (" + other.id + ").";
        v.decide =
            other.at_floor ? "an easier task or a stronger model, with which some runs of " + there + " pass" : other.decide;
        v.more_runs = other.more_runs;
        v.runs_needed = other.runs_needed;
    }
    return v;
}

} // namespace looptax
