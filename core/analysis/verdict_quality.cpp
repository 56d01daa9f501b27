#include "analysis/verdict_quality.h"

#include "analysis/more_runs.h"
#include "base/text.h"
#include "stats/cochran_armitage.h"
#include "stats/moments.h"
#include "stats/permutation.h"
#include "stats/quantiles.h"
#include "stats/share_limits.h"
#include "stats/slope.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace looptax {

namespace {

double zOf(const RuleSubject& subject) { return normalQuantile(1 - subject.rules.alpha); }

std::string levelPercent(const RuleSubject& subject) { return levelText({0, 0, subject.level(), {}}); }

std::string intervalPoints(const Limits& limits, const RuleSubject& subject) {
    return levelPercent(subject) + " interval " + plainText(100 * limits.low, 1) + " to " + plainText(100 * limits.high, 1);
}

// The interval is one of the fall also where a rise was seen.
std::string fallText(double fall, const Limits& limits, const RuleSubject& subject) {
    const std::string interval = intervalPoints(limits, subject);
    if (std::abs(fall) < 1e-9) return "no fall (" + interval + ")";
    if (fall > 0) return "a fall of " + pointsText(fall) + " (" + interval + ")";
    return "a rise of " + pointsText(-fall) + " (as a fall, " + interval + ")";
}

std::string ofText(const PassLevel& level) { return std::to_string(level.k) + " of " + std::to_string(level.n); }

std::string endsText(const PassLevel& first, const PassLevel& last, const std::string& axis) {
    return ofText(first) + " runs pass at " + axis + " = " + std::to_string(first.at) + ", " + ofText(last) + " at " + axis +
           " = " + std::to_string(last.at);
}

// The ends, as endsText() tells them.
void tellEnds(Verdict& v, const PassLevel& first, const PassLevel& last, const std::string& axis) {
    for (const PassLevel& level : {first, last})
        v.measures.push_back(passedMeasure(axis + " = " + std::to_string(level.at), level.k, level.n));
}

// The two ends as a difference, were every cell `factor` times as large.
std::vector<WeightedShare> fallOf(const PassLevel& first, const PassLevel& last, double factor = 1) {
    return {{1, first.share(), first.n * factor}, {-1, last.share(), last.n * factor}};
}

int smallestCell(const std::vector<PassLevel>& levels) {
    int n = levels.empty() ? 0 : levels.front().cell;
    for (const PassLevel& level : levels) n = std::min(n, level.cell);
    return n;
}

int total(const std::vector<PassLevel>& levels) {
    int n = 0;
    for (const PassLevel& level : levels) n += level.n;
    return n;
}

std::vector<const JudgedRun*> runsOfDesign(const RuleSubject& subject, const std::string& design, Draft& draft) {
    Distinct distinct = distinctRuns(runsWhere(subject.data, subject.target, [&](const JudgedRun& run) {
        return run.design == design && run.cache_mode == subject.mode;
    }));
    leaveOutCopies(draft, distinct.copies);
    return distinct.runs;
}

std::vector<PassLevel> levelsByN(const std::vector<const JudgedRun*>& runs) {
    return passLevels(runs, [](const JudgedRun& run) { return run.n; });
}

std::string tooFewLengths(const std::string& design, const std::vector<PassLevel>& levels) {
    if (levels.empty()) return "no run of " + design + " was judged";
    return design + " was run at one length only (N = " + std::to_string(levels.front().at) + ")";
}

} // namespace

std::vector<PassLevel> passLevels(const std::vector<const JudgedRun*>& runs, const std::function<int(const JudgedRun&)>& at) {
    std::map<int, PassLevel> levels;
    std::map<int, std::map<std::string, int>> cells;
    for (const JudgedRun* run : runs) {
        PassLevel& level = levels[at(*run)];
        level.at = at(*run);
        ++level.n;
        level.k += int(run->passes);
        ++cells[level.at][run->cell];
    }
    std::vector<PassLevel> out;
    for (auto& [value, level] : levels) {
        level.cell = level.n;
        for (const auto& [cell, n] : cells[value]) level.cell = std::min(level.cell, n);
        out.push_back(level);
    }
    return out;
}

std::string fallingRule(const AnalysisRules& rules, const std::string& axis) {
    const std::string margin = pointsText(rules.delta_q), level = levelText({0, 0, 1 - 2 * rules.alpha, {}});
    return "Supported: Cochran-Armitage trend over " + axis +
           " (exact; of very many runs the normal approximation), one-sided, p after Holm at most " + numberText(rules.alpha) +
           ", and the pass rate falls by at least " + margin + " from the smallest to the largest " + axis + ". Rejected: the " +
           level + " interval of that fall lies below " + margin + ". Else inconclusive.";
}

Draft fallingDraft(Draft draft, const std::vector<PassLevel>& levels, const std::string& axis, const RuleSubject& subject) {
    const PassLevel &first = levels.front(), &last = levels.back();
    const double delta = subject.rules.delta_q, z = zOf(subject), fall = first.share() - last.share();
    const Limits limits = sumLimits(fallOf(first, last), z);
    std::vector<ScoredShare> scored;
    for (const PassLevel& level : levels) scored.push_back({level.at, level.k, level.n});
    const TrendTest trend = cochranArmitage(scored, Side::Less);
    Verdict& v = draft.verdict;
    v.effect = fall;
    v.effect_name =
        "fall of the pass rate from " + axis + " = " + std::to_string(first.at) + " to " + axis + " = " + std::to_string(last.at);
    v.effect_unit = "share";
    v.interval = Interval{limits.low, limits.high, subject.level(), "Newcombe 1998, method 10"};
    v.test = trend.method;
    v.p = trend.p;
    v.n = total(levels);
    v.n_of = "runs";
    tellEnds(v, first, last, axis);
    draft.runs_now = smallestCell(levels);
    draft.seen = endsText(first, last, axis) + ": " + fallText(fall, limits, subject);
    draft.against = "all of it below the margin of " + pointsText(delta);
    draft.open = "which fits a fall of " + pointsText(delta) + " and a smaller one";
    draft.power_n = std::min(first.n, last.n);
    draft.supports = fall >= delta;
    draft.rejects = limits.high < delta;
    if (first.k == 0) draft.floor = axis + " = " + std::to_string(first.at);
    const double zNow = trend.z ? -*trend.z : 0;
    const bool varied = trend.z.has_value();
    const int now = draft.runs_now;
    const MeanSoFar soFar{fall, sumError(fallOf(first, last)), now, {}};
    draft.runs_needed = [=](double alpha) {
        return runsForEvenChance(now, [&](int n) {
            const double up = sumLimits(fallOf(first, last, double(n) / now), z).high - fall;
            const double supported =
                varied ? std::min(chanceOfZ(zNow, normalQuantile(1 - alpha), now, n), soFar.above(delta, n)) : 0;
            return supported + soFar.below(delta - up, n);
        });
    };
    return draft;
}

Draft verdictH1(const RuleSubject& subject) {
    Draft draft = draftOf("H1", subject.target, subject.mode, fallingRule(subject.rules, "N"));
    const auto levels = levelsByN(runsOfDesign(subject, "A", draft));
    if (levels.size() < 2)
        return untestable(draft, tooFewLengths("A", levels) + ": a trend needs two.", "run A at two lengths or more");
    return fallingDraft(std::move(draft), levels, "N", subject);
}

Draft verdictH2(const RuleSubject& subject) {
    const double delta = subject.rules.delta_q;
    Draft draft = draftOf(
        "H2", subject.target, subject.mode,
        "Supported: two one-sided tests pass, that is, the " + levelPercent(subject) +
            " interval of the change from the smallest to the largest N lies within " + pointsText(delta) +
            " either way. Rejected: it lies wholly outside. Else inconclusive. The interval decides; p stands beside it.");
    const auto levels = levelsByN(runsOfDesign(subject, "B", draft));
    if (levels.size() < 2)
        return untestable(draft, tooFewLengths("B", levels) + ": a change needs two.", "run B at two lengths or more");
    const PassLevel first = levels.front(), last = levels.back();
    const double z = zOf(subject), fall = first.share() - last.share();
    const Limits limits = sumLimits(fallOf(first, last), z);
    Verdict& v = draft.verdict;
    v.effect = fall;
    v.effect_name = "fall of the pass rate from N = " + std::to_string(first.at) + " to N = " + std::to_string(last.at);
    v.effect_unit = "share";
    v.interval = Interval{limits.low, limits.high, subject.level(), "Newcombe 1998, method 10"};
    v.test = "two one-sided tests by inverting Newcombe's limits";
    v.p = std::max(pAtOrAbove(fallOf(first, last), delta), pAtOrBelow(fallOf(first, last), -delta));
    v.n = first.n + last.n;
    v.n_of = "runs";
    tellEnds(v, first, last, "N");
    draft.needs_p = false; // the rule asks for the interval, which is the unadjusted test
    draft.runs_now = std::min(first.n, last.n);
    draft.seen = endsText(first, last, "N") + ": " + fallText(fall, limits, subject);
    draft.against = "all of it outside the margin of " + pointsText(delta);
    draft.open = "which fits both a change of less than " + pointsText(delta) + " and a larger one";
    draft.power_n = draft.runs_now;
    draft.supports = limits.low > -delta && limits.high < delta;
    draft.rejects = limits.low >= delta || limits.high <= -delta;
    if (first.k == 0 && last.k == 0) draft.floor = "N = " + std::to_string(first.at);
    const int now = draft.runs_now;
    MeanSoFar soFar{fall, sumError(fallOf(first, last)), now, {}};
    if (limits.low <= 0 && limits.high >= 0) { // no change was seen: planned for as if there is none
        soFar.truth = 0;
        draft.hint = "that is, if it is flat in truth";
    }
    draft.runs_needed = [=](double) {
        return runsForEvenChance(now, [&](int n) {
            const Limits at = sumLimits(fallOf(first, last, double(n) / now), z);
            const double up = at.high - fall, down = fall - at.low;
            return soFar.between(-delta + down, delta - up, n) + soFar.above(delta + down, n) + soFar.below(-delta - up, n);
        });
    };
    return draft;
}

namespace {

// One repeat: the gap in passing, B - A, at every N, and the change of it over all N by the line through them.
struct GapBlock {
    std::map<int, int> a, b;
};

std::vector<int> commonLengths(const std::map<int, GapBlock>& blocks) {
    std::map<int, int> seen;
    for (const auto& [block, gap] : blocks)
        for (const auto& [n, pass] : gap.a)
            if (gap.b.count(n) > 0) ++seen[n];
    std::vector<int> out;
    for (const auto& [n, count] : seen) out.push_back(n);
    return out;
}

struct GapChanges {
    std::vector<int> lengths;
    std::vector<double> changes; // a block
    std::vector<WeightedShare> ends;
};

GapChanges gapChanges(const std::map<int, GapBlock>& blocks) {
    GapChanges out;
    out.lengths = commonLengths(blocks);
    if (out.lengths.size() < 2) return out;
    const int first = out.lengths.front(), last = out.lengths.back();
    double aFirst = 0, aLast = 0, bFirst = 0, bLast = 0;
    for (const auto& [block, gap] : blocks) {
        std::vector<double> x, y;
        for (const int n : out.lengths)
            if (gap.a.count(n) > 0 && gap.b.count(n) > 0) {
                x.push_back(n);
                y.push_back(gap.b.at(n) - gap.a.at(n));
            }
        if (x.size() != out.lengths.size()) continue; // a block with holes has another line than the rest
        const SlopeFit fit = leastSquares(x, y);
        if (!fit.slope) continue;
        out.changes.push_back(*fit.slope * (last - first));
        aFirst += gap.a.at(first), aLast += gap.a.at(last);
        bFirst += gap.b.at(first), bLast += gap.b.at(last);
    }
    const double n = double(out.changes.size());
    if (n > 0) out.ends = {{1, bLast / n, n}, {-1, aLast / n, n}, {-1, bFirst / n, n}, {1, aFirst / n, n}};
    return out;
}

// Student's t says nothing where all blocks agree, and Wilson's nothing of how they are paired: the wider counts.
Limits widerLimits(const GapChanges& gaps, double mean, double sd, double n, double alpha, double z) {
    std::vector<WeightedShare> ends = gaps.ends;
    for (WeightedShare& end : ends) end.n = n;
    Limits out = sumLimits(ends, z);
    if (n >= 2) {
        const double half = studentQuantile(1 - alpha, n - 1) * sd / std::sqrt(n);
        out.low = std::min(out.low, mean - half);
        out.high = std::max(out.high, mean + half);
    }
    return out;
}

} // namespace

Draft verdictH3(const RuleSubject& subject) {
    const double delta = subject.rules.delta_q;
    Draft draft = draftOf("H3", subject.target, subject.mode,
                          "Of each repeat the slope over N of its gap (B passes less A passes), as a change from the "
                          "smallest to the largest N. Supported: the " +
                              levelPercent(subject) + " interval of the mean change lies above 0 and the change is at least " +
                              pointsText(delta) + ". Rejected: the interval lies below " + pointsText(delta) +
                              ". Else inconclusive. The interval decides; p, of sign flips over repeats (" + exactFlipsText() +
                              "), is for information.");
    std::map<int, GapBlock> blocks;
    for (const JudgedRun* run : runsOfDesign(subject, "A", draft)) blocks[run->block].a[run->n] = int(run->passes);
    for (const JudgedRun* run : runsOfDesign(subject, "B", draft)) blocks[run->block].b[run->n] = int(run->passes);
    const GapChanges gaps = gapChanges(blocks);
    if (gaps.lengths.size() < 2)
        return untestable(draft, "A and B have fewer than two lengths N in common, so there is no gap to follow.",
                          "run A and B at two common lengths or more");
    if (gaps.changes.size() < 2) {
        draft.verdict.measures.push_back(usableMeasure("repeats", int(gaps.changes.size())));
        return untestable(draft,
                          counted(int(gaps.changes.size()), "repeat") + " has A and B at every common N: a spread needs two.",
                          draft.copies ? "runs with a seed each (seed_policy per-run)" : "add repeats");
    }
    const int now = int(gaps.changes.size());
    const double alpha = subject.rules.alpha, z = zOf(subject);
    const Moments moments = momentsOf(gaps.changes);
    const double mean = moments.mean, sd = moments.sd;
    const MeanSoFar soFar{mean, sd / std::sqrt(double(now)), now, {}};
    const Limits limits = widerLimits(gaps, mean, sd, now, alpha, z);
    const TestResult flip = signFlipTest(gaps.changes, Side::Greater);
    Verdict& v = draft.verdict;
    v.effect = mean;
    v.effect_name = "change of the gap B - A from N = " + std::to_string(gaps.lengths.front()) +
                    " to N = " + std::to_string(gaps.lengths.back());
    v.effect_unit = "share";
    v.interval = Interval{limits.low, limits.high, subject.level(),
                          "the wider of Student t over repeats and Wilson's limits, squared and added"};
    v.test = flip.method;
    v.p = flip.p;
    v.n = now;
    v.n_of = "repeats";
    draft.needs_p = false;
    draft.runs_now = now;
    draft.seen = "over " + counted(now, "repeat") + " the gap changes by " + plainText(100 * mean, 1) + " points (" +
                 intervalPoints(limits, subject) + ")";
    draft.against = "all of it below the margin of " + pointsText(delta);
    draft.open = "which fits a gap that widens by " + pointsText(delta) + " and one that does not";
    draft.power_n = now;
    draft.supports = limits.low > 0 && mean >= delta;
    draft.rejects = limits.high < delta;
    draft.runs_needed = [=](double) {
        return runsForEvenChance(now, [&](int n) {
            const Limits at = widerLimits(gaps, mean, sd, n, alpha, z);
            return soFar.above(std::max(delta, mean - at.low), n) + soFar.below(delta - (at.high - mean), n);
        });
    };
    return draft;
}

} // namespace looptax
