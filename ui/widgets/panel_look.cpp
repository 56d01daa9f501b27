#include "ui/widgets/panel_look.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QScrollArea>

#include <vector>

namespace looptax {

namespace {

constexpr const char* kHeld = "heldDisabled";
constexpr const char* kLocked = "lockedByPanel";

void refresh(QWidget* control) {
    const bool held = control->property(kHeld).toBool();
    const bool locked = control->property(kLocked).toBool();
    if (auto* line = qobject_cast<QLineEdit*>(control)) {
        line->setReadOnly(locked);
        line->setEnabled(!held);
    } else if (auto* spin = qobject_cast<QAbstractSpinBox*>(control)) {
        spin->setReadOnly(locked);
        spin->setEnabled(!held);
    } else {
        control->setEnabled(!held && !locked);
    }
}

bool hasInnerEdit(const QWidget* widget) {
    return qobject_cast<const QAbstractSpinBox*>(widget) || qobject_cast<const QComboBox*>(widget);
}

void collect(const QLayout* layout, std::vector<QWidget*>& out);

void collect(QWidget* widget, std::vector<QWidget*>& out) {
    if ((widget->focusPolicy() & Qt::TabFocus) != 0) out.push_back(widget);
    if (hasInnerEdit(widget)) return;
    if (const auto* area = qobject_cast<QScrollArea*>(widget); area != nullptr && area->widget() != nullptr)
        collect(area->widget(), out);
    else if (widget->layout() != nullptr) collect(widget->layout(), out);
}

void collect(const QLayout* layout, std::vector<QWidget*>& out) {
    for (int i = 0; i < layout->count(); ++i) {
        QLayoutItem* item = layout->itemAt(i);
        if (item->widget() != nullptr) collect(item->widget(), out);
        else if (item->layout() != nullptr) collect(item->layout(), out);
    }
}

} // namespace

void chainTabOrder(QWidget* root) {
    std::vector<QWidget*> order;
    collect(root, order);
    for (std::size_t i = 1; i < order.size(); ++i) QWidget::setTabOrder(order[i - 1], order[i]);
}

Theme themeFor(const QPalette& palette) { return theme(themeKindOf(palette)); }

QLabel* headingLabel(const QString& words, QWidget* parent) {
    auto* label = new QLabel(words, parent);
    QFont font = uiFont(kBodyPixels + 1);
    font.setBold(true);
    label->setFont(font);
    return label;
}

void nameControl(QWidget* control, const QString& name) {
    control->setAccessibleName(name);
    for (auto* line : control->findChildren<QLineEdit*>()) line->setAccessibleName(name);
}

void lockInputs(QWidget* root, bool editable) {
    for (QWidget* control : root->findChildren<QWidget*>()) {
        const bool input = qobject_cast<QAbstractButton*>(control) || qobject_cast<QComboBox*>(control) ||
                           qobject_cast<QAbstractSpinBox*>(control) ||
                           (qobject_cast<QLineEdit*>(control) && !qobject_cast<QComboBox*>(control->parentWidget()) &&
                            !qobject_cast<QAbstractSpinBox*>(control->parentWidget()));
        if (!input || control->property(kStaysEnabled).toBool()) continue;
        control->setProperty(kLocked, !editable);
        refresh(control);
    }
}

void holdDisabled(QWidget* control, bool held) {
    control->setProperty(kHeld, held);
    refresh(control);
}

} // namespace looptax
