// The schedule is a pure function of the plan: which run comes when, known before anything is sent.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// One conversation to be held: a cell and a repeat of it.
struct ScheduledRun {
    int run = 0;      // position in the schedule, from 1
    int target = 0;   // index into Plan::targets
    int repeat = 0;   // from 1
    std::string cell; // target/design/nN[/capK|/padP]/mode
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    bool operator==(const ScheduledRun&) const = default;
};

struct Schedule {
    std::vector<ScheduledRun> runs;
    std::int64_t cells = 0;    // different cells over all targets
    std::int64_t turns = 0;    // if every run is complete
    std::int64_t warmups = 0;  // once a target block, before its first run
    std::int64_t requests = 0; // turns + warmups
};

// More turns than this in one plan are an error of checkPlan(): a schedule is built whole, and so is the record of it.
inline constexpr std::int64_t kMostPlannedTurns = 1'000'000;

struct PlanCounts {
    std::int64_t cells = 0;
    std::int64_t runs = 0;
    std::int64_t turns = 0;
    std::int64_t requests = 0; // turns and warm-ups
    bool operator==(const PlanCounts&) const = default;
};

// What makeSchedule() would count, without making it, for plans that nobody checked yet: a plan of a million runs is
// counted while it is typed. Nothing overflows: 10^18 stands for all that is more.
PlanCounts countPlan(const Plan& plan, const Catalogue& catalogue);

// The plan must have passed checkPlan(). A target's blocks in order, then the next target's; within a block the cells
// in seeded random order (blocked) or as written (listed).
Schedule makeSchedule(const Plan& plan, const Catalogue& catalogue);

// The runs that more repeats add to a schedule that is journalled already: of each target the blocks after
// repeatsBefore, each in the order that makeSchedule() gives it in the plan with all its repeats, numbered on from
// lastRun. A target's new blocks come after its old ones, though their numbers come after every target's.
std::vector<ScheduledRun> addedRuns(const Plan& plan, const Catalogue& catalogue, int repeatsBefore, int lastRun);

} // namespace looptax
