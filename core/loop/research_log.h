// The task: a research log that grows by one entry a turn. Text and entries come from a task pack
// (resources/task). Canonical text is JSON with two-space indent, one key a line, ASCII, no final newline:
// the sizes of the published tables hang on it.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

// A flat object of strings with a `date`; keys in the order they are written.
struct LogEntry {
    std::vector<std::pair<std::string, std::string>> fields;
    std::string date() const; // ISO; empty when there is none
    bool operator==(const LogEntry&) const = default;
};

// How a log is written: newest first with `count` above it, or oldest first with `count` below it, which only
// changes at its end.
enum class LogOrder { NewestFirst, OldestFirst };

// The state of the loop. `note` is the constant key that stands in B, C and D's state and is copied; absent
// in A.
struct LogState {
    std::int64_t count = 0;
    std::vector<LogEntry> log; // in the order it is written
    std::optional<std::pair<std::string, std::string>> note;
    LogOrder order = LogOrder::NewestFirst;
    bool operator==(const LogState&) const = default;
};

std::string canonicalText(const LogState& state);
std::string canonicalText(const LogEntry& entry);
// Any JSON in the same layout; what is not UTF-8 becomes U+FFFD.
std::string canonicalText(const Json& json);

// Characters of the entry as it stands indented inside `log`, without the comma and line end after it.
std::int64_t entryBlockChars(const LogEntry& entry);

// The state a text says, as far as it can be read: an error only where it is no object with a `log` list of
// objects. A value that is no string is kept as its JSON text; a `count` that is no whole number is read as
// the length of `log`. `order` is what the design asks for, taken as it is given: a text is not asked for its
// own.
Result<LogState> readLogState(std::string_view text, LogOrder order = LogOrder::NewestFirst);
LogEntry readLogEntry(const Json& object);
// The number a `count` says when it is a whole one (3 and 3.0, not "3" and not true).
std::optional<std::int64_t> wholeNumber(const Json& value);

// Same count, note and entries word for word; the order of an entry's keys says nothing.
bool sameState(const LogState& a, const LogState& b);
bool sameEntry(const LogEntry& a, const LogEntry& b);

// The right log after one more entry: at the newest end, counted, and held to the newest `cap` where there is
// a cap. A log that was not in its order is sorted, as the task asks.
LogState withEntry(LogState state, const LogEntry& entry, std::optional<int> cap);

} // namespace looptax
