// The small pages of the Help menu: what this program is, and every key it listens to.
#pragma once

#include <QDialog>
#include <QList>
#include <QString>

class QMenuBar;
class QWidget;

namespace looptax {

// Version, commit, licence, where the documentation lies.
class AboutPage : public QDialog {
    Q_OBJECT
public:
    explicit AboutPage(QWidget* parent = nullptr);
};

struct ShortcutLine {
    QString menu; // "Sweep"
    QString what; // "Start"
    QString keys;
};
// Read off the menus, so that it cannot differ from them; then the keys that widgets have of their own.
QList<ShortcutLine> shortcutLines(const QMenuBar& menus);

class ShortcutsPage : public QDialog {
    Q_OBJECT
public:
    explicit ShortcutsPage(const QList<ShortcutLine>& lines, QWidget* parent = nullptr);
};

} // namespace looptax
