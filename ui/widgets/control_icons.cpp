#include "ui/widgets/control_icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <QPixmap>

namespace looptax {

namespace {

QPainterPath triangle(double left, double right) {
    QPainterPath path;
    path.moveTo(left, 2);
    path.lineTo(right, 8);
    path.lineTo(left, 14);
    path.closeSubpath();
    return path;
}

// In a square of 16 by 16.
QPainterPath pathOf(ControlSign sign) {
    QPainterPath path;
    path.setFillRule(Qt::OddEvenFill);
    switch (sign) {
    case ControlSign::Start: return triangle(4, 14);
    case ControlSign::Pause:
        path.addRect(3, 2, 4, 12);
        path.addRect(9, 2, 4, 12);
        return path;
    case ControlSign::Skip:
        path = triangle(3, 11);
        path.addRect(11, 2, 2.5, 12);
        return path;
    case ControlSign::Stop: path.addRect(3, 3, 10, 10); return path;
    case ControlSign::Trouble:
        path.moveTo(8, 1);
        path.lineTo(15.5, 15);
        path.lineTo(0.5, 15);
        path.closeSubpath();
        path.addRect(7.1, 5.5, 1.8, 5);
        path.addRect(7.1, 11.7, 1.8, 1.8);
        return path;
    case ControlSign::Info:
        path.addEllipse(0.5, 0.5, 15, 15);
        path.addRect(7.1, 3.2, 1.8, 1.8);
        path.addRect(7.1, 6.5, 1.8, 6);
        return path;
    case ControlSign::Good: {
        path.addEllipse(0.5, 0.5, 15, 15);
        QPainterPath tick;
        tick.moveTo(4, 8.2);
        tick.lineTo(5.3, 6.9);
        tick.lineTo(7.1, 8.7);
        tick.lineTo(10.9, 4.6);
        tick.lineTo(12.2, 5.9);
        tick.lineTo(7.1, 11.4);
        tick.closeSubpath();
        path.addPath(tick);
        return path;
    }
    }
    return path;
}

class SignEngine final : public QIconEngine {
public:
    explicit SignEngine(ControlSign sign) : m_sign(sign) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->translate(rect.topLeft());
        painter->scale(rect.width() / 16.0, rect.height() / 16.0);
        painter->fillPath(pathOf(m_sign), QGuiApplication::palette().color(group, QPalette::ButtonText));
        painter->restore();
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }
    QIconEngine* clone() const override { return new SignEngine(m_sign); }

private:
    ControlSign m_sign;
};

} // namespace

QIcon controlIcon(ControlSign sign) { return QIcon(new SignEngine(sign)); }

} // namespace looptax
