// What a person does to a panel: finds a control by the name a screen reader says, brings it into view,
// clicks and types.
#pragma once

#include "ui/plan/plan_panel.h"
#include "ui/widgets/field_mark.h"
#include "ui/widgets/fold.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollArea>
#include <QTest>
#include <QToolButton>

#include <memory>

namespace looptax {

// Layouts settle in several rounds: a label that wraps changes the height of all above it.
inline void settle() {
    for (int i = 0; i < 5; ++i) {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QCoreApplication::processEvents();
    }
}

// The nth visible one of that name from the top; null: a person would not find it.
template <class Control> Control* find(QWidget& root, const QString& name, int nth = 0) {
    settle();
    for (auto* control : root.findChildren<Control*>()) {
        const auto* button = qobject_cast<QAbstractButton*>(static_cast<QWidget*>(control));
        QString words = button != nullptr ? button->text().remove(QLatin1Char('&')) : QString();
        if (!control->isVisibleTo(&root)) continue;
        if (control->accessibleName() != name && words != name) continue;
        if (nth-- == 0) return control;
    }
    return nullptr;
}

inline void bringIntoView(QWidget* control) {
    settle();
    for (QWidget* above = control->parentWidget(); above != nullptr; above = above->parentWidget())
        if (auto* area = qobject_cast<QScrollArea*>(above)) area->ensureWidgetVisible(control);
    settle();
}

inline void click(QWidget* control) {
    bringIntoView(control);
    QPoint at = control->rect().center();
    if (qobject_cast<QCheckBox*>(control) != nullptr) at.setX(8); // on the box: the words may be narrower than the widget
    QTest::mouseClick(control, Qt::LeftButton, {}, at);
    settle();
}

// Instead of what stands there.
inline void type(QWidget* control, const QString& words) {
    QLineEdit* line = qobject_cast<QLineEdit*>(control);
    if (line == nullptr) line = control->findChild<QLineEdit*>();
    bringIntoView(control);
    QTest::mouseClick(line, Qt::LeftButton, {}, line->rect().center());
    QTest::keyClick(line, Qt::Key_A, Qt::ControlModifier);
    QTest::keyClick(line, Qt::Key_Delete);
    for (const QChar letter : words) { // keyClicks knows no letters beyond ASCII
        QKeyEvent press(QEvent::KeyPress, Qt::Key_unknown, Qt::NoModifier, QString(letter));
        QCoreApplication::sendEvent(line, &press);
    }
    settle();
}

// By keyboard, as its list would be gone through.
inline bool choose(QComboBox* combo, const QString& words) {
    bringIntoView(combo);
    combo->setFocus();
    const int to = combo->findText(words);
    if (to < 0) return false;
    for (int guard = 0; combo->currentIndex() != to && guard < 50; ++guard)
        QTest::keyClick(combo, combo->currentIndex() < to ? Qt::Key_Down : Qt::Key_Up);
    settle();
    return combo->currentIndex() == to;
}

inline void openFold(QWidget& root, const QString& title, int nth = 0) {
    settle();
    for (auto* fold : root.findChildren<Fold*>()) {
        auto* head = fold->findChild<QToolButton*>();
        if (!fold->isVisibleTo(&root) || head->text().remove(QLatin1Char('&')) != title || nth-- != 0) continue;
        if (!fold->isOpen()) click(head);
        return;
    }
}

// What stands beside the control; empty: nothing is wrong with it.
inline QString wordsBeside(QWidget& root, const QWidget* control) {
    for (const auto* mark : root.findChildren<FieldMark*>())
        if (mark->field() == control && mark->isVisibleTo(&root)) return mark->words();
    return {};
}

inline QStringList allMarks(QWidget& root) {
    QStringList out;
    for (const auto* mark : root.findChildren<FieldMark*>())
        if (mark->isVisibleTo(&root)) out << mark->words();
    return out;
}

inline std::unique_ptr<PlanPanel> shown(const Services& services, int width = 420, int height = 640) {
    auto panel = std::make_unique<PlanPanel>(services);
    panel->resize(width, height);
    panel->show();
    (void)QTest::qWaitForWindowActive(panel.get());
    settle();
    return panel;
}

} // namespace looptax
