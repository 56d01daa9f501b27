// What the verdicts claim of themselves, each claim beside what came out over many sweeps of known truth.
#pragma once

#include "planted.h"

#include <cstdint>
#include <functional>
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

std::vector<Claim> allClaims(const Effort& effort);

// Shares of sweeps of a world for which `hit` holds of the verdict; or of those that have it, for coverage.
using Hit = std::function<bool(const Verdict&)>;
void countSweeps(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                 const Hit& hit);
// The interval holds the truth.
void countCoverage(Claim& claim, SeededRandom& random, const Effort& effort, Planted planted, const std::string& id,
                   double truth);
Hit is(VerdictKind kind);

// Plan with these two families only, so that no other hypothesis pays.
Plan only(Plan plan, const std::string& id);

} // namespace looptax::validity
