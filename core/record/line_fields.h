// Members of a journal line that may be of any form: absent rather than an exception.
#pragma once

#include "base/json_fwd.h"

#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

std::optional<std::string> textField(const Json& object, const char* key);
// Positions, attempts and counts: 1 .. 10^9.
std::optional<int> countField(const Json& object, const char* key);

} // namespace looptax
