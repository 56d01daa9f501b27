// From a session on disk, or from a store as it stands, to the numbers its charts are made of: a SourceKeeper
// that has read everything.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "chart/source_keeper.h"
#include "record/record_store.h"

#include <string>

namespace looptax {

// Of this program: its designs, its published study.
ChartReference chartReference();

ChartSource chartSourceOf(const RecordStore& store, const std::string& sessionId);

// A folder that is no session is an error of kind Storage; damage and lines that could not be read become
// warnings.
Result<ChartSource> chartSourceOf(FileOps& files, const std::string& folder);

} // namespace looptax
