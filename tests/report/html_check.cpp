#include "html_check.h"

#include "base/base64.h"
#include "report/plain_text.h"
#include "support/places.h"
#include "support/temp_folder.h"

#include <QProcess>

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

namespace {

using namespace doc;

void addPhrase(const Phrase& phrase, std::string& out) {
    for (const Span& span : phrase) out += span.text;
}

// In the order of a page.
std::string textOf(const Document& document) {
    static constexpr const char* kMarks[] = {"Warning:", "SIMULATED:", "Note:"};
    std::string out = document.title;
    for (const Block& block : document.blocks)
        if (const auto* heading = std::get_if<Heading>(&block); heading && heading->level == 2) out += heading->text;
    for (const Block& block : document.blocks) {
        if (const auto* heading = std::get_if<Heading>(&block)) out += heading->text;
        if (const auto* paragraph = std::get_if<Paragraph>(&block)) addPhrase(paragraph->phrase, out);
        if (const auto* notice = std::get_if<Notice>(&block)) {
            out += kMarks[int(notice->kind)];
            addPhrase(notice->phrase, out);
        }
        if (const auto* list = std::get_if<BulletList>(&block))
            for (const Phrase& item : list->items) addPhrase(item, out);
        if (const auto* table = std::get_if<Table>(&block)) {
            out += table->caption;
            for (const Column& column : table->columns) out += column.title;
            for (const auto& row : table->rows)
                for (const std::string& cell : row) out += cell;
        }
        if (const auto* code = std::get_if<CodeBlock>(&block)) out += code->text;
        if (const auto* quote = std::get_if<Quote>(&block)) out += quote->caption + quote->text;
        if (const auto* figure = std::get_if<Figure>(&block)) out += figure->caption;
    }
    return shownText(out);
}

// Of the body, without its tags and with its references undone.
std::string textOf(const std::string& html) {
    std::string out;
    for (std::size_t at = html.find("<body>"); at < html.size(); ++at) {
        if (html[at] == '<') {
            at = html.find('>', at);
        } else if (html[at] == '&') {
            static const std::map<std::string, char> kReferences{
                {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"#39", '\''}};
            const std::size_t end = html.find(';', at);
            out += kReferences.at(html.substr(at + 1, end - at - 1));
            at = end;
        } else {
            out += html[at];
        }
    }
    return out;
}

std::string withoutSpaces(std::string text) {
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\n' || c == '\t'; }), text.end());
    return text;
}

} // namespace

std::string differenceFromPage(const Document& document, const std::string& html) {
    const std::string said = withoutSpaces(textOf(document)), shown = withoutSpaces(textOf(html));
    if (said == shown) return {};
    const auto at = std::size_t(std::mismatch(said.begin(), said.end(), shown.begin(), shown.end()).first - said.begin());
    return "document: " + said.substr(at, 100) + "\npage: " + shown.substr(at, 100);
}

std::string validatorProblems(const std::vector<std::pair<std::string, std::string>>& pages) {
    const TempFolder folder;
    QStringList arguments{QStringLiteral(LOOPTAX_SOURCE_DIR "/tests/report/validate_html.py")};
    for (const auto& [name, html] : pages) {
        spit(folder.file(name + ".html"), html);
        arguments.push_back(QString::fromStdString(folder.file(name + ".html")));
    }
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(LOOPTAX_PYTHON), arguments);
    if (!process.waitForFinished(60'000)) return "the validators did not end";
    const std::string said = process.readAll().toStdString();
    return process.exitCode() == 0 ? std::string() : said;
}

} // namespace looptax
