// What `compare` says of two sessions: intervals of what differs, and how often it sees what is not there.
#include "claims.h"

#include "analysis/compare.h"
#include "base/text.h"

#include <memory>
#include <utility>

namespace looptax::validity {

namespace {

constexpr int kBlocks = 8;

struct TwoSessions {
    World first, second;
};

std::function<Comparison(SeededRandom&)> comparing(const TwoSessions& of) {
    const Plan plan = madePlan({{"A", {1}, {}, {}}}, kBlocks);
    const auto first = std::make_shared<Planted>(plan, of.first), second = std::make_shared<Planted>(plan, of.second);
    return [=](SeededRandom& random) {
        const MadeSweep& a = first->draw(random);
        const MadeSweep& b = second->draw(random);
        return compareSessions(a.turns, b.turns, {{"made", "made"}}, std::nullopt);
    };
}

const MetricContrast& ttftOf(const Comparison& comparison) {
    return comparison.metrics.front(); // TTFT comes first
}

World passing(double rate) {
    World world;
    world.pass = [rate](const TurnRecord&) { return rate; };
    return world;
}

World lasting(double ms, double noise) {
    return timed([ms](const TurnRecord&) { return ms; }, noise);
}

Check covers(std::string planted, std::string says, Bound bound, double limit, const TwoSessions& of, double truth,
             std::optional<Interval> (*interval)(const Comparison&)) {
    Check check;
    check.claim = {std::move(planted), std::move(says), bound, limit, 0, 0, false, {}};
    check.run = [=, compared = comparing(of)](Claim& claim, SeededRandom& random, const Effort& effort) {
        countIntervals(
            claim, random, effort, [&](SeededRandom& own) { return interval(compared(own)); }, truth);
    };
    return check;
}

// No difference, and yet one is said.
Check seesOne(std::string planted, double limit, const TwoSessions& of, Contrast (*contrast)(const Comparison&)) {
    Check check;
    check.claim = {std::move(planted),
                   "compare says more or less in at most " + fixedText(100 * limit, 0) + " %",
                   Bound::AtMost,
                   limit,
                   0,
                   0,
                   false,
                   {}};
    check.run = [=, compared = comparing(of)](Claim& claim, SeededRandom& random, const Effort& effort) {
        int hits = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            const Contrast said = contrast(compared(random));
            hits += int(said == Contrast::More || said == Contrast::Less);
        }
        judge(claim, hits, effort.sweeps);
    };
    return check;
}

std::optional<Interval> shiftOf(const Comparison& c) { return ttftOf(c).shift.interval; }
std::optional<Interval> ratioOf(const Comparison& c) { return ttftOf(c).ratio.interval; }
std::optional<Interval> passesOf(const Comparison& c) { return c.passes.front().difference.interval; }
Contrast timesSay(const Comparison& c) { return ttftOf(c).contrast; }
Contrast passesSay(const Comparison& c) { return c.passes.front().contrast; }

} // namespace

std::vector<Check> compareChecks() {
    const TwoSessions slower{lasting(100, .1), lasting(120, .1)}, noisier{lasting(100, .05), lasting(120, .2)};
    const std::string two = "two sessions of 8 blocks, ";
    const std::string shift = "the 95 % interval of compare's shift of TTFT covers 20 ms in ",
                      ratio = "the 95 % interval of compare's ratio of TTFT covers 1.2 in ";
    return {
        covers(two + "TTFT 100 ms and 120 ms, noise 10 %", shift + "95 %", Bound::About, .95, slower, 20, shiftOf),
        covers("the same", ratio + "95 %", Bound::About, .95, slower, 1.2, ratioOf),
        covers(two + "TTFT 100 ms, noise 5 %, and 120 ms, noise 20 %", shift + "at least 92 %", Bound::AtLeast, .92, noisier, 20,
               shiftOf),
        covers("the same", ratio + "95 %", Bound::About, .95, noisier, 1.2, ratioOf),
        seesOne(two + "the same TTFT, noise 10 %", .05, {lasting(100, .1), lasting(100, .1)}, timesSay),
        covers(two + "90 % and 60 % of them pass", "the 95 % interval of compare's difference covers it in at least 95 %",
               Bound::AtLeast, .95, {passing(.9), passing(.6)}, -.3, passesOf),
        seesOne(two + "85 % pass in both", .05, {passing(.85), passing(.85)}, passesSay),
        // Where Newcombe's interval alone is worst: 7.5 %.
        seesOne(two + "50 % pass in both", .05, {passing(.5), passing(.5)}, passesSay),
    };
}

} // namespace looptax::validity
