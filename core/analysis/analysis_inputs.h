// From the record to what the verdicts are made of: the one place that says which of a session's facts analyse()
// gets, so that report, summary.json and window cannot come to different verdicts.
#pragma once

#include "analysis/instrument.h"
#include "analysis/verdicts.h"
#include "base/json_fwd.h"
#include "record/record_store.h"

#include <memory>
#include <optional>
#include <vector>

namespace looptax {

// By the plan's order; what the runtimes said of themselves comes from the first session line that names them.
// Without a plan the targets of the session lines.
std::vector<AnalysedTarget> analysedTargets(const std::optional<Plan>& plan,
                                            const std::vector<std::shared_ptr<const Json>>& sessions);

// The records must outlive the result, which points into them, and must not grow meanwhile. collecting: a sweep is running.
AnalysisInputs analysisInputs(const RecordStore& records, std::optional<Instrument> instrument, bool collecting);

} // namespace looptax
