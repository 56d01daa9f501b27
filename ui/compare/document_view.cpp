#include "ui/compare/document_view.h"

#include "ui/widgets/panel_look.h"

#include <QEvent>
#include <QScrollBar>
#include <QUrl>

#include <variant>

namespace looptax {

namespace {

QString escaped(const std::string& text) { return QString::fromStdString(text).toHtmlEscaped(); }

class RichText {
public:
    explicit RichText(const Theme& theme) : m_theme(theme) {}

    QString out;

    void operator()(const doc::Heading& block) {
        const QString level = QString::number(block.level < 3 ? 2 : 3);
        out += QStringLiteral("<h%1>%2</h%1>").arg(level, escaped(block.text));
    }
    void operator()(const doc::Paragraph& block) { out += QStringLiteral("<p>") + phrase(block.phrase) + QStringLiteral("</p>"); }
    void operator()(const doc::Notice& block) {
        const bool note = block.kind == doc::Notice::Kind::Note;
        const QString word = note                                         ? QStringLiteral("Note:")
                             : block.kind == doc::Notice::Kind::Simulated ? QStringLiteral("SIMULATED:")
                                                                          : QStringLiteral("Warning:");
        const QColor colour = note                                         ? m_theme.text
                              : block.kind == doc::Notice::Kind::Simulated ? m_theme.trouble
                                                                           : m_theme.caution;
        out += QStringLiteral("<p><b style=\"color:%1\">%2</b> %3</p>").arg(colour.name(), word, phrase(block.phrase));
    }
    void operator()(const doc::BulletList& block) {
        out += QStringLiteral("<ul>");
        for (const doc::Phrase& item : block.items) out += QStringLiteral("<li>") + phrase(item) + QStringLiteral("</li>");
        out += QStringLiteral("</ul>");
    }
    void operator()(const doc::Table& block) {
        out += QStringLiteral("<p><b>%1</b></p><table cellspacing=\"0\" cellpadding=\"4\" border=\"1\" "
                              "style=\"border-collapse:collapse; border-color:%2\"><thead><tr>")
                   .arg(escaped(block.caption), m_theme.faint_text.name());
        for (const doc::Column& column : block.columns) cell("th", column, column.title);
        out += QStringLiteral("</tr></thead>");
        for (const auto& row : block.rows) {
            out += QStringLiteral("<tr>");
            for (std::size_t i = 0; i < row.size() && i < block.columns.size(); ++i) cell("td", block.columns[i], row[i]);
            out += QStringLiteral("</tr>");
        }
        out += QStringLiteral("</table><p></p>");
    }
    void operator()(const doc::CodeBlock& block) {
        out += QStringLiteral("<pre>") + escaped(block.text) + QStringLiteral("</pre>");
    }
    void operator()(const doc::Quote& block) {
        out += QStringLiteral("<p>%1</p><pre>%2</pre>").arg(escaped(block.caption), escaped(block.text));
    }
    void operator()(const doc::Figure& block) { out += QStringLiteral("<p><i>%1</i></p>").arg(escaped(block.title)); }

private:
    void cell(const char* tag, const doc::Column& column, const std::string& text) {
        out += QStringLiteral("<%1 align=\"%2\">%3</%1>")
                   .arg(QLatin1String(tag), column.number ? QStringLiteral("right") : QStringLiteral("left"), escaped(text));
    }
    static QString phrase(const doc::Phrase& phrase) {
        QString out;
        for (const doc::Span& span : phrase) {
            const QString text = escaped(span.text);
            out += span.style == doc::Span::Style::Strong ? QStringLiteral("<b>%1</b>").arg(text)
                   : span.style == doc::Span::Style::Code ? QStringLiteral("<code>%1</code>").arg(text)
                                                          : text;
        }
        return out;
    }

    Theme m_theme;
};

} // namespace

QString richText(const doc::Document& document, const Theme& theme) {
    RichText writer(theme);
    writer.out = QStringLiteral("<h1>%1</h1>").arg(escaped(document.title));
    for (const doc::Block& block : document.blocks) std::visit(writer, block);
    return writer.out;
}

DocumentView::DocumentView(QWidget* parent) : QTextBrowser(parent) {
    setOpenLinks(false);
    setOpenExternalLinks(false);
    setUndoRedoEnabled(false);
    document()->setDocumentMargin(10);
    // The caret too: a table is read and copied without a mouse.
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
}

void DocumentView::show(doc::Document document) {
    m_document = std::move(document);
    fill();
    verticalScrollBar()->setValue(0);
}

void DocumentView::fill() {
    if (m_document.title.empty() && m_document.blocks.empty()) return clear();
    const Theme theme = themeFor(palette());
    document()->setDefaultStyleSheet(
        QStringLiteral("h1 { font-size: 17px; } h2 { font-size: 15px; margin-top: 14px; } h3 { font-size: 13px; } "
                       "th { font-weight: bold; }"));
    const int at = verticalScrollBar()->value();
    setHtml(richText(m_document, theme));
    verticalScrollBar()->setValue(at);
}

QVariant DocumentView::loadResource(int, const QUrl&) { return {}; }

void DocumentView::changeEvent(QEvent* event) {
    QTextBrowser::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) fill();
}

} // namespace looptax
