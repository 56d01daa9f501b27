// The plans a newcomer starts from. A preset fixes cells and settings; the targets are the caller's.
#pragma once

#include "base/result.h"
#include "domain/plan.h"

#include <string_view>
#include <vector>

namespace looptax {

// quick: A and C, N = 6, one run: minutes on a laptop.
// study: the post's 20 cells a target, 5 repeats.
// publication: the study's cells with 8 repeats, a seed a run, run-isolated and cold, oracle states.
std::vector<std::string_view> presetNames();
Result<Plan> presetPlan(std::string_view name, std::vector<Target> targets);

// "kind=ollama,url=http://127.0.0.1:11434,model=gemma4:26b[,id=...][,api_key_env=...]" or
// "kind=llama-server,command=llama-server,model_file=m.gguf[,args=-np 1 --cache-ram 0]".
// Blanks around keys and values do not count, nor does the case of a kind; a comma inside a value is written \, and a
// backslash before a comma \\. A key given twice is an error.
Result<Target> parseTarget(std::string_view text);

} // namespace looptax
