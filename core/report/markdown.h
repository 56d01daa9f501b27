// Text that is not ours, made harmless in Markdown.
#pragma once

#include <string>
#include <string_view>

namespace looptax {

// One line: no markup, no HTML, no table borders, no control characters.
std::string markdownText(std::string_view text);
// A fence longer than any run of backticks inside.
std::string markdownFence(std::string_view text, std::string_view language);

} // namespace looptax
