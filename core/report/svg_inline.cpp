#include "report/svg_inline.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace looptax {

namespace {

constexpr std::size_t kMostDepth = 64;

bool oneOf(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool isElement(std::string_view name) {
    return oneOf(name, {"svg", "title", "desc", "defs", "g", "path", "rect", "circle", "ellipse", "line", "text", "polyline",
                        "tspan", "polygon", "linearGradient", "radialGradient", "stop", "clipPath"});
}

// Presentation and geometry; `style`, `class`, `on...` and `href` are not among them.
bool isAttribute(std::string_view name) {
    static const std::set<std::string_view> kNames{"clip-path",
                                                   "clip-rule",
                                                   "cx",
                                                   "cy",
                                                   "d",
                                                   "dominant-baseline",
                                                   "dx",
                                                   "dy",
                                                   "fill",
                                                   "fill-opacity",
                                                   "fill-rule",
                                                   "font-family",
                                                   "font-size",
                                                   "font-style",
                                                   "font-weight",
                                                   "fx",
                                                   "fy",
                                                   "gradientTransform",
                                                   "gradientUnits",
                                                   "height",
                                                   "id",
                                                   "letter-spacing",
                                                   "offset",
                                                   "opacity",
                                                   "points",
                                                   "preserveAspectRatio",
                                                   "r",
                                                   "rx",
                                                   "ry",
                                                   "spreadMethod",
                                                   "stop-color",
                                                   "stop-opacity",
                                                   "stroke",
                                                   "stroke-dasharray",
                                                   "stroke-dashoffset",
                                                   "stroke-linecap",
                                                   "stroke-linejoin",
                                                   "stroke-miterlimit",
                                                   "stroke-opacity",
                                                   "stroke-width",
                                                   "text-anchor",
                                                   "textLength",
                                                   "transform",
                                                   "vector-effect",
                                                   "version",
                                                   "viewBox",
                                                   "width",
                                                   "word-spacing",
                                                   "x",
                                                   "x1",
                                                   "x2",
                                                   "xml:space",
                                                   "xmlns",
                                                   "xmlns:xlink",
                                                   "y",
                                                   "y1",
                                                   "y2"};
    return kNames.count(name) != 0;
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Character data as XML has it, which HTML reads the same way: references to nothing but characters.
bool isPlainData(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '<' || c == '>' || (static_cast<unsigned char>(c) < 0x20 && !isSpace(c))) return false;
        if (c != '&') continue;
        const std::size_t end = text.find(';', at);
        if (end == std::string_view::npos || end - at > 8) return false;
        const std::string_view name = text.substr(at + 1, end - at - 1);
        const bool number = name.size() > 1 && name[0] == '#' &&
                            std::all_of(name.begin() + 1, name.end(), [](char d) { return d >= '0' && d <= '9'; });
        if (!number && !oneOf(name, {"amp", "lt", "gt", "quot", "apos"})) return false;
        at = end;
    }
    return true;
}

// CSS knows several functions that fetch something, in any case of letters.
bool fetches(std::string_view text) {
    const std::string value = lowered(text);
    return value.find("url") != std::string::npos || value.find("src") != std::string::npos ||
           value.find("image") != std::string::npos;
}

class Reader {
public:
    Reader(std::string_view svg, std::string_view name) : m_svg(svg), m_prefix(std::string(name) + ".") {}

    bool read() {
        while (m_at < m_svg.size()) {
            if (skipped("<?", "?>") || skipped("<!--", "-->")) continue;
            if (m_svg.compare(m_at, 2, "<!") == 0) return wrong("a declaration");
            if (m_svg.compare(m_at, 2, "</") == 0 ? !endTag() : m_svg[m_at] == '<' ? !startTag() : !text()) return false;
        }
        if (!m_problem.empty()) return false;
        return m_open.empty() && m_done ? true : wrong("an element without its end");
    }
    const std::string& out() const { return m_out; }
    const std::string& problem() const { return m_problem; }

private:
    bool wrong(const std::string& what) {
        if (m_problem.empty()) m_problem = what;
        return false;
    }
    bool skipped(std::string_view from, std::string_view to) {
        if (m_svg.compare(m_at, from.size(), from) != 0) return false;
        const std::size_t end = m_svg.find(to, m_at + from.size());
        if (end == std::string_view::npos) wrong("a comment without its end");
        m_at = end == std::string_view::npos ? m_svg.size() : end + to.size();
        return true;
    }
    std::string_view word() {
        const std::size_t begin = m_at;
        while (m_at < m_svg.size() && !isSpace(m_svg[m_at]) &&
               std::string_view("=/><\"'").find(m_svg[m_at]) == std::string_view::npos)
            ++m_at;
        return m_svg.substr(begin, m_at - begin);
    }
    void spaces() {
        while (m_at < m_svg.size() && isSpace(m_svg[m_at])) ++m_at;
    }
    bool text() {
        const std::size_t end = std::min(m_svg.find('<', m_at), m_svg.size());
        const std::string_view part = m_svg.substr(m_at, end - m_at);
        m_at = end;
        if (!isPlainData(part)) return wrong("a character reference");
        if (!m_open.empty()) {
            m_out += part;
            return true;
        }
        return std::all_of(part.begin(), part.end(), isSpace) ? true : wrong("text outside the drawing");
    }
    bool endTag() {
        m_at += 2;
        const std::string_view name = word();
        spaces();
        if (m_at >= m_svg.size() || m_svg[m_at] != '>' || m_open.empty() || m_open.back() != name)
            return wrong("an end that nothing began");
        ++m_at;
        m_open.pop_back();
        m_done = m_open.empty();
        m_out += "</" + std::string(name) + ">";
        return true;
    }
    bool startTag() {
        ++m_at;
        const std::string_view name = word();
        if (!isElement(name)) return wrong("an element " + std::string(name.substr(0, 40)));
        if (m_done || m_open.empty() != (name == "svg")) return wrong("an svg element that is not the only one");
        // The content of these two is HTML to a browser.
        if (!m_open.empty() && oneOf(m_open.back(), {"title", "desc"})) return wrong("markup in a description");
        m_out += "<" + std::string(name);
        std::set<std::string_view> seen;
        for (;;) {
            spaces();
            if (m_at >= m_svg.size()) return wrong("an element without its end");
            if (m_svg[m_at] == '>') {
                ++m_at;
                m_out += ">";
                m_open.push_back(name);
                return m_open.size() <= kMostDepth ? true : wrong("elements nested too deeply");
            }
            if (m_svg.compare(m_at, 2, "/>") == 0) {
                m_at += 2;
                m_out += "/>";
                m_done = m_open.empty();
                return true;
            }
            const std::string_view attribute = word();
            if (!isAttribute(attribute) || !seen.insert(attribute).second)
                return wrong("an attribute " + std::string(attribute.substr(0, 40)));
            if (!value(attribute)) return false;
        }
    }
    bool value(std::string_view attribute) {
        spaces();
        if (m_at >= m_svg.size() || m_svg[m_at] != '=') return wrong("an attribute without a value");
        ++m_at;
        spaces();
        const char quote = m_at < m_svg.size() ? m_svg[m_at] : ' ';
        if (quote != '"' && quote != '\'') return wrong("an attribute without quotes");
        const std::size_t end = m_svg.find(quote, ++m_at);
        if (end == std::string_view::npos) return wrong("an attribute without its end");
        const std::string_view text = m_svg.substr(m_at, end - m_at);
        m_at = end + 1;
        if (!isPlainData(text)) return wrong("a value of " + std::string(attribute));
        std::string shown(text);
        if (attribute == "id") {
            shown = m_prefix + shown;
        } else if (attribute.substr(0, 5) == "xmlns") {
            if (shown != (attribute == "xmlns" ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xlink"))
                return wrong("an unknown name space");
        } else if (attribute != "font-family") {
            // References and CSS escapes could spell url( in another way.
            if (shown.find_first_of("&\\") != std::string::npos) return wrong("an escape in " + std::string(attribute));
            if (fetches(shown)) {
                // Nothing but a part of the same drawing.
                if (shown.compare(0, 5, "url(#") != 0 || shown.find_first_of(")'\" ") != shown.size() - 1)
                    return wrong("a reference in " + std::string(attribute));
                shown = "url(#" + m_prefix + shown.substr(5);
            }
        }
        // The page gives the drawing its size; a paper size in millimetres is for the file.
        const bool size = m_open.empty() && (attribute == "width" || attribute == "height");
        if (!size) m_out += " " + std::string(attribute) + "=" + quote + shown + quote;
        return true;
    }

    std::string_view m_svg;
    std::string m_prefix;
    std::size_t m_at = 0;
    std::vector<std::string_view> m_open;
    bool m_done = false;
    std::string m_out;
    std::string m_problem;
};

} // namespace

Result<std::string> inlineSvg(std::string_view svg, std::string_view name) {
    const auto refuse = [&](const std::string& why) {
        return Error{ErrorKind::Corrupt, "this is no drawing of looptax-workbench: it has " + why,
                     "charts/" + std::string(name) + ".svg", "draw it again", 0};
    };
    if (svg.size() > kMostSvgBytes) return refuse("more than 8 MiB");
    if (!isValidUtf8(svg)) return refuse("bytes that are not UTF-8");
    if (svg.substr(0, 3) == "\xEF\xBB\xBF") svg.remove_prefix(3);
    Reader reader(svg, name);
    if (!reader.read()) return refuse(reader.problem());
    return reader.out();
}

namespace {

// Raw text of the first such element: the five entities undone, others left as they are.
std::string elementText(std::string_view svg, const std::string& element) {
    const std::string from = "<" + element + ">";
    const std::size_t begin = svg.find(from), end = svg.find("</" + element + ">");
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    std::string out(svg.substr(begin + from.size(), end - begin - from.size()));
    static constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
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

std::string svgFact(std::string_view svg, std::string_view key) {
    for (const std::string& line : splitOn(elementText(svg, "desc"), '\n'))
        if (line.compare(0, key.size(), key) == 0 && line.compare(key.size(), 2, ": ") == 0) return line.substr(key.size() + 2);
    return {};
}

bool svgIsOnWhite(std::string_view svg) {
    const std::string_view before = svg.substr(0, svg.find('>', std::min(svg.find("<rect"), svg.size())));
    const std::size_t fill = before.rfind("fill=\"#");
    return fill != std::string_view::npos && before.compare(fill + 7, 6, "ffffff") == 0;
}

} // namespace looptax
