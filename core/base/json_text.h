// The text of a JSON value on one line, as nlohmann's dump() gives it with bytes that are no UTF-8 replaced by U+FFFD. Its own
// writing of strings, for what a turn reads and writes is nearly all text, and dump() looks at each byte as if it were the
// first of several: a fifth of the time between two turns.
#pragma once

#include "base/json_fwd.h"

#include <string>

namespace looptax {

std::string jsonText(const Json& json);

} // namespace looptax
