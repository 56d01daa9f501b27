// How a session's verdicts are come by: the records, and what the program around the window knows of its own
// clock. Must be callable on any thread; takes long for a long session, so the window calls it beside its own.
#pragma once

#include "analysis/verdict.h"
#include "record/record_store.h"

#include <functional>

namespace looptax {

// collecting: planned runs may still be made, and no verdict is announced before them. Empty: the program works out no
// verdicts.
using Analyser = std::function<Analysis(const RecordStore& records, bool collecting)>;

// What reportInputs() goes by, so that board, report and summary.json say the same of a journal: a sweep that was
// killed, or that another process still makes, has written no end. One that was stopped by a person has.
inline bool collecting(const RecordStore& records) { return !records.ended(); }

} // namespace looptax
