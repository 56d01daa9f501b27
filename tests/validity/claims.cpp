#include "claims.h"

#include "analysis/verdict_board.h"
#include "base/text.h"

#include <cmath>

namespace looptax::validity {

Verdict verdictIn(const MadeSweep& sweep, const std::string& id) {
    const SweepData data = sweepData(sweep.inputs());
    for (const Verdict& v : verdictBoard(data, "made", sweep.instrument))
        if (v.id == id) return v;
    return {};
}

void judge(Claim& claim, int hits, int of) {
    claim.sweeps = of;
    claim.measured = of > 0 ? double(hits) / of : 0;
    const double error = kMonteCarlo * std::sqrt(claim.limit * (1 - claim.limit) / std::max(1, of));
    const double off = claim.measured - claim.limit;
    claim.holds = of > 0 && (claim.bound == Bound::AtMost    ? off <= error
                             : claim.bound == Bound::AtLeast ? off >= -error
                                                             : std::abs(off) <= error);
    claim.shown = fixedText(100 * claim.measured, 1) + " %";
}

void countSweeps(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                 const Hit& hit) {
    int hits = 0;
    for (int i = 0; i < effort.sweeps; ++i) hits += int(hit(verdictIn(planted.draw(random), id)));
    judge(claim, hits, effort.sweeps);
}

void countCoverage(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                   double truth) {
    const auto intervalIn = [&](SeededRandom& own) { return verdictIn(planted.draw(own), id).interval; };
    countIntervals(claim, random, effort, intervalIn, truth);
}

void countIntervals(Claim& claim, SeededRandom& random, const Effort& effort, const IntervalIn& intervalIn, double truth) {
    int hits = 0, of = 0;
    for (int i = 0; i < effort.sweeps; ++i) {
        const auto interval = intervalIn(random);
        if (!interval) continue;
        ++of;
        hits += int(interval->low <= truth + 1e-12 && truth - 1e-12 <= interval->high);
    }
    judge(claim, hits, of);
}

World timed(std::function<double(const TurnRecord&)> time, double noise) {
    World world;
    world.time = std::move(time);
    world.noise = noise;
    return world;
}

Hit is(VerdictKind kind) {
    return [kind](const Verdict& v) { return v.kind == kind; };
}

Plan only(Plan plan, const std::string& id) {
    const std::string key = id.substr(0, 2);
    plan.analysis.family = key.front() == 'H' ? std::vector<std::string>{key} : std::vector<std::string>{};
    plan.analysis.own_family = key.front() == 'H' ? std::vector<std::string>{} : std::vector<std::string>{key};
    return plan;
}

std::vector<Claim> allClaims(const Effort& effort) {
    std::vector<Claim> out;
    for (const auto& checks : {qualityChecks(), timeChecks(), numberChecks(), clusterChecks(), intervalChecks(), compareChecks(),
                               spoiltChecks(), furtherChecks(), lieChecks()})
        for (const Check& check : checks) {
            Claim claim = check.claim;
            SeededRandom random(kSeed + out.size());
            check.run(claim, random, effort);
            out.push_back(std::move(claim));
        }
    return out;
}

} // namespace looptax::validity
