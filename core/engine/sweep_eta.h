// How much of a sweep is still to be made and how long that will take, kept up to date run by run and turn by turn. What it
// costs to ask does not depend on how many runs are to come: it is asked after every turn, inside the gap before the next.
#pragma once

#include "domain/plan.h"
#include "domain/schedule.h"
#include "domain/turn_record.h"
#include "engine/time_estimate.h"
#include "engine/token_budget.h"
#include "loop/task_pack.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

class SweepEta {
public:
    // paces: one for each target of the plan, by what is known before the sweep (pacesBefore()).
    SweepEta(const Plan& plan, std::shared_ptr<const TaskPack> pack, std::vector<TargetPace> paces);

    void add(const ScheduledRun& run); // to be made
    void beginRun(const ScheduledRun& run);
    void endTurn();
    void endRun(); // what is left of it will not be made in this sweep
    // The turns of a run that is complete: what this sweep's own runs took takes the place of all that was known.
    void learn(const ScheduledRun& run, const std::vector<TurnRecord>& turns);
    // The reply to a warm-up, with prompt_chars set; earlier runs of the target are worth more.
    void learnWarmup(std::size_t target, const TurnRecord& warmup);

    std::int64_t turnsLeft() const { return m_left.turns(); }
    TimeEstimate timeLeft() const { return m_left.time(m_paces, m_plan.cooldown_ms); }

private:
    const RunSize& sizeOf(const ScheduledRun& run);

    const Plan& m_plan;
    std::shared_ptr<const TaskPack> m_pack;
    std::vector<TargetPace> m_paces;
    std::vector<PaceMeter> m_meters;        // by target, of the runs of this sweep
    std::map<std::string, RunSize> m_sizes; // by cell
    WorkLeft m_left;
};

} // namespace looptax
