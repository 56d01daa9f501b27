// Plans from files and into them, as values: what could be read, every mistake, and what a plan of somebody
// else's must be allowed first.
#pragma once

#include "base/file_ops.h"
#include "domain/plan_json.h"

#include <string>
#include <vector>

namespace looptax {

struct LoadedPlan {
    Plan plan;
    std::vector<Problem> mistakes; // of form
    std::vector<Problem> trust;    // commands it would start, machines it would talk to
};

// An error when nothing of a plan could be read: no such file, no JSON, no object. ownCommand: what the
// embedded runtime is started with, which needs no leave.
Result<LoadedPlan> loadPlan(FileOps& files, const std::string& path, const std::string& ownCommand);

// Whole or not at all: the old file stays when anything fails.
Status savePlan(FileOps& files, const std::string& path, const Plan& plan);

std::vector<Problem> trustNeeded(const Plan& plan, const std::string& ownCommand);

} // namespace looptax
