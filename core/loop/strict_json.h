// Is a text one JSON value by RFC 8259, and nothing else? Never throws. Stricter than the parser beneath it
// in three points: a raw NUL byte (which ends its input), a byte order mark (which it skips) and nesting
// deeper than 64 are refused. Numbers beyond a double (1e400) are refused too; keys that come twice are only
// reported.
#pragma once

#include <string>
#include <string_view>

namespace looptax {

inline constexpr int kMaxJsonDepth = 64;

struct JsonVerdict {
    bool valid = false;
    bool duplicate_keys = false; // in any object; said only of valid JSON
    std::string problem;         // words a person understands, with line and column; empty when valid
};

JsonVerdict checkJson(std::string_view text);

} // namespace looptax
