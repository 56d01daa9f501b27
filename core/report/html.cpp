#include "base/base64.h"
#include "report/document.h"
#include "report/html_style.h"
#include "report/plain_text.h"
#include "report/svg_file.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace looptax {

using namespace doc;

namespace {

// Nothing may be fetched and nothing may run, whatever got past the escaping.
constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

std::string phraseHtml(const Phrase& phrase) {
    std::string out;
    for (const Span& span : phrase) {
        if (span.style == Span::Style::Code) out += "<code>" + htmlText(shownLine(span.text)) + "</code>";
        else if (span.style == Span::Style::Strong) out += "<strong>" + htmlText(shownLine(span.text)) + "</strong>";
        else out += htmlText(shownLine(span.text));
    }
    return out;
}

// Ids from headings, unique in the file.
class Ids {
public:
    std::string of(const std::string& heading) {
        std::string id = "s";
        for (const char c : heading)
            if (std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 0x80)
                id += char(std::tolower(static_cast<unsigned char>(c)));
            else if (id.back() != '-') id += '-';
        while (id.back() == '-') id.pop_back();
        const int seen = ++m_seen[id];
        return seen == 1 ? id : id + "-" + std::to_string(seen);
    }

private:
    std::map<std::string, int> m_seen;
};

// "supported " for "Supported, trivially"; "" for what is no verdict.
std::string verdictClass(const std::string& text) {
    for (const char* word : {"Supported", "Rejected", "Inconclusive", "Not triggered", "Untestable"})
        if (text.rfind(word, 0) == 0) return "v v-" + std::string(1, char(std::tolower(word[0]))) + " ";
    return {};
}

struct HtmlWriter {
    std::string out;
    std::string contents;
    Ids ids;
    bool inSection = false;

    void operator()(const Heading& block) {
        const std::string id = ids.of(block.text), text = htmlText(shownLine(block.text));
        const std::string tag = "h" + std::to_string(block.level);
        if (block.level == 2) {
            endSection();
            out += "<section aria-labelledby=\"" + id + "\">\n";
            contents += "<li><a href=\"#" + id + "\">" + text + "</a></li>\n";
            inSection = true;
        }
        out += "<" + tag + " id=\"" + id + "\">" + text + "</" + tag + ">\n";
    }
    void operator()(const Paragraph& block) { out += "<p>" + phraseHtml(block.phrase) + "</p>\n"; }
    void operator()(const Notice& block) {
        static constexpr const char* kMarks[] = {"Warning", "SIMULATED", "Note"};
        static constexpr const char* kClasses[] = {"warning", "simulated", "note"};
        out += "<p class=\"notice " + std::string(kClasses[int(block.kind)]) + "\"><strong>" + kMarks[int(block.kind)] +
               ":</strong> " + phraseHtml(block.phrase) + "</p>\n";
    }
    void operator()(const BulletList& block) {
        out += "<ul>\n";
        for (const Phrase& item : block.items) out += "<li>" + phraseHtml(item) + "</li>\n";
        out += "</ul>\n";
    }
    void operator()(const Table& block) {
        const std::string caption = htmlText(shownLine(block.caption));
        // A wide table scrolls by itself, by keyboard too, and the page does not.
        out += "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + caption + "\">\n";
        const bool board =
            std::any_of(block.columns.begin(), block.columns.end(), [](const Column& column) { return column.verdict; });
        out += block.columns.size() == 2 ? "<table class=\"facts\">\n" : board ? "<table class=\"board\">\n" : "<table>\n";
        out += "<caption>" + caption + "</caption>\n<thead>\n<tr>";
        for (const Column& column : block.columns)
            out += std::string("<th scope=\"col\"") + (column.number ? " class=\"n\">" : ">") +
                   htmlText(shownLine(column.title)) + "</th>";
        out += "</tr>\n</thead>\n<tbody>\n";
        for (const auto& row : block.rows) {
            out += "<tr>";
            for (std::size_t i = 0; i < row.size(); ++i)
                cell(row[i], i == 0 && !row[i].empty(), i < block.columns.size() ? block.columns[i] : Column{});
            out += "</tr>\n";
        }
        out += "</tbody>\n</table>\n</div>\n";
    }
    void operator()(const CodeBlock& block) { out += "<pre tabindex=\"0\"><code>" + htmlText(block.text) + "</code></pre>\n"; }
    void operator()(const Quote& block) {
        out += "<figure class=\"quote\">\n<figcaption>" + htmlText(shownLine(block.caption)) +
               "</figcaption>\n<pre dir=\"auto\"><samp>" + htmlText(block.text) + "</samp></pre>\n</figure>\n";
    }
    void operator()(const Figure& block) {
        const std::string alt = block.title + (block.description.empty() ? "" : "\n" + block.description);
        out += std::string("<figure class=\"chart") + (svgIsOnWhite(block.svg) ? " onwhite" : "") + "\">\n<img alt=\"" +
               htmlText(alt) + "\" src=\"data:image/svg+xml;base64," + toBase64(block.svg) + "\">\n";
        if (!block.caption.empty()) out += "<figcaption>" + htmlText(shownLine(block.caption)) + "</figcaption>\n";
        out += "</figure>\n";
    }

    void endSection() {
        if (inSection) out += "</section>\n";
        inSection = false;
    }

private:
    void cell(const std::string& text, bool heads, const Column& column) {
        std::string classes = std::string(text == kNotReported ? "na " : "") + (column.number ? "n " : "");
        if (column.verdict) classes += verdictClass(text);
        const std::string mark = classes.empty() ? "" : " class=\"" + classes.substr(0, classes.size() - 1) + "\"";
        out += heads ? "<th scope=\"row\"" + mark + ">" : "<td" + mark + ">";
        out += htmlText(shownLine(text)) + (heads ? "</th>" : "</td>");
    }
};

} // namespace

std::string doc::htmlDocument(const Document& document) {
    HtmlWriter writer;
    for (const Block& block : document.blocks) std::visit(writer, block);
    writer.endSection();
    const std::string title = htmlText(shownLine(document.title));
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"";
    out += kPolicy;
    out += "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + title +
           "</title>\n<style>\n" + kHtmlStyle + "</style>\n</head>\n<body>\n<header>\n<h1>" + title + "</h1>\n";
    if (!writer.contents.empty()) out += "<nav aria-label=\"Contents\">\n<ul>\n" + writer.contents + "</ul>\n</nav>\n";
    return out + "</header>\n<main>\n" + writer.out + "</main>\n</body>\n</html>\n";
}

} // namespace looptax
