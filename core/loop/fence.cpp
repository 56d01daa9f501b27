#include "loop/fence.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::string_view kBlank = " \t";

struct Line {
    std::string_view text; // without its end
    std::size_t begin = 0;
    std::size_t next = 0; // where the next line begins
};

Line lineAt(std::string_view text, std::size_t begin) {
    const auto* const from = text.data() + begin;
    const std::size_t end =
        std::size_t(std::find_if(from, text.data() + text.size(), [](char c) { return c == '\n' || c == '\r'; }) - text.data());
    std::size_t next = end;
    if (next < text.size()) next += text.substr(next, 2) == "\r\n" ? 2 : 1;
    return {text.substr(begin, end - begin), begin, next};
}

struct Marker {
    char kind = 0; // 0 = the line is no fence
    std::size_t length = 0;
    std::string_view rest; // of the line, after the marker
};

Marker markerOf(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    if (indent > 3 || indent == line.size()) return {};
    const char kind = line[indent];
    if (kind != '`' && kind != '~') return {};
    const std::size_t end = std::min(line.find_first_not_of(kind, indent), line.size());
    if (end - indent < 3) return {};
    return {kind, end - indent, line.substr(end)};
}

bool closes(const Marker& opening, std::string_view line) {
    const Marker marker = markerOf(line);
    return marker.kind == opening.kind && marker.length >= opening.length &&
           marker.rest.find_first_not_of(kBlank) == std::string_view::npos;
}

std::string_view firstWord(std::string_view info) {
    const std::size_t begin = info.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    const std::size_t end = std::min(info.find_first_of(kBlank, begin), info.size());
    return info.substr(begin, end - begin);
}

std::string_view withoutLineEnd(std::string_view text) {
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    return text;
}

} // namespace

std::vector<FencedBlock> fencedBlocks(std::string_view text) {
    std::vector<FencedBlock> out;
    for (std::size_t at = 0; at < text.size();) {
        const Line line = lineAt(text, at);
        at = line.next;
        const Marker opening = markerOf(line.text);
        const bool tickInInfo = opening.kind == '`' && opening.rest.find('`') != std::string_view::npos;
        if (opening.kind == 0 || tickInInfo) continue;
        FencedBlock block{firstWord(opening.rest), {}, line.begin, text.size(), false};
        std::size_t contentEnd = text.size();
        while (at < text.size() && !block.closed) {
            const Line inner = lineAt(text, at);
            at = inner.next;
            if (closes(opening, inner.text)) {
                block.closed = true;
                block.end = inner.next;
                contentEnd = inner.begin;
            }
        }
        block.content = withoutLineEnd(text.substr(line.next, contentEnd - line.next));
        out.push_back(block);
    }
    return out;
}

bool isJsonFence(const FencedBlock& block) { return lowered(block.language) == "json"; }

} // namespace looptax
