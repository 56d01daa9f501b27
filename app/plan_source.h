// Where a plan comes from: a file, or a preset with targets. Shared by the commands that take one.
#pragma once

#include "app/arguments.h"
#include "base/result.h"
#include "domain/plan_json.h"

#include <string>
#include <vector>

namespace looptax {

struct SourcedPlan {
    Plan plan;
    std::vector<Problem> problems; // of form and of meaning, warnings too
    bool from_file = false;
};

// words[0] is the file; else --preset and --target. A file that cannot be read is an error, a wrong plan is not.
Result<SourcedPlan> planFrom(const Arguments& arguments);

// What a plan of somebody else's may not do unasked: start commands, or talk to another machine.
std::vector<std::string> needsTrust(const Plan& plan);

void printProblems(const std::vector<Problem>& problems); // on stderr, a line each

} // namespace looptax
