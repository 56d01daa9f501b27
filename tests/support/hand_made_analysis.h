// Verdicts of every kind, written by hand: what the window must be able to show, whoever works them out.
#pragma once

#include "analysis/verdict.h"

#include <string>

namespace looptax {

inline Verdict handMadeVerdict(const std::string& id, VerdictKind kind) {
    Verdict v;
    v.id = id;
    v.target = "sim";
    v.cache_mode = CacheMode::RunIsolated;
    v.statement = "Hypothesis " + id + ": what is said of a design before anything is measured";
    v.kind = kind;
    v.rule = "Supported where the adjusted p is at most 0.05 and the drop at least 0.10.";
    v.why = "Of 8 runs at N = 12 six passed.";
    v.n = 8;
    v.n_of = "runs";
    return v;
}

// T3 supported with everything, T2 rejected, H1 inconclusive with what would decide it, H2 supported trivially,
// H4b not triggered, Q1 untestable.
inline Analysis handMadeAnalysis() {
    Analysis a;
    Verdict h1 = handMadeVerdict("H1", VerdictKind::Inconclusive);
    h1.effect = 0.25;
    h1.effect_name = "drop of the pass rate from N = 1 to N = 12";
    h1.effect_unit = "share";
    h1.interval = Interval{-0.05, 0.53, 0.95, "Newcombe"};
    h1.test = "exact Cochran-Armitage, one-sided";
    h1.p = 0.036;
    h1.p_adjusted = 0.18;
    h1.decide = "21 more runs a cell at this spread";
    h1.more_runs = 21;
    Verdict h2 = handMadeVerdict("H2", VerdictKind::Supported);
    h2.trivially = true;
    Verdict h4b = handMadeVerdict("H4b", VerdictKind::NotTriggered);
    Verdict t2 = handMadeVerdict("T2", VerdictKind::Rejected);
    t2.effect = 949;
    t2.effect_name = "growth of TTFT";
    t2.effect_unit = "ms";
    t2.interval = Interval{906, 992, 0.9375, "order statistics"};
    Verdict t3 = handMadeVerdict("T3", VerdictKind::Supported);
    t3.effect = 10.142;
    t3.effect_name = "TTFT of A over TTFT of C at turn 12";
    t3.effect_unit = "ratio";
    t3.interval = Interval{9.781, 10.517, 0.9688, "Student t on logs"};
    t3.test = "sign flip, exact";
    t3.p = 0.00390625;
    t3.p_adjusted = 0.0195;
    t3.left_out = 2;
    t3.left_out_why = "their state had diverged";
    Verdict q1 = handMadeVerdict("Q1", VerdictKind::Untestable);
    q1.n = 0;
    q1.why = "No design with a padded state was measured.";
    a.verdicts = {h1, h2, h4b, t2, t3, q1};
    return a;
}

// What stands there before anything is judged.
inline Analysis handMadeCollecting() {
    Analysis a = handMadeAnalysis();
    for (Verdict& v : a.verdicts) {
        v = handMadeVerdict(v.id, VerdictKind::StillCollecting);
        v.why.clear();
        v.n = 0;
    }
    return a;
}

} // namespace looptax
