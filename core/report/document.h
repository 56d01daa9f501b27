// What a report says, apart from the language it is written in. Texts are raw: a writer escapes every one of
// them, so nothing that a model, a server or a user wrote can become markup, whoever puts it in. report.md
// and report.html are written from the same document and therefore say the same.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Names as short as these would meet their like elsewhere, and two types of one name crash where they meet.
namespace looptax::doc {

struct Span {
    enum class Style { Plain, Strong, Code };
    std::string text;
    Style style = Style::Plain;
};
using Phrase = std::vector<Span>;

inline Phrase plain(std::string text) { return {{std::move(text), Span::Style::Plain}}; }
inline Span strong(std::string text) { return {std::move(text), Span::Style::Strong}; }
inline Span code(std::string text) { return {std::move(text), Span::Style::Code}; }

struct Heading {
    int level = 2; // 2 begins a section, 3 divides it; 1 is the document's title
    std::string text;
};
struct Paragraph {
    Phrase phrase;
};
// What a reader must not miss: a line of its own with a mark.
struct Notice {
    enum class Kind { Warning, Simulated, Note };
    Kind kind = Kind::Warning;
    Phrase phrase;
};
struct BulletList {
    std::vector<Phrase> items;
};
struct Column {
    std::string title;
    bool number = false;  // numbers stand to the right
    bool verdict = false; // its cells begin with a verdict, which a page may colour; the word says it all
};
struct Table {
    std::string caption;
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows; // as many cells as columns; an empty cell is an absent value
};
struct CodeBlock {
    std::string text;
    std::string language; // ours: letters only
};
// Words of a model, quoted as they came but for what a terminal or a browser would obey.
struct Quote {
    std::string caption;
    std::string text;
};
struct Figure {
    std::string name; // of charts/<name>.svg: letters, digits, _ and -
    std::string title;
    std::string description; // what it shows, for a reader who cannot see it; may be empty
    std::string caption;     // what the drawing does not say itself; may be empty
    std::string svg;         // the file's bytes, in which svgProblem() found nothing
};
using Block = std::variant<Heading, Paragraph, Notice, BulletList, Table, CodeBlock, Quote, Figure>;

struct Document {
    std::string title;
    std::vector<Block> blocks;

    template <class T> void add(T block) { blocks.emplace_back(std::move(block)); }
};

std::string markdownDocument(const Document& document); // GitHub's dialect; figures are links into charts/
// HTML5, one file that loads nothing and runs nothing: a Content-Security-Policy says so to the browser too.
std::string htmlDocument(const Document& document);

// Shown in place of a number that the runtime did not give.
inline constexpr const char* kNotReported = "not reported";

} // namespace looptax::doc
