// T2.
#include "analysis/verdict_time.h"

#include "analysis/more_runs.h"
#include "analysis/time_sample.h"
#include "base/text.h"
#include "stats/equivalence.h"
#include "stats/permutation.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

// p of "at or outside the margins". Without spread t has none; a sign flip of the distance to each margin does.
std::pair<std::optional<double>, std::string> equivalenceP(const TimeSample& logs, double margin, double alpha) {
    const Equivalence tost = equivalentToZero(logs.values, margin, alpha);
    if (tost.p) return {tost.p, tost.method};
    std::vector<double> above, below;
    for (const double value : logs.values) {
        above.push_back(value + margin);
        below.push_back(margin - value);
    }
    const TestResult low = signFlipTest(above, Side::Greater), high = signFlipTest(below, Side::Greater);
    if (!low.p || !high.p) return {std::nullopt, {}};
    return {std::max(*low.p, *high.p), "values without spread, both margins: " + low.method};
}

std::string ruleT2(const RuleSubject& subject) {
    const double delta = subject.rules.delta_t;
    return "ln of TTFT at the last turn over TTFT at the first turn with a full state, same stratum, one value a run. "
           "Supported: two one-sided t tests (of values without spread sign flips, " +
           exactFlipsText() + "), p after Holm at most " + numberText(subject.rules.alpha) + ", the " +
           levelText({0, 0, subject.level(), {}}) + " interval of the ratio within " + sharpText(1 / delta) + " to " +
           sharpText(delta) + ". Rejected: it lies wholly outside. Else inconclusive.";
}

} // namespace

Draft verdictT2(const RuleSubject& subject) {
    Draft draft = draftOf("T2", subject.target, subject.mode, ruleT2(subject));
    Verdict& v = draft.verdict;
    const auto all = runsWhere(subject.data, subject.target, [&](const JudgedRun& run) {
        return run.design == "C" && run.cache_mode == subject.mode && run.cap.has_value();
    });
    const auto cap = leadingCap(all);
    if (!cap) return untestable(draft, "no run of C was made.", "run C");
    std::vector<const JudgedRun*> ofCap;
    for (const JudgedRun* run : all)
        if (run->cap == cap) ofCap.push_back(run);
    LeftOut left;
    // Turn t is fed with t - 1 entries until the cap is reached.
    const TurnSpan span = turnSpan(subject.data, ofCap, subject.mode, std::max(2, *cap + 1), left);
    leaveOut(draft, left);
    if (span.first >= span.last)
        return untestable(draft,
                          "the state of C is full from turn " + std::to_string(*cap + 1) + " on and C was run to turn " +
                              std::to_string(span.last) + ": no two turns with a full state.",
                          "run C to turn " + std::to_string(*cap + 2) + " or further");
    if (span.runs.size() < 2) {
        v.measures.push_back(usableMeasure("runs of C", int(span.runs.size())));
        return untestable(draft, counted(int(span.runs.size()), "run") + " of C can be used for times: a spread needs two.",
                          "add repeats");
    }
    std::vector<double> values;
    for (const JudgedRun* run : span.runs)
        values.push_back(std::log(*turnOf(*run, span.last)->ttft_ms / *turnOf(*run, span.first)->ttft_ms));
    draft.compared = endsOf(span);
    const TimeSample logs = timeSample(values);
    const double alpha = subject.rules.alpha, margin = std::log(subject.rules.delta_t);
    const Interval interval = sampleInterval(logs, alpha);
    const auto [p, method] = equivalenceP(logs, margin, alpha);
    const double before = medianTime(span.runs, span.first), after = medianTime(span.runs, span.last);
    const bool apart = tellsTimesApart(subject.instrument, after, before);
    const Interval ratio = expInterval(interval);
    v.effect = std::exp(logs.mean);
    v.effect_name = "TTFT of C, turn " + std::to_string(span.last) + " over turn " + std::to_string(span.first) +
                    " (the first with a full state), " + span.stratum;
    v.effect_unit = "ratio";
    v.interval = ratio;
    v.test = method;
    v.p = p;
    v.n = logs.n;
    v.n_of = "runs";
    const std::string inMode = ", " + modeText(subject.mode);
    v.measures.push_back(medianTtft("C, turn " + std::to_string(span.first) + inMode, before, logs.n, "runs"));
    v.measures.push_back(medianTtft("C, turn " + std::to_string(span.last) + inMode, after, logs.n, "runs"));
    draft.runs_now = logs.n;
    draft.seen = "over " + counted(logs.n, "run") + " TTFT of C at turn " + std::to_string(span.last) + " is " +
                 timesText(std::exp(logs.mean)) + " that at turn " + std::to_string(span.first) +
                 ", the first with a full state, in " + modeText(subject.mode) + " (" + levelText(ratio) + " interval " +
                 sharpText(ratio.low) + " to " + sharpText(ratio.high) + "; medians " + sharpText(before) + " ms and " +
                 sharpText(after) + " ms)";
    if (span.last == span.first + 1) draft.seen += ", two neighbouring turns: a slow drift could not show";
    draft.against = "all of it outside " + sharpText(std::exp(-margin)) + " to " + sharpText(std::exp(margin));
    draft.open = "which fits a change within " + timesText(subject.rules.delta_t) + " and a larger one";
    draft.supports = interval.low > -margin && interval.high < margin;
    draft.rejects = apart && (interval.low >= margin || interval.high <= -margin);
    const int now = logs.n;
    const bool level = interval.low <= 0 && interval.high >= 0; // no change was seen: planned for as if there is none
    if (level) draft.hint = "that is, if it is flat in truth";
    draft.runs_needed = [=](double needed) {
        MeanSoFar mean = soFar(logs);
        if (level) mean.truth = 0;
        return runsForEvenChance(now, [&](int n) {
            const double inner = margin - halfWidth(logs, needed, n), outer = margin + halfWidth(logs, alpha, n);
            return mean.between(-inner, inner, n) + (apart ? mean.above(outer, n) + mean.below(-outer, n) : 0);
        });
    };
    return draft;
}

} // namespace looptax
