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

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The line without what other programs add around it: blanks and CR at its end (git with autocrlf, an editor), a byte
// order mark before the first one. The check sum, which covers neither, still decides.
std::string_view withoutAdditions(std::string_view text, bool firstLine);

// True when a whole sealed line may end somewhere in the text. JSON escapes the quotes inside of texts, so a reply that
// quotes a seal does not look like one.
bool holdsSeal(std::string_view text);

} // namespace looptax
