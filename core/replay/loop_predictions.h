// What other loops of a plan would have the server process, without running them.
#pragma once

#include "base/result.h"
#include "domain/plan.h"
#include "loop/task_pack.h"
#include "prefix/explanation.h"
#include "prefix/prompt_reader.h"

#include <functional>
#include <memory>
#include <vector>

namespace looptax {

// Each design with each cap and padding that the plan has, as long as the plan has it (12 turns at most);
// designs that it does not have once, as long as its longest. By design, cap, padding. Targets are the caller's to
// name.
Result<std::vector<PredictedLoop>> predictLoops(const Plan& plan, const std::shared_ptr<const TaskPack>& pack,
                                                PromptReader& reader, const std::function<bool()>& stop);

} // namespace looptax
