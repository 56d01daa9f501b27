// How large a plan is before it runs: counts exactly; time as core/engine estimates it, from earlier sessions
// or as a wide range; disk from what sessions were measured to take, 2.8 kB a turn and the reply, and 2 MB of
// charts and reports.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"
#include "engine/time_estimate.h"
#include "loop/task_pack.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

struct PlanCost {
    TimeEstimate time;
    double bytes = 0;
    double prompt_tokens = 0; // at four characters each
    double reply_tokens = 0;
};

// paces: one for each target of the plan. Conversations longer than 36 turns, and more than 200 different
// ones, are worked out from a sample. Ends early, with a number of no meaning, when stop becomes true.
PlanCost estimateCost(const Plan& plan, const Catalogue& catalogue, const std::vector<TargetPace>& paces,
                      const std::shared_ptr<const TaskPack>& pack, const std::atomic<bool>& stop);

// What pacesBefore() read, kept while targets, pack and the list of sessions are the same: journals are long,
// and the plan is looked at on every change. One thread at a time.
class PaceMemory {
public:
    PaceMemory(FileOps& files, std::string out) : m_files(files), m_out(std::move(out)) {}
    const std::vector<TargetPace>& paces(const Plan& plan, const std::shared_ptr<const TaskPack>& pack);

private:
    FileOps& m_files;
    std::string m_out; // where sessions lie; empty: nowhere
    std::vector<Target> m_targets;
    std::string m_pack;
    std::vector<std::string> m_sessions;
    std::optional<std::vector<TargetPace>> m_paces;
};

} // namespace looptax
