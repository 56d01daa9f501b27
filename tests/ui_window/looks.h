// What an eye would complain about, found by measuring: texts with too little room, controls that stand on
// each other or out of their parent, controls without a name.
#pragma once

#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QAccessible>
#include <QComboBox>
#include <QLabel>
#include <QMainWindow>
#include <QMenuBar>
#include <QScrollBar>
#include <QTabBar>
#include <QWidget>

#include <algorithm>

namespace looptax {

inline QString named(const QWidget& widget) {
    QString text;
    if (const auto* button = qobject_cast<const QAbstractButton*>(&widget)) text = button->text();
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) text = label->text().left(40);
    if (text.isEmpty()) text = widget.accessibleName();
    return QStringLiteral("%1 '%2' %3x%4")
        .arg(QLatin1String(widget.metaObject()->className()), text)
        .arg(widget.width())
        .arg(widget.height());
}

inline bool inScrollArea(const QWidget& widget) {
    for (const QWidget* parent = widget.parentWidget(); parent != nullptr; parent = parent->parentWidget())
        if (qobject_cast<const QAbstractScrollArea*>(parent) != nullptr) return true;
    return false;
}

// Every one is a sentence; none: all is well.
inline QStringList cutTexts(const QWidget& root) {
    QStringList out;
    for (const QWidget* widget : root.findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->visibleRegion().isEmpty()) continue;
        const auto* label = qobject_cast<const QLabel*>(widget);
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const bool text = (label != nullptr && !label->text().isEmpty()) || (button != nullptr && !button->text().isEmpty()) ||
                          qobject_cast<const QComboBox*>(widget) != nullptr;
        if (text) {
            const QSize least = widget->minimumSizeHint();
            if (widget->width() < least.width()) out << named(*widget) + QStringLiteral(": too narrow for its text");
            const int height = label != nullptr && label->wordWrap() ? label->heightForWidth(label->width()) : least.height();
            if (widget->height() < height) out << named(*widget) + QStringLiteral(": too low for its text");
        }
        const QWidget* parent = widget->parentWidget();
        if (parent != nullptr && !widget->isWindow() && !inScrollArea(*widget) &&
            !parent->rect().adjusted(-1, -1, 1, 1).contains(widget->geometry()))
            out << named(*widget) + QStringLiteral(": stands out of ") + named(*parent);
        if (const auto* tabs = qobject_cast<const QTabBar*>(widget)) {
            for (int i = 0; i < tabs->count(); ++i)
                if (tabs->tabRect(i).width() < tabs->fontMetrics().horizontalAdvance(tabs->tabText(i)))
                    out << named(*widget) + QStringLiteral(": a tab too narrow for ") + tabs->tabText(i);
        }
        if (const auto* area = qobject_cast<const QAbstractScrollArea*>(widget);
            area != nullptr && area->viewport()->height() < area->fontMetrics().height())
            out << named(*widget) + QStringLiteral(": no room for a line");
    }
    return out;
}

inline QStringList unnamedControls(const QWidget& root) {
    QStringList out;
    for (QWidget* widget : root.findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
        const QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
        if (spoken == nullptr || spoken->text(QAccessible::Name).isEmpty()) {
            QStringList path;
            for (const QWidget* at = widget; at != nullptr && path.size() < 4; at = at->parentWidget())
                path << QLatin1String(at->metaObject()->className());
            out << path.join(QStringLiteral(" in "));
        }
    }
    return out;
}

} // namespace looptax
