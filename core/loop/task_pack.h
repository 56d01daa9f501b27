// A task pack: instructions and the material entries are made of, as data with a version and a hash.
#pragma once

#include "base/result.h"
#include "loop/research_log.h"

#include <memory>
#include <string>
#include <string_view>

namespace looptax {

struct TaskPack; // fields below are the pack's; see resources/task/research-log.json
Result<std::shared_ptr<const TaskPack>> readTaskPack(std::string_view json);

} // namespace looptax
