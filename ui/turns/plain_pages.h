// Text that a model or a server wrote, made safe to look at: plain, control characters written out, cut where
// it is huge.
#pragma once

#include <QFont>
#include <QPlainTextEdit>
#include <QString>

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct DiffLine;

// Control characters but line end and tab become their picture (U+2400...), bytes that are not UTF-8 U+FFFD.
// More than kMostShown characters are cut, with a line that says so.
inline constexpr int kMostShown = 400'000;
QString shownText(std::string_view bytes);

QFont fixedFont(double pixels);

// A read-only page of such text; never rich.
class PlainPage : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit PlainPage(const QString& accessibleName, QWidget* parent = nullptr);
    void show(const QString& text);
    using QPlainTextEdit::show;
    // Lines of both bare, expected ones marked with a minus, what came instead with a plus and bold.
    void showDiff(const std::vector<DiffLine>& lines);
};

} // namespace looptax
