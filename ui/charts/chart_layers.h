// What is drawn of a panel, bottom to top, as lists of points in the units of the axes: the chart library
// gets these and nothing else. Long curves are thinned here, to what a screen can show of them.
#pragma once

#include "chart/chart_axes.h"
#include "chart/chart_data.h"
#include "ui/style/theme.h"

#include <QBrush>
#include <QList>
#include <QPen>
#include <QPointF>

#include <vector>

namespace looptax {

inline constexpr int kMostLinePoints = 300; // of a curve; every point beyond costs at each repaint
inline constexpr int kMostMarkers = 40;     // of a curve; each is an item of the scene

struct DrawnLayer {
    enum class Kind { Area, Line, Marks };
    Kind kind = Kind::Line;
    QList<QPointF> points; // of an area the upper edge
    QList<QPointF> lower;  // of an area; as many as points
    QPen pen;
    QBrush brush;
    Marker marker = Marker::Circle;
    double size = 8;
    bool operator==(const DrawnLayer&) const = default;
};

std::vector<DrawnLayer> layersOf(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme);

// Ascending x. Keeps the ends and, in equal parts of the way between, the lowest and the highest point.
QList<QPointF> thinned(const QList<QPointF>& points, int most);

} // namespace looptax
