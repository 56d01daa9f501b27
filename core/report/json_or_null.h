// A value that may be absent, as JSON: null, never 0.
#pragma once

#include "base/json_fwd.h"

#include <optional>

namespace looptax {

// Out is a parameter so that only those who call it need all of nlohmann/json.
template <class T, class Out = Json> Out orNull(const std::optional<T>& value) {
    return value ? Out(*value) : Out(nullptr);
}

} // namespace looptax
