#include "report/svg_file.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace looptax {

namespace {

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
    {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};

// Character data of XML without a document type: no entities but its five, no control characters.
bool isPlainData(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '<' || (static_cast<unsigned char>(c) < 0x20 && kSpaces.find(c) == kSpaces.npos)) return false;
        if (c != '&') continue;
        const std::string_view name = text.substr(at, text.find(';', at) - at + 1);
        const bool number = name.size() > 3 && name.size() < 10 && name[1] == '#' && name.back() == ';' &&
                            std::all_of(name.begin() + 2, name.end() - 1, [](char d) { return d >= '0' && d <= '9'; });
        if (!number && std::none_of(kEntities.begin(), kEntities.end(), [&](const auto& e) { return e.first == name; }))
            return false;
    }
    return true;
}

struct Tag {
    std::string_view name;
    std::string_view nameSpace; // of xmlns
    bool ends = false;          // </g>
    bool empty = false;         // <g/>
};

// From '<' on; moves `at` behind the tag. False when it is not a well-formed one.
bool readTag(std::string_view svg, std::size_t& at, Tag& tag) {
    const auto has = [&](std::string_view part) { return svg.compare(at, part.size(), part) == 0; };
    const auto word = [&] {
        const std::size_t begin = at;
        at = std::min(svg.find_first_of(" \t\r\n=/><\"'", at), svg.size());
        return svg.substr(begin, at - begin);
    };
    const auto spaces = [&] { at = std::min(svg.find_first_not_of(kSpaces, at), svg.size()); };
    ++at;
    tag.ends = has("/");
    at += tag.ends ? 1 : 0;
    tag.name = word();
    std::set<std::string_view> seen;
    for (spaces(); !has(">") && !has("/>"); spaces()) {
        const std::string_view attribute = word();
        spaces();
        if (attribute.empty() || tag.ends || !has("=") || !seen.insert(attribute).second) return false;
        ++at;
        spaces();
        if (!has("\"") && !has("'")) return false;
        const std::size_t end = svg.find(svg[at], at + 1);
        if (end == svg.npos || !isPlainData(svg.substr(at + 1, end - at - 1))) return false;
        if (attribute == "xmlns") tag.nameSpace = svg.substr(at + 1, end - at - 1);
        at = end + 1;
    }
    tag.empty = has("/>");
    at += tag.empty ? 2 : 1;
    return !tag.name.empty() && !(tag.ends && tag.empty);
}

} // namespace

std::string svgProblem(std::string_view svg) {
    if (svg.size() > kMostSvgBytes) return "it is larger than 8 MiB";
    if (!isValidUtf8(svg)) return "it is not UTF-8";
    std::vector<std::string_view> open;
    bool any = false;
    for (std::size_t at = svg.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0; at < svg.size();) {
        const bool instruction = svg.compare(at, 2, "<?") == 0;
        if (instruction || svg.compare(at, 4, "<!--") == 0) {
            const std::string_view ending = instruction ? "?>" : "-->";
            const std::size_t end = svg.find(ending, at + (instruction ? 2 : 4));
            if (end == svg.npos) return "it is cut off in a comment";
            at = end + ending.size();
        } else if (svg.compare(at, 2, "<!") == 0) {
            return "it has a document type or a CDATA section";
        } else if (svg[at] == '<') {
            Tag tag;
            if (!readTag(svg, at, tag)) return "it is cut off or has a malformed tag";
            if (tag.ends) {
                if (open.empty() || open.back() != tag.name) return "its elements are not nested properly";
                open.pop_back();
            } else {
                if (open.empty() && (any || tag.name != "svg" || tag.nameSpace != "http://www.w3.org/2000/svg"))
                    return "it is not one svg element";
                any = true;
                if (!tag.empty) open.push_back(tag.name);
            }
        } else {
            const std::size_t end = std::min(svg.find('<', at), svg.size());
            const std::string_view text = svg.substr(at, end - at);
            if (open.empty() && text.find_first_not_of(kSpaces) != text.npos) return "it has text outside the drawing";
            if (!isPlainData(text)) return "it has an unknown character reference";
            at = end;
        }
    }
    return open.empty() && any ? "" : "it is cut off";
}

namespace {

// Raw text of the first such element: the five entities undone, others left as they are.
std::string elementText(std::string_view svg, const std::string& element) {
    const std::string from = "<" + element + ">";
    const std::size_t begin = svg.find(from), end = svg.find("</" + element + ">");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    std::string out(svg.substr(begin + from.size(), end - begin - from.size()));
    for (std::size_t at = out.find('&'); at != std::string::npos; at = out.find('&', at + 1))
        for (const auto& [entity, c] : kEntities)
            if (out.compare(at, entity.size(), entity) == 0) {
                out.replace(at, entity.size(), 1, c);
                break;
            }
    return out;
}

} // namespace

std::string svgTitle(std::string_view svg) { return elementText(svg, "title"); }

std::string svgDescription(std::string_view svg) { return elementText(svg, "desc"); }

std::string svgFact(std::string_view svg, std::string_view key) {
    for (const std::string& line : splitOn(svgDescription(svg), '\n'))
        if (line.compare(0, key.size(), key) == 0 && line.compare(key.size(), 2, ": ") == 0) return line.substr(key.size() + 2);
    return {};
}

bool svgIsOnWhite(std::string_view svg) {
    const std::string_view before = svg.substr(0, svg.find('>', std::min(svg.find("<rect"), svg.size())));
    const std::size_t fill = before.rfind("fill=\"#");
    return fill != std::string_view::npos && before.compare(fill + 7, 6, "ffffff") == 0;
}

} // namespace looptax
