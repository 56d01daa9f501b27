#include "claims.h"

#include <cmath>

namespace looptax::validity {

namespace {

using Kind = VerdictKind;
using Time = std::function<double(const TurnRecord&)>;

constexpr CacheMode kIsolated = CacheMode::RunIsolated;
constexpr CacheMode kCold = CacheMode::Cold;

World spoiled(World world) {
    world.slow_blocks = 0.2;
    world.drift = 0.3;
    return world;
}

Check sweeps(std::string planted, std::string says, Plan plan, World world, const std::string& id, Kind kind) {
    Check check;
    check.claim = {std::move(planted), std::move(says), Bound::AtMost, .05, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countSweeps(claim, random, effort, Planted(plan, world), id, is(kind));
    };
    return check;
}

// With both families as they are planned: what eight repeats can show at all.
Check found(std::string planted, std::string says, double limit, Plan plan, World world, const std::string& id) {
    Check check;
    check.claim = {std::move(planted), std::move(says), Bound::AtLeast, limit, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countSweeps(claim, random, effort, Planted(plan, world), id, is(Kind::Supported));
    };
    return check;
}

Check coverage(std::string planted, std::string says, Bound bound, Plan plan, World world, const std::string& id, double truth) {
    Check check;
    check.claim = {std::move(planted), std::move(says), bound, .90, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countCoverage(claim, random, effort, Planted(plan, world), id, truth);
    };
    return check;
}

// TTFT of A grows from 100 ms at turn 1 to `factor` times that at turn 6.
Time growing(double factor) {
    return [=](const TurnRecord& t) { return 100 * (1 + (factor - 1) * (t.turn - 1) / 5.0); };
}

Time aOverC(double ratio) {
    return [=](const TurnRecord& t) { return t.design == "A" ? 100 * ratio : 100.0; };
}

// C at its last turn against the first with a full state, turn 4.
Time changedAtTheEnd(double ratio) {
    return [=](const TurnRecord& t) { return t.turn >= 6 ? 100 * ratio : 100.0; };
}

// A grows by 100 ms a turn in cold; of that `share` is re-reading, which run-isolated does not do.
Time reReading(double share) {
    return [=](const TurnRecord& t) { return 200 + (t.cache_mode == kCold ? 1.0 : 1 - share) * 100 * (t.turn - 1); };
}

} // namespace

std::vector<Check> timeChecks() {
    const Plan t1 = only(madePlan({{"A", {6}, {}, {}}}, 8, {kCold}), "T1");
    const Plan t2 = only(madePlan({{"C", {6}, {3}, {}}}), "T2");
    Plan t3 = only(madePlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}), "T3");
    t3.order = Order::Blocked;
    Plan t4 = only(madePlan({{"A", {6}, {}, {}}}, 8, {kIsolated, kCold}), "T4");
    t4.order = Order::Blocked;
    const Time law = [](const TurnRecord& t) { return 40 + 0.6 * double(t.processed_tokens.value_or(0)); };
    World outlying = timed(aOverC(2), .05);
    outlying.outliers = .05;
    World breaking = timed(aOverC(2), .05);
    breaking.cache_breaks = .2;
    // The law of the scripted server: cold reads all of it, run-isolated only what is new.
    const Time both = [](const TurnRecord& t) {
        const double processed = double(t.processed_tokens.value_or(0)), context = double(t.prompt_tokens.value_or(0));
        return 40 + processed * (6 + 0.001 * context);
    };
    const Plan whole = madePlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 8, {kIsolated, kCold});
    const std::string spoils = "; slow blocks (sd 20 %), drift of 30 % over the sweep";
    return {
        sweeps("TTFT of A does not grow, noise 30 %, 8 runs", "T1 Supported in at most 5 % of sweeps", t1, timed(growing(1), .3),
               "T1", Kind::Supported),
        sweeps("TTFT of A grows by exactly 1.25 times, noise 10 %, 8 runs", "T1 Rejected in at most 5 % of sweeps", t1,
               timed(growing(1.25), .1), "T1", Kind::Rejected),
        coverage("TTFT of A = 40 ms + 600 ms per 1,000 processed tokens, noise 3 %, 8 runs",
                 "the 90 % interval of T1's slope covers 600 in 90 %", Bound::About, t1, timed(law, .03), "T1", 600),
        sweeps("TTFT of C is 1.25 times as long at the end, noise 10 %, 8 runs", "T2 Supported in at most 5 % of sweeps", t2,
               timed(changedAtTheEnd(1.25), .1), "T2", Kind::Supported),
        sweeps("TTFT of C is 0.8 times as long at the end, noise 10 %, 8 runs", "T2 Supported in at most 5 % of sweeps", t2,
               timed(changedAtTheEnd(.8), .1), "T2", Kind::Supported),
        sweeps("TTFT of C is flat, noise 30 %, 8 runs", "T2 Rejected in at most 5 % of sweeps", t2, timed(changedAtTheEnd(1), .3),
               "T2", Kind::Rejected),
        coverage("TTFT of C is 1.1 times as long at the end, noise 10 %, 8 runs" + spoils,
                 "the 90 % interval of T2's ratio covers 1.1 in 90 %", Bound::About, t2, spoiled(timed(changedAtTheEnd(1.1), .1)),
                 "T2", 1.1),
        sweeps("A and C take as long, noise 40 %, 8 pairs", "T3 Supported in at most 5 % of sweeps", t3, timed(aOverC(1), .4),
               "T3", Kind::Supported),
        sweeps("A takes exactly 1.25 times as long as C, noise 10 %, 8 pairs", "T3 Rejected in at most 5 % of sweeps", t3,
               timed(aOverC(1.25), .1), "T3", Kind::Rejected),
        coverage("A takes twice as long as C, noise 10 %, 8 pairs" + spoils, "the 90 % interval of T3's ratio covers 2 in 90 %",
                 Bound::About, t3, spoiled(timed(aOverC(2), .1)), "T3", 2),
        coverage("A takes twice as long as C, noise 5 %, one turn in 20 an outlier of 2 to 6 times, 8 pairs",
                 "the 90 % interval of T3's ratio covers 2 in at least 90 %", Bound::AtLeast, t3, outlying, "T3", 2),
        coverage("A takes twice as long as C, noise 5 %, one turn in 5 broke its cache mode, 8 pairs",
                 "the 90 % interval of T3's ratio covers 2 in 90 %", Bound::About, t3, breaking, "T3", 2),
        sweeps("half of A's growth is re-reading, noise 5 %, 8 pairs", "T4 Supported in at most 5 % of sweeps", t4,
               timed(reReading(.5), .05), "T4", Kind::Supported),
        sweeps("half of A's growth is re-reading, noise 5 %, 8 pairs", "T4 Rejected in at most 5 % of sweeps", t4,
               timed(reReading(.5), .05), "T4", Kind::Rejected),
        coverage("80 % of A's growth is re-reading, noise 3 %, 8 pairs", "the 90 % interval of T4's share covers .8 in 90 %",
                 Bound::About, t4, timed(reReading(.8), .03), "T4", .8),
        found("TTFT = 40 ms + processed x (6 ms + 1 ms x attended / 1,000), noise 5 %, 8 repeats, the family of five",
              "T1 Supported in at least 95 % of sweeps", .95, whole, timed(both, .05), "T1"),
        found("the same", "T2 Supported in at least 95 % of sweeps", .95, whole, timed(both, .05), "T2"),
        found("the same", "T4 Supported in at least 95 % of sweeps", .95, whole, timed(both, .05), "T4"),
        found("A takes 1.6 times as long as C, noise 10 %, 8 repeats, the family of five" + spoils,
              "T3 Supported in at least 95 % of sweeps", .95, whole, spoiled(timed(aOverC(1.6), .1)), "T3"),
    };
}

} // namespace looptax::validity
