// From a session on disk, or from a store that is still growing, to the numbers its charts are made of.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "store/record_store.h"
#include "ui/charts/chart_source.h"

#include <string>

namespace looptax {

// Times and sizes by the rule of the summaries: complete runs, outcome ok, no turn that carried over; the
// median of each block over its cells of different length, then over blocks. Turns that loaded the model are
// left out. Where the blocks of a turn differ in stratum, the more frequent one is taken and the turn is
// marked mixed.
ChartSource chartSourceOf(const RecordStore& store, const std::string& sessionId);

// A folder that is no session is an error of kind Storage; damage and lines that could not be read become
// warnings.
Result<ChartSource> chartSourceOf(FileOps& files, const std::string& folder);

} // namespace looptax
