#include "base/json_spans.h"

#include "base/json_fwd.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// One past the brace that closes the object begun at `begin`; npos when it is never closed.
std::size_t objectEnd(std::string_view text, std::size_t begin) {
    int depth = 0;
    bool inString = false;
    for (std::size_t i = begin; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\') ++i;
            if (c == '"') inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

} // namespace

std::vector<TextSpan> jsonObjectSpans(std::string_view text) {
    constexpr int kTries = 64; // each looks at all that follows: a text of nothing but braces must end soon
    std::vector<TextSpan> out;
    std::size_t at = text.find('{');
    for (int tries = 0; at != std::string_view::npos && tries < kTries; ++tries) {
        const std::size_t end = objectEnd(text, at);
        if (end != std::string_view::npos && Json::accept(text.substr(at, end - at))) {
            out.push_back({at, end});
            at = text.find('{', end);
            continue;
        }
        at = text.find('{', at + 1);
    }
    return out;
}

} // namespace looptax
