// The terminal behind standard output or error: is there one, how wide is it, does it take escapes; and text that fits into it.
#pragma once

#include <string>
#include <string_view>

namespace looptax {

inline constexpr const char* kEraseLine = "\r\x1B[K";

struct Terminal {
    bool rewrites = false; // kEraseLine takes a line back: a terminal, and not one that calls itself dumb
    int columns = 0;       // 0: no terminal, a line may have any length
};
// As it is now: a window may change its size at any time. $COLUMNS counts only where the terminal does not say.
Terminal terminalAt(int descriptor);

// Columns it takes: two for wide East Asian characters and pictures, none for combining marks and controls.
int displayWidth(std::string_view utf8);
// At most so many columns, cut between characters, with "..." where something is left out and there is room for it.
std::string fitted(std::string_view utf8, int columns);

} // namespace looptax
