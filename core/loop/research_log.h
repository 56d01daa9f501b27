// The task: a research log that grows by one entry a turn. Text and entries come from a task pack (resources/task).
#pragma once

#include "base/result.h"
#include "domain/message.h"

#include <cstdint>
#include <memory>
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

// The state of the loop. `note` is the constant key that stands in B, C and D's state and is copied; absent in A.
struct LogState {
    std::int64_t count = 0;
    std::vector<LogEntry> log; // newest first
    std::optional<std::pair<std::string, std::string>> note;
    bool operator==(const LogState&) const = default;
};

// Two-space indent, one key a line, ASCII, no final newline.
std::string canonicalText(const LogState& state);
std::string canonicalText(const LogEntry& entry);

} // namespace looptax
