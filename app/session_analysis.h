// The verdicts of a session, and more repeats of it, for the window: by the same inputs as every report.
#pragma once

#include "analysis/verdict.h"
#include "base/clock.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "record/record_store.h"

#include <string>

namespace looptax {

// With the calibration that reports quote. On any thread.
Analysis analysisOf(FileOps& files, const RecordStore& records, bool collecting);

// Amends the session so that every cell is run that many times more; resuming it makes them.
Status addRepeats(FileOps& files, const Clock& clock, const std::string& folder, int more);

} // namespace looptax
