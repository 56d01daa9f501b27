#include "ui/turns/plain_pages.h"

#include "base/line_diff.h"
#include "base/text.h"

#include <QFontDatabase>
#include <QTextBlock>
#include <QTextCursor>

#include <cmath>

namespace looptax {

QString shownText(std::string_view bytes) {
    // Cut before it is decoded: a reply of 64 MiB must not be copied four times to show its head.
    const std::string_view head = firstBytes(bytes, std::size_t(kMostShown));
    QString text = QString::fromStdString(repairUtf8(head));
    for (QChar& c : text) {
        const char16_t code = c.unicode();
        if (code < 0x20 && code != '\n' && code != '\t') c = QChar(char16_t(0x2400 + code));
        else if (code == 0x7f) c = QChar(char16_t(0x2421));
        else if (code >= 0x80 && code < 0xa0) c = QChar(char16_t(0xfffd));
        // Marks that turn the direction of what follows could make a reply read as another one.
        else if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069)) c = QChar(char16_t(0xfffd));
    }
    if (head.size() < bytes.size())
        text += QStringLiteral("\n… cut here: %1 more bytes are in the journal").arg(bytes.size() - head.size());
    return text;
}

QFont fixedFont(double pixels) {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(std::max(1, int(std::lround(pixels))));
    return font;
}

PlainPage::PlainPage(const QString& accessibleName, QWidget* parent) : QPlainTextEdit(parent) {
    setReadOnly(true);
    setAccessibleName(accessibleName);
    setTabChangesFocus(true);
    setFont(fixedFont(12));
    setLineWrapMode(QPlainTextEdit::WidgetWidth);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
}

void PlainPage::show(const QString& text) {
    setExtraSelections({});
    setPlainText(text);
}

void PlainPage::showDiff(const std::vector<DiffLine>& lines) {
    QString text;
    for (const DiffLine& line : lines) {
        const char* sign = line.kind == DiffLine::Kind::Both ? "   " : line.kind == DiffLine::Kind::Expected ? " − " : " + ";
        text += QString::fromUtf8(sign) + shownText(line.text) + QLatin1Char('\n');
    }
    if (text.endsWith(QLatin1Char('\n'))) text.chop(1);
    setPlainText(text);
    QList<QTextEdit::ExtraSelection> marks;
    QTextBlock block = document()->begin();
    for (std::size_t i = 0; i < lines.size() && block.isValid(); ++i, block = block.next()) {
        if (lines[i].kind == DiffLine::Kind::Both) continue;
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(block);
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        // A tint of the palette's own: it follows light and dark, and the sign says the same without it.
        QColor tint = palette().color(lines[i].kind == DiffLine::Kind::Got ? QPalette::Highlight : QPalette::Mid);
        tint.setAlpha(lines[i].kind == DiffLine::Kind::Got ? 60 : 90);
        mark.format.setBackground(tint);
        marks << mark;
    }
    setExtraSelections(marks);
}

} // namespace looptax
