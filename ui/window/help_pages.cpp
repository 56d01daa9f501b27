#include "ui/window/help_pages.h"

#include "base/build_info.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QTableWidget>
#include <QVBoxLayout>

namespace looptax {

namespace {

void addClose(QDialog* dialog, QVBoxLayout* column) {
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    column->addWidget(buttons);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
}

QString withoutMnemonic(QString text) { return text.remove(QLatin1Char('&')); }

void collect(const QMenu& menu, const QString& title, QList<ShortcutLine>& lines) {
    for (const QAction* action : menu.actions()) {
        if (action->menu() != nullptr) collect(*action->menu(), title, lines);
        else if (!action->shortcut().isEmpty())
            lines.push_back({title, withoutMnemonic(action->text()), action->shortcut().toString(QKeySequence::NativeText)});
    }
}

} // namespace

AboutPage::AboutPage(QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("About the loop-tax workbench"));
    auto* name = new QLabel(QStringLiteral("Loop-tax workbench %1").arg(QLatin1String(versionText())), this);
    QFont large = name->font();
    large.setPixelSize(20);
    name->setFont(large);
    auto* text =
        new QLabel(QStringLiteral("Measures what an agent loop costs on a local model: time to first token, tokens read anew and "
                                  "replies judged, turn by turn, for five loop designs.\n\n"
                                  "Commit %1. Qt %2 with Qt Charts.\n"
                                  "Licence: GPL-3.0-or-later; LICENSE and THIRD_PARTY_NOTICES.md stand beside the sources.\n"
                                  "What the numbers mean: README.md. On the command line: looptax --help.")
                       .arg(QLatin1String(buildCommit()), QLatin1String(qVersion())),
                   this);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    text->setMinimumWidth(440);
    auto* column = new QVBoxLayout(this);
    column->addWidget(name);
    column->addWidget(text, 1);
    addClose(this, column);
}

QList<ShortcutLine> shortcutLines(const QMenuBar& menus) {
    QList<ShortcutLine> lines;
    for (const QAction* top : menus.actions())
        if (top->menu() != nullptr) collect(*top->menu(), withoutMnemonic(top->text()), lines);
    const auto own = [&lines](const char* where, const char* what, const char* keys) {
        lines.push_back({QString::fromUtf8(where), QString::fromUtf8(what), QString::fromUtf8(keys)});
    };
    own("Chart", "Point before, point after", "Left, Right");
    own("Chart", "Another curve", "Up, Down");
    own("Chart", "First point, last point", "Home, End");
    own("Chart", "Show the turn of the point", "Return");
    own("Chart", "Closer, further", "+, −");
    own("Chart", "Move what is seen", "Shift+Left, Right, Up, Down");
    own("Chart", "All of it again", "0, Esc");
    own("Turns", "Copy the chosen rows", "Ctrl+C");
    own("Turns", "Follow the newest", "Ctrl+End");
    own("Tabs", "Next tab, tab before", "Ctrl+Tab, Ctrl+Shift+Tab");
    return lines;
}

ShortcutsPage::ShortcutsPage(const QList<ShortcutLine>& lines, QWidget* parent) : QDialog(parent) {
    setWindowTitle(QStringLiteral("Keyboard shortcuts"));
    auto* table = new QTableWidget(int(lines.size()), 3, this);
    table->setAccessibleName(QStringLiteral("Keyboard shortcuts"));
    table->setHorizontalHeaderLabels({QStringLiteral("Where"), QStringLiteral("What"), QStringLiteral("Keys")});
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->verticalHeader()->hide();
    for (int row = 0; row < lines.size(); ++row) {
        table->setItem(row, 0, new QTableWidgetItem(lines[row].menu));
        table->setItem(row, 1, new QTableWidgetItem(lines[row].what));
        table->setItem(row, 2, new QTableWidgetItem(lines[row].keys));
    }
    table->resizeColumnsToContents();
    table->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    auto* column = new QVBoxLayout(this);
    column->addWidget(table);
    addClose(this, column);
    resize(520, 480);
}

} // namespace looptax
