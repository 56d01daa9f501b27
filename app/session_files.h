// The files that are derived from a journal: written at the end of a sweep and whenever asked for.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"

#include <string>

namespace looptax {

// turns.csv, replaced as a whole; the same bytes from the same journal.
Status writeDerivedFiles(FileOps& files, const std::string& folder);

Result<std::string> sessionCsv(FileOps& files, const std::string& folder);

} // namespace looptax
