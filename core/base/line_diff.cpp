#include "base/line_diff.h"

#include <algorithm>
#include <cstdint>

namespace looptax {

namespace {

std::vector<std::string> linesOf(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        lines.emplace_back(line);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

} // namespace

std::vector<DiffLine> diffLines(std::string_view expected, std::string_view got, std::size_t maxLines) {
    using Kind = DiffLine::Kind;
    const auto a = linesOf(expected);
    const auto b = linesOf(got);
    std::vector<DiffLine> out;
    if (a.size() > maxLines || b.size() > maxLines) {
        for (const auto& line : a) out.push_back({Kind::Expected, line});
        for (const auto& line : b) out.push_back({Kind::Got, line});
        return out;
    }
    // length[i][j]: longest common subsequence of what follows line i of a and line j of b
    const std::size_t width = b.size() + 1;
    std::vector<std::uint16_t> length((a.size() + 1) * width, 0);
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            length[i * width + j] = a[i] == b[j] ? std::uint16_t(length[(i + 1) * width + j + 1] + 1)
                                                 : std::max(length[(i + 1) * width + j], length[i * width + j + 1]);
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            out.push_back({Kind::Both, a[i]});
            ++i;
            ++j;
        } else if (j == b.size() || (i < a.size() && length[(i + 1) * width + j] >= length[i * width + j + 1])) {
            out.push_back({Kind::Expected, a[i++]});
        } else {
            out.push_back({Kind::Got, b[j++]});
        }
    }
    return out;
}

} // namespace looptax
