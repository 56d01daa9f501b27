// Is the plan one that can be run? Every problem at once, each with its path.
#pragma once

#include "domain/design.h"
#include "domain/plan.h"
#include "domain/plan_json.h"

#include <vector>

namespace looptax {

std::vector<Problem> checkPlan(const Plan& plan, const Catalogue& catalogue);

bool hasErrors(const std::vector<Problem>& problems); // anything but warnings

} // namespace looptax
