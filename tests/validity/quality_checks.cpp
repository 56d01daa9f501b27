#include "claims.h"

#include <algorithm>

namespace looptax::validity {

namespace {

using Kind = VerdictKind;

// A pass rate that goes from `first` to `last` in a straight line over turns 1 to 6.
std::function<double(const TurnRecord&)> sloping(double first, double last) {
    return [=](const TurnRecord& t) { return first + (last - first) * (t.n - 1) / 5.0; };
}

Check sweeps(std::string planted, std::string says, double limit, Plan plan, World world, const std::string& id, Kind kind) {
    Check check;
    check.claim = {std::move(planted), std::move(says), Bound::AtMost, limit, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countSweeps(claim, random, effort, Planted(plan, world), id, is(kind));
    };
    return check;
}

Check coverage(std::string planted, std::string says, double limit, Plan plan, World world, const std::string& id, double truth) {
    Check check;
    check.claim = {std::move(planted), std::move(says), Bound::AtLeast, limit, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countCoverage(claim, random, effort, Planted(plan, world), id, truth);
    };
    return check;
}

std::vector<CellGroup> lengths(const std::string& design) {
    return {{design, {1, 3, 6}, design == "C" ? std::vector<int>{3} : std::vector<int>{}, {}}};
}

World passing(std::function<double(const TurnRecord&)> pass, double luck = 0) {
    World world;
    world.pass = std::move(pass);
    world.shared_luck = luck;
    return world;
}

double flat85(const TurnRecord&) { return 0.85; }

} // namespace

std::vector<Check> qualityChecks() {
    const auto planA = [](int n) { return only(madePlan(lengths("A"), n), "H1"); };
    const auto planB = [](int n) { return only(madePlan(lengths("B"), n), "H2"); };
    const auto planAB = [](int n) { return only(madePlan({{"A", {1, 3, 6}, {}, {}}, {"B", {1, 3, 6}, {}, {}}}, n), "H3"); };
    const auto planC = [](int n) { return only(madePlan(lengths("C"), n), "H4"); };
    const auto planD = [](int n) { return only(madePlan({{"D", {2}, {}, {1, 3, 6, 9}}}, n), "H5"); };
    const auto planAll = [](int n) {
        return only(madePlan({{"A", {1, 3, 6}, {}, {}}, {"B", {1, 6}, {}, {}}, {"C", {6}, {3}, {}}, {"D", {2}, {}, {1, 4}}}, n),
                    "Q1");
    };
    const auto aWidens = [](double last) {
        return [=](const TurnRecord& t) { return t.design == "A" ? 0.95 + (last - 0.95) * (t.n - 1) / 5.0 : 0.95; };
    };
    std::vector<Check> out{
        sweeps("A passes 85 % at every N, 8 runs a cell", "H1 Supported in at most 5 % of sweeps", .05, planA(8), passing(flat85),
               "H1", Kind::Supported),
        sweeps("the same, 20 runs a cell, and the runs of a block share their luck (sd 1 on the logit)",
               "H1 Supported in at most 5 % of sweeps", .05, planA(20), passing(flat85, 1), "H1", Kind::Supported),
        sweeps("A falls by exactly the margin, 95 % to 85 %, 80 runs a cell", "H1 Rejected in at most 5 % of sweeps", .05,
               planA(80), passing(sloping(.95, .85)), "H1", Kind::Rejected),
        coverage("A falls from 90 % to 60 %, 8 runs a cell", "the 90 % interval of H1 covers the fall in at least 90 %", .90,
                 planA(8), passing(sloping(.9, .6)), "H1", .3),
        coverage("A falls from 95 % to 85 %, 20 runs a cell", "the 90 % interval of H1 covers the fall in at least 90 %", .90,
                 planA(20), passing(sloping(.95, .85)), "H1", .1),
        sweeps("B falls by exactly the margin, 95 % to 85 %, 80 runs a cell", "H2 Supported in at most 5 % of sweeps", .05,
               planB(80), passing(sloping(.95, .85)), "H2", Kind::Supported),
        sweeps("B stays at 85 %, 20 runs a cell", "H2 Rejected in at most 5 % of sweeps", .05, planB(20), passing(flat85), "H2",
               Kind::Rejected),
        sweeps("A and B pass 85 % at every N, 12 repeats", "H3 Supported in at most 5 % of sweeps", .05, planAB(12),
               passing(flat85), "H3", Kind::Supported),
        sweeps("the same, and the runs of a block share their luck (sd 1 on the logit)", "H3 Supported in at most 5 % of sweeps",
               .05, planAB(12), passing(flat85, 1), "H3", Kind::Supported),
        sweeps("the gap widens by exactly the margin, A 95 % to 85 %, B 95 %, 80 repeats", "H3 Rejected in at most 5 % of sweeps",
               .05, planAB(80), passing(aWidens(.85)), "H3", Kind::Rejected),
        coverage("the gap widens by 30 points, 12 repeats", "the 90 % interval of H3 covers the change in at least 90 %", .90,
                 planAB(12), passing(aWidens(.65)), "H3", .3),
        sweeps("C passes 85 % at every N, 8 runs a cell", "H4a Supported in at most 5 % of sweeps", .05, planC(8),
               passing(flat85), "H4a", Kind::Supported),
        sweeps("C has a cliff of exactly two margins, 95 % to 75 % after N = 3, 40 runs a cell",
               "H4a Rejected in at most 5 % of sweeps", .05, planC(40),
               passing([](const TurnRecord& t) { return t.n <= 3 ? .95 : .75; }), "H4a", Kind::Rejected),
        coverage("the same", "the interval of H4a covers the cliff in at least 90 %", .90, planC(40),
                 passing([](const TurnRecord& t) { return t.n <= 3 ? .95 : .75; }), "H4a", .2),
        sweeps("D passes 85 % at every padding, 8 runs a cell, blocks share their luck (sd 1 on the logit)",
               "H5a Supported in at most 5 % of sweeps", .05, planD(8), passing(flat85, 1), "H5a", Kind::Supported),
        sweeps("D has a cliff of exactly two margins, 95 % to 75 % after padding 3, 40 runs a cell",
               "H5a Rejected in at most 5 % of sweeps", .05, planD(40),
               passing([](const TurnRecord& t) { return t.padding.value_or(0) <= 3 ? .95 : .75; }), "H5a", Kind::Rejected),
        sweeps("all designs pass 85 % whatever they hold, 8 runs a cell", "Q1 Supported in at most 5 % of sweeps", .05,
               planAll(8), passing(flat85), "Q1", Kind::Supported),
        sweeps("the same, and the runs of a block share their luck (sd 1 on the logit)", "Q1 Supported in at most 5 % of sweeps",
               .05, planAll(8), passing(flat85, 1), "Q1", Kind::Supported),
    };
    Check broken;
    broken.claim = {"A falls from 95 % to 15 %, 8 runs a cell, the family of five",
                    "H1 Supported in at least 80 % of sweeps",
                    Bound::AtLeast,
                    .80,
                    0,
                    0,
                    false,
                    {}};
    broken.run = [](Claim& claim, SeededRandom& random, const Effort& effort) {
        countSweeps(claim, random, effort, Planted(madePlan(lengths("A"), 8), passing(sloping(.95, .15))), "H1",
                    is(Kind::Supported));
    };
    out.push_back(std::move(broken));
    // The families as they are planned: nothing falls anywhere, and H1, H4a and H5a are tested together.
    Check family;
    family.claim = {"nothing falls in any design (85 %), 8 runs a cell, the family of five",
                    "any of H1, H4a, H5a Supported in at most 5 % of sweeps",
                    Bound::AtMost,
                    .05,
                    0,
                    0,
                    false,
                    {}};
    family.run = [](Claim& claim, SeededRandom& random, const Effort& effort) {
        Plan plan = madePlan({{"A", {1, 3, 6}, {}, {}}, {"C", {1, 3, 6}, {3}, {}}, {"D", {2}, {}, {1, 3, 6}}}, 8);
        plan.analysis.own_family.clear();
        Planted planted(plan, passing(flat85));
        int hits = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            const Analysis a = analyse(planted.draw(random).inputs());
            bool any = false;
            for (const char* id : {"H1", "H4a", "H5a"}) any = any || verdictOf(a, id)->kind == Kind::Supported;
            hits += int(any);
        }
        judge(claim, hits, effort.sweeps);
    };
    out.push_back(std::move(family));
    Check attribution;
    attribution.claim = {"C has a cliff, 100 % to 20 %, and D one of exactly two margins, 95 % to 75 %; 40 runs a cell",
                         "H4b Supported in at most 5 % of sweeps",
                         Bound::AtMost,
                         .05,
                         0,
                         0,
                         false,
                         {}};
    attribution.run = [](Claim& claim, SeededRandom& random, const Effort& effort) {
        Plan plan = madePlan({{"C", {1, 3, 6}, {3}, {}}, {"D", {2}, {}, {1, 9}}}, 40);
        plan.analysis.own_family.clear();
        World world = passing([](const TurnRecord& t) {
            if (t.design == "C") return t.n <= 3 ? 1.0 : .2;
            return t.padding.value_or(0) <= 1 ? .95 : .75;
        });
        countSweeps(claim, random, effort, Planted(plan, world), "H4b", is(Kind::Supported));
    };
    out.push_back(std::move(attribution));
    return out;
}

} // namespace looptax::validity
