// What a record says twice must agree: numbers that follow from its own stamps, counts and reply are worked
// out again.
#pragma once

#include "domain/turn_record.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Sentences about what does not agree; empty when all does. reply: the bytes that the journal holds.
std::vector<std::string> contradictions(const TurnRecord& record, const std::optional<std::string>& reply);

} // namespace looptax
