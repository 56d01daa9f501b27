#include "report/plain_text.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

namespace {

// U+202A..U+202E and U+2066..U+2069, three bytes each.
bool turnsAround(std::string_view at) {
    if (at.size() < 3 || at[0] != '\xE2') return false;
    const auto second = static_cast<unsigned char>(at[1]), third = static_cast<unsigned char>(at[2]);
    return (second == 0x80 && third >= 0xAA && third <= 0xAE) || (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

} // namespace

std::string shownText(std::string_view text) {
    std::string out = stripControls(text);
    for (std::size_t i = 0; i < out.size(); ++i)
        if (turnsAround(std::string_view(out).substr(i))) out.replace(i, 3, "\xEF\xBF\xBD");
    return out;
}

std::string shownLine(std::string_view text) {
    std::string out = shownText(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return out;
}

std::string htmlText(std::string_view text) {
    std::string out;
    for (const char c : shownText(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

bool isPlainName(std::string_view name) {
    return !name.empty() && name.size() <= 80 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

} // namespace looptax
