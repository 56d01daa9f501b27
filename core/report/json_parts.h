// What the JSON of this room is put together from. Out is a parameter so that only those who call these need all of
// nlohmann/json.
#pragma once

#include "base/json_fwd.h"
#include "base/json_read.h"

#include <optional>
#include <string>

namespace looptax {

// Of a PassKey or a CellKey what both have: target, design, cap, padding, cache mode.
template <class Key, class Out = Json> Out keyJson(const Key& key) {
    return {{"target", key.target},
            {"design", key.design},
            {"cap", orNull(key.cap)},
            {"padding", orNull(key.padding)},
            {"cache_mode", std::string(name(key.cache_mode))}};
}

} // namespace looptax
