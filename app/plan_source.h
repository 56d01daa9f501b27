// Where a plan comes from: a file, or a preset with targets. Shared by the commands that take one.
#pragma once

#include "app/arguments.h"
#include "base/result.h"
#include "domain/plan_json.h"
#include "domain/trust.h"

#include <string>
#include <vector>

namespace looptax {

struct SourcedPlan {
    Plan plan;
    std::vector<Problem> problems; // of form and of meaning, warnings too
    Origin origin = Origin::Typed; // Typed or File
    std::string file;              // of a File
};

// words[0] is the file; else --preset and --target. A file that cannot be read is an error, a wrong plan is not.
Result<SourcedPlan> planFrom(const Arguments& arguments);

// What this command line and the user's permissions allow a plan of that origin to do.
Trust trustFrom(const Arguments& arguments, const Plan& plan, Origin origin);

void printProblems(const std::vector<Problem>& problems); // on stderr, a line each

} // namespace looptax
