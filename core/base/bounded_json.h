// Reads JSON of which nobody knows how deep or how long it is: a journal may have been damaged, or made to hurt.
#pragma once

#include "base/json_fwd.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace looptax {

constexpr int kMaxLineDepth = 64;
// A value costs some 40 bytes of memory for one or two in the file: 96 MiB of "[0,0,0..." would take gigabytes.
constexpr std::size_t kMaxLineValues = 2'000'000;

// Nothing if the text is no JSON, nests deeper than kMaxLineDepth or holds more than kMaxLineValues values; what was
// read until then is thrown away. Never throws. Of a key that stands twice in an object, the first is the one found.
std::optional<Json> parseBounded(std::string_view text);

} // namespace looptax
