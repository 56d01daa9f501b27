#include "html_check.h"

#include "base/base64.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

bool oneOf(const std::string& word, std::initializer_list<const char*> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

class Checker {
public:
    explicit Checker(const std::string& html) : m_html(html) {}

    std::vector<std::string> check() {
        const std::string head = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
        if (m_html.compare(0, head.size(), head) != 0) say("the page begins otherwise");
        m_at = std::string("<!DOCTYPE html>").size();
        while (m_at < m_html.size() && m_problems.empty()) m_html[m_at] == '<' ? tag() : text();
        if (!m_open.empty()) say("not closed: " + m_open.back());
        for (const std::string& id : m_wanted)
            if (m_ids.count(id) == 0) say("no element has the id " + id);
        for (const char* element : {"head title", "h1", "main", "style"})
            if (m_count[element] != 1) say(std::string("not exactly one ") + element);
        return m_problems;
    }

private:
    void say(const std::string& problem) {
        m_problems.push_back(problem + " near: " + m_html.substr(m_at > 60 ? m_at - 60 : 0, 120));
    }
    bool inside(const char* element) const { return std::find(m_open.begin(), m_open.end(), element) != m_open.end(); }

    void text() {
        const std::size_t end = std::min(m_html.find('<', m_at), m_html.size());
        checkReferences(m_html.substr(m_at, end - m_at));
        m_at = end;
    }
    void checkReferences(const std::string& text) {
        for (std::size_t at = text.find('&'); at != std::string::npos; at = text.find('&', at + 1)) {
            const std::string name = text.substr(at + 1, std::min<std::size_t>(text.find(';', at), text.size()) - at - 1);
            if (!oneOf(name, {"amp", "lt", "gt", "quot", "#39", "apos"})) say("an ampersand that is no reference");
        }
        for (const char c : text)
            if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') say("a control character");
    }
    std::string word() {
        const std::size_t begin = m_at;
        while (m_at < m_html.size() && std::string(" \n\t=/>\"'<").find(m_html[m_at]) == std::string::npos) ++m_at;
        return m_html.substr(begin, m_at - begin);
    }
    void spaces() {
        while (m_at < m_html.size() && std::string(" \n\t").find(m_html[m_at]) != std::string::npos) ++m_at;
    }

    void tag() {
        ++m_at;
        if (m_html[m_at] == '/') {
            ++m_at;
            const std::string name = word();
            if (m_open.empty() || m_open.back() != name || m_html[m_at] != '>') return say("closes what is not open");
            m_open.pop_back();
            ++m_at;
            return;
        }
        const std::string name = word();
        if (name.empty()) return say("a bare <");
        ++m_count[name == "title" && inside("head") ? "head title" : name];
        checkElement(name);
        for (;;) {
            spaces();
            if (m_at >= m_html.size()) return say("a tag without its end");
            if (m_html[m_at] == '>' || m_html.compare(m_at, 2, "/>") == 0) break;
            if (!attribute(name)) return;
        }
        if (m_html[m_at] == '/') return say("a self-closing tag");
        ++m_at;
        if (oneOf(name, {"meta", "br", "img"})) return;
        m_open.push_back(name);
        if (name == "style") { // raw text
            m_at = std::min(m_html.find("</style>", m_at), m_html.size());
            if (m_html.find("url(", m_html.find("<style")) < m_at || m_html.find("@import") < m_at) say("a style that fetches");
        }
    }
    void checkElement(const std::string& name) {
        if (!oneOf(name,
                   {"html",  "head",  "meta", "title", "style",   "body", "header", "h1",     "h2",         "h3",    "nav",
                    "ul",    "li",    "a",    "main",  "section", "p",    "strong", "code",   "div",        "table", "caption",
                    "thead", "tbody", "tr",   "th",    "td",      "pre",  "samp",   "figure", "figcaption", "img"}))
            say("an element " + name);
        if (inside("p") && oneOf(name, {"p", "div", "table", "ul", "pre", "figure", "section"})) say(name + " in a paragraph");
    }
    bool attribute(const std::string& element) {
        const std::string name = word();
        if (name.empty() || m_html.compare(m_at, 2, "=\"") != 0) return say("an attribute without quotes"), false;
        m_at += 2;
        const std::size_t end = m_html.find('"', m_at);
        if (end == std::string::npos) return say("an attribute without its end"), false;
        const std::string value = m_html.substr(m_at, end - m_at);
        m_at = end + 1;
        checkReferences(value);
        if (name.rfind("on", 0) == 0 || oneOf(name, {"srcdoc", "srcset", "action", "style", "xlink:href"}))
            say("an attribute " + name);
        const std::string picture = "data:image/svg+xml;base64,";
        if (name == "src" && (element != "img" || value.rfind(picture, 0) != 0 || !fromBase64(value.substr(picture.size()))))
            say("a source outside the page");
        if (name == "alt" && value.empty()) say("a picture without words");
        if (name == "id" && !m_ids.insert(value).second) say("the id " + value + " twice");
        if (name == "href") {
            if (element != "a" || value[0] != '#') say("a link to the outside");
            m_wanted.insert(value.substr(1));
        }
        if (name == "aria-labelledby") m_wanted.insert(value);
        return true;
    }

    const std::string& m_html;
    std::size_t m_at = 0;
    std::vector<std::string> m_open;
    std::set<std::string> m_ids;
    std::set<std::string> m_wanted;
    std::map<std::string, int> m_count;
    std::vector<std::string> m_problems;
};

} // namespace

std::vector<std::string> htmlProblems(const std::string& html) { return Checker(html).check(); }

} // namespace looptax
