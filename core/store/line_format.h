// The form of one journal line, apart from the file it stands in.
#pragma once

#include "store/journal.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

struct ParsedLine {
    std::optional<JournalLine> line; // its place is not filled in
    bool newer = false;              // v is above kJournalVersion
    std::string problem;             // why there is no line
};

// A line without its LF. Never throws; hostile depth and size are refused (bounded_json.h).
ParsedLine parseLine(std::string_view text);

} // namespace looptax
