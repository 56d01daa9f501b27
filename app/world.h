// The real world as the engine sees it: clients, servers, files, clock.
#pragma once

#include "engine/target_session.h"
#include "loop/task_pack.h"

#include <memory>
#include <string>

namespace looptax {

EngineWorld realWorld(FileOps& files, Clock& clock);
Result<std::shared_ptr<const TaskPack>> loadTaskPack(const std::string& name);

} // namespace looptax
