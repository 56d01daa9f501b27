// What a loop design would reuse, before it is run: its prompts with replies that are always right, cut by
// the runtime's own tokenizer, and the rule of explain_turn.h.
#pragma once

#include "loop/loop_design.h"
#include "prefix/explanation.h"
#include "prefix/prompt_reader.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace looptax {

// Run-isolated: turn 1 reuses nothing. Error: the design is not known, or what the reader says. `stop` is
// asked before each turn.
Result<PredictedLoop> predictLoop(std::string_view design, std::shared_ptr<const TaskPack> pack, const LoopSettings& settings,
                                  std::string_view tag, PromptReader& reader, const std::function<bool()>& stop);

} // namespace looptax
