#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace looptax {

namespace {

// Length of the valid sequence at the front (Unicode 15 table 3-7), 0 when there is none.
std::size_t sequenceLength(std::string_view s) {
    const auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
    const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

template <class Valid, class Invalid> void walk(std::string_view s, Valid onValid, Invalid onInvalid) {
    while (!s.empty()) {
        const std::size_t n = sequenceLength(s);
        if (n == 0) {
            onInvalid(s[0]);
            s.remove_prefix(1);
        } else {
            onValid(s.substr(0, n));
            s.remove_prefix(n);
        }
    }
}

bool isTail(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t editDistance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

} // namespace

std::int64_t codePoints(std::string_view utf8) {
    const auto other = std::find_if(utf8.begin(), utf8.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    std::int64_t n = other - utf8.begin();
    utf8.remove_prefix(std::size_t(n));
    walk(
        utf8, [&](std::string_view) { ++n; }, [&](char) { ++n; });
    return n;
}

bool isValidUtf8(std::string_view bytes) {
    bool valid = true;
    walk(
        bytes, [](std::string_view) {}, [&](char) { valid = false; });
    return valid;
}

std::string repairUtf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    walk(
        bytes, [&](std::string_view s) { out += s; }, [&](char) { out += "\xEF\xBF\xBD"; });
    return out;
}

std::string_view firstBytes(std::string_view utf8, std::size_t bytes) {
    if (utf8.size() <= bytes) return utf8;
    // The character that would be cut begins at most three bytes before. Bytes that are no text are cut where they are.
    for (std::size_t back = 0; back < 4 && back <= bytes; ++back)
        if (!isTail(utf8[bytes - back])) return utf8.substr(0, bytes - back);
    return utf8.substr(0, bytes);
}

std::string_view lastBytes(std::string_view utf8, std::size_t bytes) {
    if (utf8.size() <= bytes) return utf8;
    const std::size_t from = utf8.size() - bytes;
    for (std::size_t on = from; on < from + 4; ++on)
        if (on == utf8.size() || !isTail(utf8[on])) return utf8.substr(on);
    return utf8.substr(from);
}

std::string stripControls(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    walk(
        utf8,
        [&](std::string_view s) {
            const auto c = static_cast<unsigned char>(s[0]);
            const bool c0 = s.size() == 1 && (c < 0x20 || c == 0x7F) && c != '\n' && c != '\t';
            const bool c1 = s.size() == 2 && c == 0xC2 && static_cast<unsigned char>(s[1]) < 0xA0;
            if (!c0 && !c1) out += s;
        },
        [&](char) { out += "\xEF\xBF\xBD"; });
    return out;
}

std::string numberText(double value) {
    if (!std::isfinite(value)) return {};
    char out[64];
    const auto end = std::to_chars(out, out + sizeof out, value);
    return {out, end.ptr};
}

std::string decimalText(double value) {
    const double size = std::abs(value);
    if (!std::isfinite(value) || (size != 0 && (size < 1e-6 || size >= 1e15))) return numberText(value);
    char out[64];
    const auto end = std::to_chars(out, out + sizeof out, value, std::chars_format::fixed);
    return {out, end.ptr};
}

std::string fixedText(double value, int decimals) {
    if (!std::isfinite(value)) return {};
    char out[512];
    const auto end = std::to_chars(out, out + sizeof out, value, std::chars_format::fixed, decimals);
    std::string text(out, end.ptr);
    // "-0.0" is a rounding artefact, not a number anybody measured.
    if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
    return text;
}

std::optional<double> parseNumber(std::string_view text) {
    double value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parseInteger(std::string_view text) {
    std::int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::string> nearestName(std::string_view word, const std::vector<std::string>& candidates) {
    std::optional<std::string> best;
    std::size_t bestDistance = word.size() / 3 + 2;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = editDistance(word, candidate);
        if (distance < bestDistance) {
            bestDistance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += separator;
        out += parts[i];
    }
    return out;
}

std::vector<std::string> splitOn(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (true) {
        const std::size_t at = text.find(separator);
        out.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n\f\v";
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return out;
}

std::string withoutFolder(const std::string& path) {
    if (path.empty() || path.front() != '/') return path;
    return path.substr(path.find_last_of('/') + 1);
}

} // namespace looptax
