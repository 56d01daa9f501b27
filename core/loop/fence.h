// Fenced code blocks by CommonMark's rule (0.31, section 4.5), as they stand outside lists and quotes: three
// or more backticks or tildes, indented by at most three spaces; the info string of a backtick fence holds no
// backtick; the closing fence is of the same kind, at least as long, and has nothing after it; an unclosed
// fence runs to the end.
#pragma once

#include <string_view>
#include <vector>

namespace looptax {

struct FencedBlock {
    std::string_view language; // first word of the info string, as written
    std::string_view content;  // the lines between, without the line end before the closing fence
    std::size_t begin = 0;     // of the opening fence's line, in the text
    std::size_t end = 0;       // one past the closing fence's line
    bool closed = false;
};

// The views point into the text. Lines end with LF, CRLF or CR.
std::vector<FencedBlock> fencedBlocks(std::string_view text);

bool isJsonFence(const FencedBlock& block); // `json` in any case

} // namespace looptax
