// How a session's verdicts are come by: the records, and what the program around the window knows of its own
// clock. Must be callable on any thread; takes long for a long session, so the window calls it beside its own.
#pragma once

#include "stats/verdict.h"
#include "store/record_store.h"

#include <functional>

namespace looptax {

// collecting: a sweep is running, and no verdict is announced. Empty: the program works out no verdicts.
using Analyser = std::function<Analysis(const RecordStore& records, bool collecting)>;

} // namespace looptax
