// The files that are derived from a journal: written at the end of a sweep and whenever asked for.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"

#include <string>

namespace looptax {

enum class ReportFormat { Markdown, JsonSummary, Csv };

// The same bytes from the same journal, however often.
Result<std::string> renderSession(FileOps& files, const std::string& folder, ReportFormat format);

// turns.csv, summary.json and report.md, each replaced as a whole. The number of planned runs whose last attempt failed.
Result<int> writeDerivedFiles(FileOps& files, const std::string& folder);

} // namespace looptax
