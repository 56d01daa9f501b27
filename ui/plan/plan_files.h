// Plans from files and into them, as values: what could be read, every mistake, and what a plan of somebody
// else's must be allowed first.
#pragma once

#include "base/file_ops.h"
#include "domain/plan_json.h"
#include "domain/trust.h"

#include <string>
#include <vector>

namespace looptax {

struct LoadedPlan {
    Plan plan;
    std::vector<Problem> mistakes; // of form
    std::vector<Problem> asked;    // what it would do that nobody has allowed
};

// An error when nothing of a plan could be read: no such file, no JSON, no object.
Result<LoadedPlan> loadPlan(FileOps& files, const std::string& path, const Trust& trust);

// Whole or not at all: the old file stays when anything fails.
Status savePlan(FileOps& files, const std::string& path, const Plan& plan);

} // namespace looptax
