// Intervals of the pass rate of turns that resemble each other within a run.
#include "claims.h"

#include "base/text.h"
#include "stats/beta_binomial.h"

namespace looptax::validity {

namespace {

struct Runs {
    int runs = 0;
    int turns = 0;
    double rate = 0;
    double correlation = 0; // of two turns of a run
};

// Polya's urn: every pass makes the next one likelier, every failure the next failure; the counts of the runs are then
// beta-binomial.
PassRows drawn(const Runs& of, SeededRandom& random) {
    PassRows out;
    for (int run = 0; run < of.runs; ++run) {
        out.emplace_back();
        int passes = 0;
        for (int turn = 0; turn < of.turns; ++turn) {
            const double pass =
                (of.rate * (1 - of.correlation) + passes * of.correlation) / ((1 - of.correlation) + turn * of.correlation);
            out.back().push_back(random.unit() < pass);
            passes += int(out.back().back());
        }
    }
    return out;
}

using IntervalOf = std::optional<Interval> (*)(const PassRows&);

Check covers(const Runs& of, const std::string& whose, IntervalOf intervalOf, Bound bound, double limit) {
    Check check;
    const auto percent = [](double share) { return fixedText(100 * share, 0) + " %"; };
    check.claim = {std::to_string(of.runs) + " runs of " + std::to_string(of.turns) + " turns, " + percent(of.rate) +
                       " pass, two turns of a run correlate by " + fixedText(of.correlation, 1),
                   "the 95 % interval of " + whose + " covers " + percent(of.rate) + " in at " +
                       (bound == Bound::AtLeast ? "least " : "most ") + percent(limit),
                   bound,
                   limit,
                   0,
                   0,
                   false,
                   {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        int hits = 0, found = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            const auto interval = intervalOf(drawn(of, random));
            if (!interval) continue; // every turn was the same
            ++found;
            hits += int(interval->low <= of.rate && of.rate <= interval->high);
        }
        judge(claim, hits, found);
    };
    return check;
}

std::optional<Interval> ofModel(const PassRows& rows) { return betaBinomial(rows).interval; }

std::optional<Interval> ofMeans(const PassRows& rows) { return clusterSummary(rows).interval; }

} // namespace

std::vector<Check> clusterChecks() {
    const std::string model = "the beta-binomial";
    const Runs alike{20, 12, .95, .7};
    return {
        covers({10, 12, .95, 0}, model, ofModel, Bound::AtLeast, .95),
        covers({10, 12, .80, .3}, model, ofModel, Bound::AtLeast, .95),
        covers({20, 6, .50, .7}, model, ofModel, Bound::AtLeast, .95),
        covers(alike, model, ofModel, Bound::AtLeast, .95),
        // Why Student's t gives way to it from ten runs on.
        covers(alike, "Student's t over runs", ofMeans, Bound::AtMost, .90),
        // The worst that was found: many runs, nearly all of them whole.
        covers({40, 12, .95, .7}, model, ofModel, Bound::AtLeast, .92),
    };
}

} // namespace looptax::validity
