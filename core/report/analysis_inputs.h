// From the record to what the verdicts are made of: the one place that says which of a session's facts analyse()
// gets, so that report, summary.json and window cannot come to different verdicts.
#pragma once

#include "base/json_fwd.h"
#include "report/report.h"
#include "stats/verdicts.h"

#include <memory>
#include <optional>
#include <vector>

namespace looptax {

// By the plan's order; what the runtimes said of themselves comes from the first session line that names them.
// Without a plan the targets of the session lines.
std::vector<AnalysedTarget> analysedTargets(const std::optional<Plan>& plan,
                                            const std::vector<std::shared_ptr<const Json>>& sessions);

// From anything with the accessors of RecordStore, which this room may not see. The records must outlive the
// result, which points into them, and must not grow meanwhile. collecting: a sweep is running.
template <class Records>
AnalysisInputs analysisInputs(const Records& records, std::optional<Instrument> instrument, bool collecting) {
    AnalysisInputs in;
    in.plan = records.plan();
    in.amendments = records.amendments();
    in.schedule = records.schedule();
    in.runs = &records.runs();
    in.turns = &records.turns();
    in.targets = analysedTargets(records.plan(), records.sessionLines());
    in.instrument = std::move(instrument);
    in.collecting = collecting;
    return in;
}

// The same of a report's inputs, with the calibration they hold.
AnalysisInputs analysisInputs(const ReportInputs& report, bool collecting);

} // namespace looptax
