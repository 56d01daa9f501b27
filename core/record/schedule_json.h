#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/plan.h"
#include "domain/schedule.h"

#include <vector>

namespace looptax {

// The journal's form of an expanded schedule, and back; a run of an unknown target or of the wrong form is an
// error.
Json scheduleToJson(const std::vector<ScheduledRun>& runs, const Plan& plan);
Result<std::vector<ScheduledRun>> scheduleFromJson(const Json& json, const Plan& plan);

} // namespace looptax
