// Members of a JSON value that may be of any form, and values that may be absent. Out is a parameter so that only those who
// call these need all of nlohmann/json.
#pragma once

#include "base/json_fwd.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

// A text member of an object; empty where there is no such text.
std::string textMember(const Json& object, std::string_view key);

// A value that may be absent: null, never 0.
template <class T, class Out = Json> Out orNull(const std::optional<T>& value) { return value ? Out(*value) : Out(nullptr); }

} // namespace looptax
