// What the model files of a plan tell of their models' memory (model_memory.h), before anything is started.
#pragma once

#include "base/file_ops.h"
#include "domain/plan_json.h"

#include <vector>

namespace looptax {

// One for each managed target whose model cannot go back in what it has read; reads the heads of the files.
std::vector<Problem> memoryWarnings(FileOps& files, const Plan& plan);

} // namespace looptax
