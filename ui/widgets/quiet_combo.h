// A combo box that lets the wheel pass by: scrolling the panel must not change a plan.
#pragma once

#include <QComboBox>
#include <QWheelEvent>

namespace looptax {

class QuietCombo : public QComboBox {
public:
    explicit QuietCombo(QWidget* parent) : QComboBox(parent) {
        setFocusPolicy(Qt::StrongFocus);
        // Long entries must not push the panel wider than its dock.
        setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        setMinimumContentsLength(8);
    }

protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

} // namespace looptax
