// Two session folders beside each other, for the command and for the window.
#pragma once

#include "analysis/compare.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "report/document.h"

#include <string>
#include <vector>

namespace looptax {

enum class CompareFormat { Markdown, Html, JsonNumbers };

// What both folders hold, compared. wanted: targets that a person set side by side.
Result<doc::Document> compareFolders(FileOps& files, const std::string& first, const std::string& second,
                                     const std::vector<TargetPair>& wanted);
Result<std::string> renderComparison(FileOps& files, const std::string& first, const std::string& second,
                                     const std::vector<TargetPair>& wanted, CompareFormat format);
// One session beside the published tables; of the rendered form JSON is not offered.
Result<doc::Document> folderBesidePublished(FileOps& files, const std::string& folder);
Result<std::string> renderBesidePublished(FileOps& files, const std::string& folder, CompareFormat format);

} // namespace looptax
