// Raw records, one JSON file a run: schema looptax.run/1. The columns of turns.csv with their names and units, an
// absent value null, and each turn's reply beside them; resources/docs/run-records.md says what every field is.
#pragma once

#include "report/report.h"

#include <string>
#include <vector>

namespace looptax {

// replies: what the model said in each turn of the run, in the order of run.turns; shorter: the rest is null.
std::string runJson(const ReportInputs& in, const RunView& run, const std::vector<std::string>& replies);

// "run-0003-A-n3-run-isolated.json", with "-attempt2" before the dot for a second attempt: unique in a session, and
// nothing in it comes from a name that somebody typed but letters, digits, _ and -.
std::string runFileName(const RunView& run);

} // namespace looptax
