#include "app/plan_size.h"

#include "app/world.h"
#include "base/text.h"
#include "base/words.h"
#include "domain/schedule.h"
#include "loop/loop_design.h"

namespace looptax {

std::string sizeText(const Plan& plan) {
    const Schedule schedule = makeSchedule(plan, catalogue());
    return std::to_string(schedule.cells) + " cells, " + std::to_string(schedule.runs.size()) + " runs, " +
           std::to_string(schedule.turns) + " turns, " + std::to_string(schedule.requests) + " requests with warm-ups";
}

std::string timeText(const Plan& plan, const std::string& out) {
    const auto pack = loadTaskPack(plan.task.pack);
    if (!pack) return {};
    SystemFileOps files;
    const auto paces =
        out.empty() ? std::vector<TargetPace>(plan.targets.size(), roughPace()) : pacesBefore(files, out, plan, *pack);
    const TimeEstimate estimate = estimateRuns(plan, makeSchedule(plan, catalogue()).runs, paces, *pack);
    return "about " + durationText(estimate.low_s) + " to " + durationText(estimate.high_s) + " (" +
           std::string(basisWords(estimate.basis)) + ")";
}

} // namespace looptax
