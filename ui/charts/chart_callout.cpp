#include "ui/charts/chart_callout.h"

#include "ui/charts/chart_marks.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace looptax {

namespace {

constexpr double kCalloutPx = 12;
constexpr double kAside = 14; // px from the middle of the point
constexpr double kEdge = 2;   // of the room
constexpr QMarginsF kPadding(8, 5, 8, 5);

} // namespace

QRectF calloutPlace(const QRectF& room, const QPointF& point, const QSizeF& size) {
    QRectF box(QPointF(0, 0), size);
    const bool right = point.x() + kAside + size.width() <= room.right() - kEdge;
    const double left = right ? point.x() + kAside : point.x() - kAside - size.width();
    box.moveLeft(std::clamp(left, room.left() + kEdge, std::max(room.left() + kEdge, room.right() - size.width() - kEdge)));
    const auto atHeight = [&](double top) {
        return std::clamp(top, room.top() + kEdge, std::max(room.top() + kEdge, room.bottom() - size.height() - kEdge));
    };
    box.moveTop(atHeight(point.y() - size.height() - 10));
    // Pressed against an edge it would lie over the point: below it then.
    if (box.adjusted(-9, -9, 9, 9).contains(point)) box.moveTop(atHeight(point.y() + 12));
    return box;
}

void paintCallout(QPainter& painter, const QRectF& room, const QPointF& point, const QStringList& lines,
                  const QPalette& palette) {
    const QFont font = uiFont(kCalloutPx);
    const QFontMetricsF metrics(font);
    double width = 0;
    for (const QString& line : lines) width = std::max(width, metrics.horizontalAdvance(line));
    const QSizeF size = QSizeF(width, double(lines.size()) * lineHeight(kCalloutPx)).grownBy(kPadding);
    const QRectF box = calloutPlace(room, point, size);
    painter.setPen(QPen(palette.color(QPalette::Dark), 1));
    painter.setBrush(palette.color(QPalette::ToolTipBase));
    painter.drawRoundedRect(box, 4, 4);
    QRectF line(box.left() + kPadding.left(), box.top() + kPadding.top(), width, lineHeight(kCalloutPx));
    for (const QString& words : lines) {
        drawLineOfText(painter, line, Qt::AlignLeft | Qt::AlignVCenter, kCalloutPx, palette.color(QPalette::ToolTipText), words);
        line.translate(0, line.height());
    }
}

} // namespace looptax
