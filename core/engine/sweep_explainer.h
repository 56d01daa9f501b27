// Which server a sweep asks why tokens were processed again, and when: of a managed target before its server ends, of all
// others after the last turn.
#pragma once

#include "base/cancel.h"
#include "engine/target_session.h"
#include "loop/task_pack.h"
#include "prefix/explanation.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

class SweepExplainer {
public:
    using Targets = std::vector<std::unique_ptr<TargetSession>>;
    // All must outlive it. progress: a sentence for a person.
    SweepExplainer(EngineWorld& world, const Plan& plan, std::shared_ptr<const TaskPack> pack, const CancelFlag& cancel,
                   std::function<void(const std::string&)> progress);

    // Of a target whose runs are over and whose server is about to end.
    void beforeItEnds(const std::string& folder, TargetSession& target);
    // Writes explanations.jsonl. What cannot be explained is absent and says why; nothing of it can make a sweep fail. Not
    // `over`: a sweep that was cut keeps what it has and asks nothing.
    void finish(const std::string& folder, const Targets& targets, bool over);

private:
    Result<SessionExplanations> explained(const std::string& folder, TargetSession& target, TargetSession& reader);

    EngineWorld& m_world;
    const Plan& m_plan;
    std::shared_ptr<const TaskPack> m_pack;
    const CancelFlag& m_cancel;
    std::function<void(const std::string&)> m_progress;
    std::map<std::string, SessionExplanations> m_explained; // by target, of those whose server has ended
};

} // namespace looptax
