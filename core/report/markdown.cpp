#include "report/markdown.h"

#include "base/text.h"
#include "report/document.h"
#include "report/plain_text.h"

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

std::string table(const std::vector<std::string>& header, const std::vector<std::string>& rule,
                  const std::vector<std::vector<std::string>>& rows) {
    const auto line = [](const std::vector<std::string>& cells) { return "| " + joined(cells, " | ") + " |\n"; };
    std::string out = line(header) + line(rule);
    for (const auto& row : rows) out += line(row);
    return out + "\n";
}

// Markdown knows no escape inside code: the fence grows instead, and a table's border is kept out.
std::string codeSpan(std::string_view text) {
    const std::string clean = shownLine(text);
    std::size_t longest = 0, run = 0;
    for (const char c : clean) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
    const std::string fence(longest + 1, '`');
    const bool pad = !clean.empty() && (clean.front() == '`' || clean.back() == '`');
    return fence + (pad ? " " : "") + clean + (pad ? " " : "") + fence;
}

std::string phraseText(const Phrase& phrase) {
    std::string out;
    for (const Span& span : phrase) {
        if (span.style == Span::Style::Code) out += codeSpan(span.text);
        else if (span.style == Span::Style::Strong) out += "**" + markdownText(span.text) + "**";
        else out += markdownText(span.text);
    }
    return out;
}

struct MarkdownWriter {
    std::string out;

    void operator()(const Heading& block) {
        out += std::string(std::size_t(block.level), '#') + " " + markdownText(block.text) + "\n\n";
    }
    void operator()(const Paragraph& block) { out += phraseText(block.phrase) + "\n\n"; }
    void operator()(const Notice& block) {
        static constexpr const char* kMarks[] = {"Warning", "SIMULATED", "Note"};
        out += "> **" + std::string(kMarks[int(block.kind)]) + ":** " + phraseText(block.phrase) + "\n\n";
    }
    void operator()(const BulletList& block) {
        for (const Phrase& item : block.items) out += "- " + phraseText(item) + "\n";
        out += "\n";
    }
    void operator()(const Table& block) {
        if (!block.caption.empty()) out += "**" + markdownText(block.caption) + "**\n\n";
        std::vector<std::string> header, rule;
        for (const Column& column : block.columns) {
            header.push_back(markdownText(column.title));
            rule.emplace_back(column.number ? "---:" : "---");
        }
        std::vector<std::vector<std::string>> rows;
        for (const auto& row : block.rows) {
            rows.emplace_back();
            for (const std::string& cell : row) rows.back().push_back(markdownText(cell));
        }
        out += table(header, rule, rows);
    }
    void operator()(const CodeBlock& block) { out += markdownFence(block.text, block.language) + "\n"; }
    void operator()(const Quote& block) {
        out += markdownText(block.caption) + "\n\n" + markdownFence(block.text, "text") + "\n";
    }
    void operator()(const Figure& block) {
        out += "![" + markdownText(block.title) + "](charts/" + block.name + ".svg)\n\n";
        if (!block.caption.empty()) out += markdownText(block.caption) + "\n\n";
    }
};

} // namespace

std::string markdownText(std::string_view text) {
    const std::string shown = shownLine(text);
    // Inside a word an underscore is a letter (CommonMark 0.31, 6.2), and max_tokens is found by who looks for it.
    const auto isLetter = [&](std::size_t i) {
        const char c = i < shown.size() ? shown[i] : ' ';
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    std::string out;
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const char c = shown[i];
        if (c == '_' && i > 0 && isLetter(i - 1) && isLetter(i + 1)) {
            out += c;
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '&') {
            out += "&amp;";
        } else {
            if (std::string_view("\\`*_[]|~#!$").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

std::string markdownFence(std::string_view text, std::string_view language) {
    const std::string clean = shownText(text);
    std::size_t longest = 2, run = 0;
    for (const char c : clean) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
    const std::string fence(longest + 1, '`');
    std::string out = fence + std::string(language) + "\n" + clean;
    if (out.back() != '\n') out += '\n';
    return out + fence + "\n";
}

std::string doc::markdownDocument(const Document& document) {
    MarkdownWriter writer;
    writer.out = "# " + markdownText(document.title) + "\n\n";
    for (const Block& block : document.blocks) std::visit(writer, block);
    while (writer.out.size() > 1 && writer.out[writer.out.size() - 2] == '\n') writer.out.pop_back();
    return writer.out;
}

} // namespace looptax
