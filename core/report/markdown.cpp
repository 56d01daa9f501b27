#include "report/markdown.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

std::string markdownText(std::string_view text) {
    std::string out;
    for (const char c : stripControls(text)) {
        if (c == '\n' || c == '\t') {
            out += ' ';
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '&') {
            out += "&amp;";
        } else {
            if (std::string_view("\\`*_[]|~#!$").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

std::string markdownFence(std::string_view text, std::string_view language) {
    const std::string clean = stripControls(text);
    std::size_t longest = 2, run = 0;
    for (const char c : clean)
        longest = std::max(longest, run = c == '`' ? run + 1 : 0);
    const std::string fence(longest + 1, '`');
    std::string out = fence + std::string(language) + "\n" + clean;
    if (out.back() != '\n') out += '\n';
    return out + fence + "\n";
}

std::string markdownTable(const std::vector<std::string>& header,
                          const std::vector<std::vector<std::string>>& rows) {
    const auto line = [](const std::vector<std::string>& cells) {
        return "| " + joined(cells, " | ") + " |\n";
    };
    std::string out = line(header) + line(std::vector<std::string>(header.size(), "---"));
    for (const auto& row : rows)
        out += line(row);
    return out + "\n";
}

} // namespace looptax
