// The box of words beside a point of a chart.
#pragma once

#include <QPalette>
#include <QPointF>
#include <QRectF>
#include <QStringList>

class QPainter;

namespace looptax {

// Where such a box of this size goes: inside the room where it fits, beside the point, never over it.
QRectF calloutPlace(const QRectF& room, const QPointF& point, const QSizeF& size);

void paintCallout(QPainter& painter, const QRectF& room, const QPointF& point, const QStringList& lines, const QPalette& palette);

} // namespace looptax
