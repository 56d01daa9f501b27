// A line of journal.jsonl apart from the file it stands in: one JSON object,
// {"v":1,"seq":n,"type":...,...,"crc":"8 hex"} + LF, CRC-32C over the bytes before ,"crc". seq counts from 1.
#pragma once

#include "base/json_fwd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

inline constexpr int kJournalVersion = 1;
// Longer lines are neither written nor read: a hostile file must not fill the memory. The longest honest one
// holds a 64 MiB reply as base64 (bytes_json.h).
inline constexpr std::size_t kMaxJournalLine = std::size_t(96) << 20;

// Where a line stands in the file, so that a reply can be read again instead of being kept in memory. Bytes,
// LF included.
struct LinePlace {
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

// A line as it stands in the file. Line types: session plan warmup run_start turn_start turn_done turn_fail
// run_end amendment note session_end; others (of a newer version) are kept and passed on.
struct JournalLine {
    std::int64_t seq = 0;
    std::string type;
    std::shared_ptr<const Json> body; // the whole object but crc; immutable, shared
    LinePlace place;
};

// "{...,\"crc\":\"...\"}\n" of a body that has v, seq and type already. Bytes that are not UTF-8 become
// U+FFFD: what must not lose a byte goes through putBytes().
std::string sealLine(const Json& body);

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
