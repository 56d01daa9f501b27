// Text that is not ours, made fit to be shown: before any escaping, and whatever the language of the report.
#pragma once

#include <string>
#include <string_view>

namespace looptax {

// Valid UTF-8 without control characters but newline and tab. Characters that turn the direction of writing
// around become U+FFFD: "exe.txt" must not be shown as "txt.exe".
std::string shownText(std::string_view text);
// The same on one line.
std::string shownLine(std::string_view text);

// For element content and for quoted attribute values.
std::string htmlText(std::string_view text);

// A name that can stand in a path, an id and a link as it is: letters, digits, _ and -, 1 to 80 of them.
bool isPlainName(std::string_view name);

} // namespace looptax
