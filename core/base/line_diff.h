// The lines of two texts side by side: which are in both, which only in the one or the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct DiffLine {
    enum class Kind { Both, Expected, Got };
    Kind kind = Kind::Both;
    std::string text;
    bool operator==(const DiffLine&) const = default;
};

// Longest common subsequence of lines. Texts of more than maxLines lines are not compared: all of the
// expected, then all of what was got.
std::vector<DiffLine> diffLines(std::string_view expected, std::string_view got, std::size_t maxLines = 2'000);

} // namespace looptax
