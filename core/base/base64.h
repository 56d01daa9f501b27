// Base64 (RFC 4648, padded): bytes that are not UTF-8 in JSON, pictures in HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

std::string toBase64(std::string_view bytes);
// Absent unless the text is what toBase64() would write: no white space, no missing padding.
std::optional<std::string> fromBase64(std::string_view text);

} // namespace looptax
