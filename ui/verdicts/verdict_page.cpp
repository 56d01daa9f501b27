#include "ui/verdicts/verdict_page.h"

#include <QTextCursor>

namespace looptax {

VerdictPage::VerdictPage(QWidget* parent) : QTextEdit(parent) {
    setReadOnly(true);
    setAcceptRichText(false);
    setTabChangesFocus(true);
    setAccessibleName(QStringLiteral("The verdict in full"));
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setPlaceholderText(QStringLiteral("Choose a verdict to read its rule, what was seen and what would decide it."));
}

void VerdictPage::show(const std::vector<VerdictParagraph>& paragraphs) {
    QString whole;
    for (const VerdictParagraph& paragraph : paragraphs)
        whole += paragraph.heading + QLatin1Char('\n') + paragraph.text + QLatin1Char('\n');
    if (whole == m_shown) return; // a selection for copying stays
    m_shown = whole;
    clear();
    QTextCursor cursor(document());
    QTextBlockFormat block;
    block.setBottomMargin(4);
    QTextCharFormat plain;
    QTextCharFormat bold;
    bold.setFontWeight(QFont::Bold);
    for (std::size_t i = 0; i < paragraphs.size(); ++i) {
        if (i == 0) cursor.setBlockFormat(block);
        else cursor.insertBlock(block);
        cursor.insertText(paragraphs[i].heading, bold);
        cursor.insertText(QStringLiteral("  ") + paragraphs[i].text, plain);
    }
    moveCursor(QTextCursor::Start);
}

} // namespace looptax
