// The numbers that stand beside a verdict: power, "how many more runs", and the alarms on drift and place.
#include "claims.h"

#include "base/text.h"
#include "stats/fisher.h"
#include "stats/summary.h"
#include "stats/verdict_board.h"
#include "stats/verdict_cautions.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace looptax::validity {

namespace {

using Time = std::function<double(const TurnRecord&)>;
using PlanOf = std::function<Plan(int repeats)>;

Verdict verdictIn(const MadeSweep& sweep, const std::string& id) {
    for (const Verdict& v : verdictBoard(sweepData(sweep.inputs()), "made", sweep.instrument))
        if (v.id == id) return v;
    return {};
}

// What is printed beside "no difference", against two cells drawn and tested.
Check power(int n, double share) {
    Check check;
    const double printed = fisherPower(n, 1.0, n, share).value_or(0);
    check.claim = {std::to_string(n) + " runs a cell, one passes always, the other " + fixedText(100 * share, 0) + " %",
                   "the difference is found in the " + fixedText(100 * printed, 1) + " % that is printed",
                   Bound::About, printed, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        int found = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            int hits = 0;
            for (int run = 0; run < n; ++run)
                hits += int(random.unit() < share);
            found += int(fisherTest(n, n, hits, n).p.value_or(1) <= .05);
        }
        judge(claim, found, effort.sweeps);
    };
    return check;
}

bool decided(const Verdict& v) {
    return v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected;
}

// Every open sweep is gone on with, to a share of the runs that its verdict says would decide it, from the seed that
// began it: its first runs are those it had.
struct OpenSweep {
    std::uint64_t seed = 0;
    std::optional<int> runs; // in all, as printed
};

double decidedShare(const std::vector<OpenSweep>& open, double factor, int pilot, const PlanOf& planOf, const World& world,
                    const std::string& id) {
    std::map<int, Planted> bySize;
    int hits = 0;
    for (const OpenSweep& sweep : open) {
        if (!sweep.runs) continue;
        const int runs = std::max(pilot, int(std::lround(factor * *sweep.runs)));
        auto at = bySize.find(runs);
        if (at == bySize.end()) at = bySize.emplace(runs, Planted(planOf(runs), world)).first;
        SeededRandom random(sweep.seed);
        hits += int(decided(verdictIn(at->second.draw(random), id)));
    }
    return open.empty() ? 0 : double(hits) / double(open.size());
}

Check moreRuns(const std::string& worldText, const std::string& id, int pilot, PlanOf planOf, World world) {
    Check check;
    check.claim = {worldText + "; sweeps of " + std::to_string(pilot) + " runs a cell that " + id +
                       " leaves open go on to the number of runs it names",
                   "half of them are decided by that number, within 20 %", Bound::Within20Percent, .20, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        std::vector<OpenSweep> open;
        std::vector<double> printed;
        Planted planted(planOf(pilot), world);
        for (int i = 0; i < std::max(200, effort.sweeps / 4); ++i) {
            const std::uint64_t seed = random.next();
            SeededRandom own(seed);
            const Verdict v = verdictIn(planted.draw(own), id);
            if (v.kind != VerdictKind::Inconclusive) continue;
            open.push_back({seed, v.more_runs ? std::optional(pilot + *v.more_runs) : std::nullopt});
            if (v.more_runs) printed.push_back(pilot + *v.more_runs);
        }
        const auto share = [&](double factor) { return decidedShare(open, factor, pilot, planOf, world, id); };
        const double fewer = share(1 - claim.limit), named = share(1), more = share(1 + claim.limit);
        const double error = kMonteCarlo * std::sqrt(.25 / double(std::max<std::size_t>(1, open.size())));
        claim.sweeps = int(open.size());
        claim.measured = named;
        claim.holds = !open.empty() && fewer <= .5 + error && more >= .5 - error;
        claim.shown = "of " + fixedText(medianOf(printed).value_or(0), 0) + " runs (median): at 0.8, 1 and 1.2 times " +
                      fixedText(100 * fewer, 0) + ", " + fixedText(100 * named, 0) + " and " + fixedText(100 * more, 0) +
                      " % decided";
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
        for (int i = 0; i < effort.sweeps; ++i)
            hits += int(alarm(sweepData(drawn.draw(random).inputs())));
        judge(claim, hits, effort.sweeps);
    };
    return check;
}

bool drifting(const SweepData& data) {
    const auto drift = driftOf(data, "made");
    return drift && drift->p < kDriftP;
}

bool placed(const SweepData& data) {
    return !positionEffects(data, "made").empty();
}

World timed(Time time, double noise) {
    World world;
    world.time = std::move(time);
    world.noise = noise;
    return world;
}

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
        alarms("no drift, noise 5 %, 40 runs", "\"drifting\" is said in at most 1 % of sweeps", Bound::AtMost, .01, drift,
               blocks, drifting),
        alarms("drift of 15 % over the sweep, noise 5 %, 40 runs", "\"drifting\" is said in at least 80 % of sweeps",
               Bound::AtLeast, .80, drift, drifts, drifting),
        alarms("no turn has a place of its own, noise 10 %, 8 runs of B",
               "a slow second turn is said in at most 1 % of sweeps", Bound::AtMost, .01, place, timed(hundred, .1), placed),
        alarms("turn 2 takes twice as long, noise 10 %, 8 runs of B", "a slow second turn is said in at least 95 % of sweeps",
               Bound::AtLeast, .95, place, spike, placed),
    };
}

} // namespace looptax::validity
