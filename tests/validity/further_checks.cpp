// "What would decide it": sweeps that a verdict leaves open, gone on with to the number of runs it names.
#include "claims.h"

#include "analysis/summary.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace looptax::validity {

namespace {

bool decided(const Verdict& v) { return v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected; }

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

// Other seeds than C has: then no two runs of a block are a pair.
void seedsOfItsOwn(TurnRecord& turn) {
    if (turn.design == "A") *turn.seed += 1'000'000;
}

} // namespace

Check moreRuns(const std::string& worldText, const std::string& id, int pilot, PlanOf planOf, World world) {
    Check check;
    check.claim = {worldText + "; sweeps of " + std::to_string(pilot) + " runs a cell that " + id +
                       " leaves open go on to the number of runs it names",
                   "half of them are decided by that number, within 20 %",
                   Bound::Within20Percent,
                   .20,
                   0,
                   0,
                   false,
                   {}};
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

std::vector<Check> furtherChecks() {
    const PlanOf planT1 = [](int n) { return only(madePlan({{"A", {4}, {}, {}}}, n, {CacheMode::Cold}), "T1"); };
    const PlanOf planT3 = [](int n) { return only(madePlan({{"A", {2}, {}, {}}, {"C", {2}, {1}, {}}}, n), "T3"); };
    const PlanOf planT4 = [](int n) {
        return only(madePlan({{"A", {6}, {}, {}}}, n, {CacheMode::RunIsolated, CacheMode::Cold}), "T4");
    };
    const PlanOf oneCell = [](int n) { return only(madePlan({{"A", {1, 3}, {}, {}}}, n), "Q1"); };
    const PlanOf manyCells = [](int n) {
        return only(madePlan({{"A", {1, 3}, {}, {}}, {"B", {1, 3}, {}, {}}, {"C", {3}, {1}, {}}, {"D", {1}, {}, {2}}}, n), "Q1");
    };
    const auto grows = [](const TurnRecord& t) { return 100 * (1 + 0.5 * (t.turn - 1) / 3.0); };
    const auto reReads = [](const TurnRecord& t) {
        return 200 + (t.cache_mode == CacheMode::Cold ? 1.0 : 0.43) * 100 * (t.turn - 1);
    };
    World apart = timed([](const TurnRecord& t) { return t.design == "A" ? 140.0 : 100.0; }, .4);
    apart.mark = seedsOfItsOwn;
    World always, falls;
    falls.pass = [](const TurnRecord& t) { return std::min(t.padding.value_or(0) + t.n, t.cap.value_or(9)) == 1 ? .9 : .65; };
    return {
        moreRuns("TTFT of A grows 1.5 times, noise 50 %", "T1", 8, planT1, timed(grows, .5)),
        moreRuns("A takes 1.4 times as long as C, noise 40 %, no pairs", "T3", 8, planT3, apart),
        moreRuns("57 % of A's growth is re-reading, noise 10 %", "T4", 8, planT4, timed(reReads, .1)),
        moreRuns("A passes 90 % with one entry, 65 % with three", "Q1", 12, oneCell, falls),
        moreRuns("all designs pass 90 % with one entry, 65 % with three, three cells of each size", "Q1", 5, manyCells, falls),
        moreRuns("all designs pass always, three cells of each size", "Q1", 5, manyCells, always),
    };
}

} // namespace looptax::validity
