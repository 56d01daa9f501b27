#include "domain/api_key.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace looptax {

namespace {

constexpr std::string_view kInstead = "[API key]";
constexpr std::size_t kShortestKey = 4;
constexpr std::size_t kDrawnKey = 12;
constexpr std::size_t kPart = 8;    // shorter ones stand in a text by chance
constexpr std::size_t kTelling = 6; // at the end of a text, where a beginning of the key is expected

bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Names are words and may be long; keys are issued with a known beginning, or are drawn from a large alphabet.
bool looksLikeKey(std::string_view text) {
    constexpr std::array<std::string_view, 17> kIssued{"sk_",         "pk_",    "rk_",  "hf_",  "gsk_", "xai_",
                                                       "nvapi_",      "r8_",    "ghp_", "gho_", "ghs_", "ghu_",
                                                       "github_pat_", "glpat_", "AIza", "AKIA", "eyJ"};
    constexpr std::size_t kIssuedLength = 16;
    if (text.size() >= kIssuedLength && std::any_of(kIssued.begin(), kIssued.end(), [&](std::string_view start) {
            return text.substr(0, start.size()) == start;
        }))
        return true;
    const bool digit = std::any_of(text.begin(), text.end(), isDigit);
    const bool lower = std::any_of(text.begin(), text.end(), isLower);
    const bool upper = std::any_of(text.begin(), text.end(), isUpper);
    if (text.size() >= 20 && digit && lower && upper) return true;
    return text.size() >= 24 && digit && text.find('_') == std::string_view::npos;
}

} // namespace

bool isVariableName(std::string_view text) {
    const auto fits = [](char c) { return isLower(c) || isUpper(c) || isDigit(c) || c == '_'; };
    return !text.empty() && !isDigit(text.front()) && std::all_of(text.begin(), text.end(), fits) && !looksLikeKey(text);
}

Result<std::string> readApiKey(const std::string& variable, std::string_view value) {
    const auto refused = [&](std::string what, std::string hint) {
        return Error{ErrorKind::Plan, "the environment variable " + variable + " " + std::move(what), {}, std::move(hint), 0};
    };
    const std::string_view key = trimmed(value);
    if (value.empty()) return refused("is not set", "export it before the sweep; the plan contains only its name");
    if (key.empty()) return refused("contains only white space", "export it with the key; the plan contains only its name");
    if (key.size() >= 2 && (key.front() == '"' || key.front() == '\'') && key.back() == key.front())
        return refused("contains quotation marks around the key", "export it without them");
    if (key.substr(0, 7) == "Bearer " || key.substr(0, 7) == "bearer ")
        return refused("contains \"Bearer\" before the key", "export the key alone; the word is added when it is sent");
    for (std::size_t i = 0; i < key.size(); ++i) {
        const auto byte = static_cast<unsigned char>(key[i]);
        if (byte > 0x20 && byte < 0x7F) continue;
        const char* what = byte == 0x20                  ? "a blank"
                           : byte < 0x20 || byte == 0x7F ? "a control character"
                                                         : "a character outside ASCII";
        return refused(std::string("contains ") + what + " inside the key, at position " + std::to_string(i + 1),
                       "a key is one word of printable ASCII; export it again");
    }
    return std::string(key);
}

std::string withoutKey(std::string text, std::string_view key) {
    if (key.size() < kShortestKey) return text;
    const std::size_t part = std::min(kPart, key.size());
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::string_view rest = std::string_view(text).substr(at);
        // The longest piece of the key that stands here; the first eight characters decide whether there is one.
        std::size_t length = 0;
        if (rest.size() >= part)
            for (std::size_t from = key.find(rest.substr(0, part)); from != std::string_view::npos;
                 from = key.find(rest.substr(0, part), from + 1)) {
                std::size_t same = part;
                while (same < rest.size() && from + same < key.size() && rest[same] == key[from + same]) ++same;
                length = std::max(length, same);
            }
        if (length == 0 && rest.size() >= kTelling && rest.size() < key.size() && key.substr(0, rest.size()) == rest)
            length = rest.size();
        if (length == 0) {
            out += text[at++];
        } else {
            out += kInstead;
            at += length;
        }
    }
    return out;
}

std::string withoutWholeKey(std::string text, std::string_view key) {
    if (key.size() < kDrawnKey) return text;
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + kInstead.size()))
        text.replace(at, key.size(), kInstead);
    return text;
}

} // namespace looptax
