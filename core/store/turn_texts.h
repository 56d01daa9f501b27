#pragma once

#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "base/result.h"
#include "record/journal_line.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

// What the model said, and the state file after the turn where that turn wrote one.
struct TurnTexts {
    std::string reply; // the very bytes
    std::optional<std::string> state;
};
Result<TurnTexts> readTurnTexts(FileOps& files, const std::string& journalPath, LinePlace place);

// The members that a turn_done or turn_fail line adds to the record's columns: `reply`, and `state` when
// given.
void putTurnTexts(Json& fields, std::string_view reply, const std::optional<std::string>& state);

} // namespace looptax
