#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "record/record_store.h"
#include "store/journal.h"

#include <string>

namespace looptax {

// Reads a whole session read-only. Damage is reported in the result, not hidden; what could be read is there. A journal
// of which not one line could be read is an error.
struct LoadedSession {
    RecordStore store;
    JournalRead read;
};
Result<LoadedSession> loadSession(FileOps& files, const std::string& folder);

} // namespace looptax
