// Between the data points of a chart and places in its picture.
#pragma once

#include "chart/chart_data.h"
#include "chart/chart_points.h"
#include "ui/charts/chart_panels.h"

#include <QPointF>

#include <cstddef>
#include <optional>

namespace looptax {

std::optional<std::size_t> panelAt(const ChartPanels& panels, const QPointF& place);
// Absent where the point is out of view.
std::optional<QPointF> placeOfPoint(const Chart& chart, const ChartPanels& panels, const PointRef& ref);
// The point that somebody means who points at this place: the nearest within reach, or the bar below.
std::optional<PointRef> pointNear(const Chart& chart, const ChartPanels& panels, const QPointF& place);

} // namespace looptax
