#include "ui/style/workbench_style.h"

#include <QPainter>
#include <QPainterPath>
#include <QStyleOption>

#include <algorithm>

namespace looptax {

namespace {

QColor edgeOf(const QStyleOption& option) {
    const bool enabled = option.state.testFlag(QStyle::State_Enabled);
    if (enabled && option.state.testFlag(QStyle::State_HasFocus)) return option.palette.color(QPalette::Highlight);
    return option.palette.color(enabled ? QPalette::Dark : QPalette::Mid);
}

void paintIndicator(const QStyleOption& option, QPainter& painter, bool round) {
    const double side = std::min(option.rect.width(), option.rect.height()) - 1.0;
    QRectF box(0, 0, side, side);
    box.moveCenter(QRectF(option.rect).center());
    const bool enabled = option.state.testFlag(QStyle::State_Enabled);
    const QColor mark = option.palette.color(enabled ? QPalette::Normal : QPalette::Disabled, QPalette::Text);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(edgeOf(option), 1.2));
    painter.setBrush(option.palette.color(option.state.testFlag(QStyle::State_Sunken) ? QPalette::Midlight : QPalette::Base));
    if (round) painter.drawEllipse(box);
    else painter.drawRoundedRect(box, 2, 2);
    if (round && option.state.testFlag(QStyle::State_On)) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(mark);
        painter.drawEllipse(box.center(), side * 0.24, side * 0.24);
    } else if (option.state.testFlag(QStyle::State_On)) {
        QPainterPath tick;
        tick.moveTo(box.left() + side * 0.22, box.top() + side * 0.53);
        tick.lineTo(box.left() + side * 0.42, box.top() + side * 0.74);
        tick.lineTo(box.left() + side * 0.79, box.top() + side * 0.27);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(mark, side * 0.15, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter.drawPath(tick);
    } else if (option.state.testFlag(QStyle::State_NoChange)) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(mark);
        painter.drawRect(QRectF(box.left() + side * 0.25, box.center().y() - side * 0.08, side * 0.5, side * 0.16));
    }
    painter.restore();
}

} // namespace

WorkbenchStyle::WorkbenchStyle() : QProxyStyle(QStringLiteral("Fusion")) { setObjectName(QLatin1String(kName)); }

void WorkbenchStyle::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                                   const QWidget* widget) const {
    switch (element) {
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: return paintIndicator(*option, *painter, false);
    case PE_IndicatorRadioButton: return paintIndicator(*option, *painter, true);
    case PE_FrameLineEdit: {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(edgeOf(*option), 1));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2);
        painter->restore();
        return;
    }
    default: QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

} // namespace looptax
