// Small things painted around a chart: lines of text, markers, and the labels at the ends of curves.
#pragma once

#include "ui/style/theme.h"

#include <QPainterPath>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <QStringList>

#include <vector>

class QPainter;

namespace looptax {

inline constexpr double kTagHeight = 15; // px

// A label right of the last point of a curve.
struct Tag {
    QString words;
    QPointF at; // middle of the left edge
    double width = 0;
};

// Labels of curves that end at the same x slide apart, as little as possible and around their common middle,
// and stay between top and bottom.
void spreadTags(std::vector<Tag>& tags, double top, double bottom);

QPainterPath markerPath(Marker marker, QPointF at, double size);

double lineHeight(double pixels); // of a line of text

// The sample of a legend: band, line, dash and marker, or the box of a bar.
void paintSample(QPainter& painter, const QRectF& place, const CurveStyle& style, bool bar);

// One line, never cut.
void drawLineOfText(QPainter& painter, const QRectF& place, int flags, double pixels, const QColor& colour, const QString& words);
// Breaks at spaces to the width.
QStringList wrapped(const QString& words, const QFont& font, double width);

} // namespace looptax
