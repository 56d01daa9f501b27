// What the verdicts claim of themselves, each claim beside what came out over many sweeps of known truth.
#pragma once

#include "planted.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace looptax::validity {

enum class Bound { AtMost, AtLeast, About, Within20Percent };

struct Claim {
    std::string planted; // the world
    std::string says;    // the claim
    Bound bound = Bound::AtMost;
    double limit = 0;
    // Filled in by the run.
    double measured = 0;
    int sweeps = 0;
    bool holds = false;
    std::string shown; // measured, in words
};

// How much is done, and from which seed: claim i draws from kSeed + i, so that one more claim moves no other.
inline constexpr std::uint64_t kSeed = 1'907'001;
struct Effort {
    int sweeps = 0;
};

// A share of sweeps against its limit, within Monte Carlo error: 3.29 standard errors of the limit, one in a thousand.
inline constexpr double kMonteCarlo = 3.29;
void judge(Claim& claim, int hits, int of);

struct Check {
    Claim claim;
    std::function<void(Claim&, SeededRandom&, const Effort&)> run;
};
std::vector<Check> qualityChecks();
std::vector<Check> timeChecks();
std::vector<Check> numberChecks();  // power, drift, "what would decide it"
std::vector<Check> clusterChecks(); // rates of turns within runs
// Later groups come last: a row keeps its seed by its place.
std::vector<Check> intervalChecks(); // the intervals that stand beside medians, slopes, ratios, shares and the split
std::vector<Check> compareChecks();  // two sessions beside each other
std::vector<Check> spoiltChecks();   // T1 and T2 under outliers and broken caches, T3 without pairs, the own family
std::vector<Check> furtherChecks();  // "what would decide it", continued
std::vector<Check> lieChecks();      // servers, proxies and budgets that lie, and the same worlds without the lie

std::vector<Claim> allClaims(const Effort& effort);

// Of a sweep's one target; without id where there is none.
Verdict verdictIn(const MadeSweep& sweep, const std::string& id);

// Shares of sweeps of a world for which `hit` holds of the verdict; or of those that have it, for coverage.
using Hit = std::function<bool(const Verdict&)>;
void countSweeps(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                 const Hit& hit);
// The interval holds the truth.
void countCoverage(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                   double truth);
Hit is(VerdictKind kind);

// An interval that a sweep of its own gives, against the truth; sweeps without one are not counted.
using IntervalIn = std::function<std::optional<Interval>(SeededRandom&)>;
void countIntervals(Claim& claim, SeededRandom& random, const Effort& effort, const IntervalIn& intervalIn, double truth);

World timed(std::function<double(const TurnRecord&)> time, double noise);

// Sweeps of `pilot` runs a cell that a verdict leaves open, gone on with to the number of runs it names.
using PlanOf = std::function<Plan(int repeats)>;
Check moreRuns(const std::string& worldText, const std::string& id, int pilot, PlanOf planOf, World world);

// Plan with these two families only, so that no other hypothesis pays.
Plan only(Plan plan, const std::string& id);

} // namespace looptax::validity
