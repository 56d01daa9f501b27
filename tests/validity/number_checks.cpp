// The numbers that stand beside a verdict: power, "how many more runs", and the alarms on drift and place.
#include "claims.h"

#include "analysis/verdict_cautions.h"
#include "base/text.h"
#include "stats/fisher.h"

#include <utility>

namespace looptax::validity {

namespace {

// What is printed beside "no difference", against two cells drawn and tested.
Check power(int n, double share) {
    Check check;
    const double printed = fisherPower(n, 1.0, n, share).value_or(0);
    check.claim = {std::to_string(n) + " runs a cell, one passes always, the other " + fixedText(100 * share, 0) + " %",
                   "the difference is found in the " + fixedText(100 * printed, 1) + " % that is printed",
                   Bound::About,
                   printed,
                   0,
                   0,
                   false,
                   {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        int found = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            int hits = 0;
            for (int run = 0; run < n; ++run) hits += int(random.unit() < share);
            found += int(fisherTest(n, n, hits, n).p.value_or(1) <= .05);
        }
        judge(claim, found, effort.sweeps);
    };
    return check;
}

Check alarms(std::string planted, std::string says, Bound bound, double limit, Plan plan, World world,
             std::function<bool(const SweepData&)> alarm) {
    Check check;
    check.claim = {std::move(planted), std::move(says), bound, limit, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        Planted drawn(plan, world);
        int hits = 0;
        for (int i = 0; i < effort.sweeps; ++i) hits += int(alarm(sweepData(drawn.draw(random).inputs())));
        judge(claim, hits, effort.sweeps);
    };
    return check;
}

bool drifting(const SweepData& data) {
    const auto drift = driftOf(data, "made");
    return drift && drift->p < kDriftP;
}

bool placed(const SweepData& data) { return !positionEffects(data, "made").empty(); }

} // namespace

std::vector<Check> numberChecks() {
    const PlanOf planA = [](int n) { return only(madePlan({{"A", {1, 2}, {}, {}}}, n), "H1"); };
    const PlanOf planB = [](int n) { return only(madePlan({{"B", {1, 2}, {}, {}}}, n), "H2"); };
    const PlanOf planAB = [](int n) { return only(madePlan({{"A", {1, 2}, {}, {}}, {"B", {1, 2}, {}, {}}}, n), "H3"); };
    const PlanOf planC = [](int n) { return only(madePlan({{"C", {1, 2, 3}, {3}, {}}}, n), "H4"); };
    const PlanOf flat = [](int n) { return only(madePlan({{"C", {3}, {1}, {}}}, n), "T2"); };
    const PlanOf pair = [](int n) { return only(madePlan({{"A", {2}, {}, {}}, {"C", {2}, {1}, {}}}, n), "T3"); };
    World always;
    World falls;
    falls.pass = [](const TurnRecord& t) { return t.n == 1 ? .9 : .65; };
    const auto hundred = [](const TurnRecord&) { return 100.0; };
    Plan drift = madePlan({{"A", {1, 4}, {}, {}}, {"C", {4}, {3}, {}}, {"D", {2}, {}, {1, 3}}});
    drift.order = Order::Blocked;
    World drifts = timed(hundred, .05);
    drifts.drift = .15;
    World blocks = timed(hundred, .05);
    World spike = timed([](const TurnRecord& t) { return t.turn == 2 ? 200.0 : 100.0; }, .1);
    const Plan place = madePlan({{"B", {6}, {}, {}}});
    return {
        power(5, .5),
        power(8, .5),
        power(20, .7),
        moreRuns("A passes always", "H1", 5, planA, always),
        moreRuns("B passes always", "H2", 8, planB, always),
        moreRuns("A and B pass always", "H3", 8, planAB, always),
        moreRuns("C passes always", "H4a", 5, planC, always),
        moreRuns("A falls from 90 % to 65 %", "H1", 12, planA, falls),
        moreRuns("TTFT of C is flat, noise 40 %", "T2", 8, flat, timed(hundred, .4)),
        moreRuns("A takes 1.4 times as long as C, noise 50 %", "T3", 8, pair,
                 timed([](const TurnRecord& t) { return t.design == "A" ? 140.0 : 100.0; }, .5)),
        alarms("no drift, noise 5 %, 40 runs", "\"drifting\" is said in at most 1 % of sweeps", Bound::AtMost, .01, drift, blocks,
               drifting),
        alarms("drift of 15 % over the sweep, noise 5 %, 40 runs", "\"drifting\" is said in at least 80 % of sweeps",
               Bound::AtLeast, .80, drift, drifts, drifting),
        alarms("no turn has a place of its own, noise 10 %, 8 runs of B", "a slow second turn is said in at most 1 % of sweeps",
               Bound::AtMost, .01, place, timed(hundred, .1), placed),
        alarms("turn 2 takes twice as long, noise 10 %, 8 runs of B", "a slow second turn is said in at least 95 % of sweeps",
               Bound::AtLeast, .95, place, spike, placed),
    };
}

} // namespace looptax::validity
