// How large a plan is before anything was measured: counts exactly, time and disk as a rough range. The range
// of time spans a fast graphics card (4,000 prompt and 150 reply tokens a second) and a small processor (60
// and 8); that of the disk is what sessions were measured to take, 2.8 kB a turn and the reply, and 2 MB of
// charts and reports.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"
#include "loop/task_pack.h"

#include <atomic>
#include <cstdint>
#include <memory>

namespace looptax {

struct PlanCounts {
    std::int64_t cells = 0;
    std::int64_t runs = 0;
    std::int64_t turns = 0;
    std::int64_t requests = 0; // turns and warm-ups
    bool operator==(const PlanCounts&) const = default;
};

// What makeSchedule() would count, without making it: a plan of a million runs is counted while it is typed.
PlanCounts countPlan(const Plan& plan, const Catalogue& catalogue);

struct PlanCost {
    double seconds_low = 0;
    double seconds_high = 0;
    double bytes = 0;
    double prompt_tokens = 0; // at four characters each
    double reply_tokens = 0;
};

// Conversations longer than 36 turns, and more than 200 different ones, are worked out from a sample. Ends
// early, with a number of no meaning, when stop becomes true.
PlanCost estimateCost(const Plan& plan, const Catalogue& catalogue,
                      const std::shared_ptr<const TaskPack>& pack, const std::atomic<bool>& stop);

} // namespace looptax
