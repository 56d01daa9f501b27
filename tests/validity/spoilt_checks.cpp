// T1 and T2 under outliers and broken caches, T3 where no pairs can be made, and the family of five as it is planned.
#include "claims.h"

#include <array>
#include <utility>

namespace looptax::validity {

namespace {

using Kind = VerdictKind;
using Time = std::function<double(const TurnRecord&)>;

constexpr CacheMode kIsolated = CacheMode::RunIsolated;
constexpr CacheMode kCold = CacheMode::Cold;

World outlying(World world) {
    world.outliers = .05;
    return world;
}

World breaking(World world) {
    world.cache_breaks = .2;
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

Check coverage(std::string planted, std::string says, Bound bound, Plan plan, World world, const std::string& id, double truth) {
    Check check;
    check.claim = {std::move(planted), std::move(says), bound, .90, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countCoverage(claim, random, effort, Planted(plan, world), id, truth);
    };
    return check;
}

// Holm over all five; the hypotheses named are wrong, the others are let be.
Check family(std::string planted, const std::string& named, std::vector<std::string> wrong, World world) {
    Check check;
    check.claim = {
        std::move(planted), "any of " + named + " Supported in at most 5 % of sweeps", Bound::AtMost, .05, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        Plan plan = madePlan({{"A", {1, 6}, {}, {}}, {"C", {6}, {3}, {}}, {"D", {2}, {}, {1, 4}}}, 8, {kIsolated, kCold});
        plan.analysis.family.clear();
        Planted drawn(plan, world);
        int hits = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            const Analysis a = analyse(drawn.draw(random).inputs());
            bool any = false;
            for (const std::string& id : wrong) any = any || verdictOf(a, id)->kind == Kind::Supported;
            hits += int(any);
        }
        judge(claim, hits, effort.sweeps);
    };
    return check;
}

World passing(World world) {
    world.pass = [](const TurnRecord&) { return .85; };
    return world;
}

// A grows, in cold by twice as much; C jumps by the margin; at the last turn of run-isolated both take as long.
double wrongForAllButOne(const TurnRecord& t) {
    const double last = 450;
    if (t.design != "A") return t.turn >= 6 ? last : last / 1.25;
    return 200 + (t.cache_mode == kCold ? 1.0 : .5) * 100 * (t.turn - 1);
}

} // namespace

std::vector<Check> spoiltChecks() {
    const Plan t1 = only(madePlan({{"A", {6}, {}, {}}}, 8, {kCold}), "T1");
    const Plan t2 = only(madePlan({{"C", {6}, {3}, {}}}), "T2");
    const Plan t3 = only(madePlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}), "T3");
    const Time law = [](const TurnRecord& t) { return 40 + 0.6 * double(t.processed_tokens.value_or(0)); };
    const Time flat = [](const TurnRecord&) { return 100.0; };
    const auto atTheEnd = [](double ratio) -> Time {
        return [=](const TurnRecord& t) { return t.turn >= 6 ? 100 * ratio : 100.0; };
    };
    const auto unpaired = [](double ratio, double noise) {
        World world = timed([=](const TurnRecord& t) { return t.design == "A" ? 100 * ratio : 100.0; }, noise);
        world.mark = [](TurnRecord& t) {
            if (t.design == "A") *t.seed += 1'000'000; // a seed of its own: no pairs
        };
        return world;
    };
    const std::string outliers = ", one turn in 20 an outlier of 2 to 6 times, 8 runs",
                      breaks = ", one turn in 5 broke its cache mode, 8 runs";
    const std::string line = "TTFT of A = 40 ms + 600 ms per 1,000 processed tokens, noise 3 %";
    const std::string slope = "the 90 % interval of T1's slope covers 600 in ",
                      ratio = "the 90 % interval of T2's ratio covers 1.1 in ";
    return {
        coverage(line + outliers, slope + "at least 90 %", Bound::AtLeast, t1, outlying(timed(law, .03)), "T1", 600),
        coverage(line + breaks, slope + "90 %", Bound::About, t1, breaking(timed(law, .03)), "T1", 600),
        sweeps("TTFT of A does not grow, noise 10 %" + outliers, "T1 Supported in at most 5 % of sweeps", t1,
               outlying(timed(flat, .1)), "T1", Kind::Supported),
        coverage("TTFT of C is 1.1 times as long at the end, noise 5 %" + outliers, ratio + "at least 90 %", Bound::AtLeast, t2,
                 outlying(timed(atTheEnd(1.1), .05)), "T2", 1.1),
        coverage("TTFT of C is 1.1 times as long at the end, noise 5 %" + breaks, ratio + "90 %", Bound::About, t2,
                 breaking(timed(atTheEnd(1.1), .05)), "T2", 1.1),
        sweeps("TTFT of C is 1.25 times as long at the end, noise 5 %" + outliers, "T2 Supported in at most 5 % of sweeps", t2,
               outlying(timed(atTheEnd(1.25), .05)), "T2", Kind::Supported),
        sweeps("A and C take as long, noise 40 %, 8 runs of each, no pairs", "T3 Supported in at most 5 % of sweeps", t3,
               unpaired(1, .4), "T3", Kind::Supported),
        sweeps("A takes exactly 1.25 times as long as C, noise 10 %, 8 runs of each, no pairs",
               "T3 Rejected in at most 5 % of sweeps", t3, unpaired(1.25, .1), "T3", Kind::Rejected),
        coverage("A takes twice as long as C, noise 10 %, 8 runs of each, no pairs",
                 "the 90 % interval of T3's ratio covers 2 in 90 %", Bound::About, t3, unpaired(2, .1), "T3", 2),
        family("TTFT is the same at every turn and in every design, noise 30 %, and 85 % pass; 8 repeats, the family of five",
               "T1, T3, T4 and Q1", {"T1", "T3", "T4", "Q1"}, passing(timed(flat, .3))),
        family("A grows, half of it by re-reading, C is 1.25 times as long at the end, both take as long there, noise 10 %, and "
               "85 % pass; 8 repeats, the family of five",
               "T2, T3, T4 and Q1", {"T2", "T3", "T4", "Q1"}, passing(timed(wrongForAllButOne, .1))),
    };
}

} // namespace looptax::validity
