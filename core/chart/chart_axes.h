// The two axes of a chart: made from its data for a picture, kept steady while the data grows in a window,
// cut to a part while somebody looks closer.
#pragma once

#include "chart/axis_scale.h"
#include "chart/chart_data.h"

#include <optional>
#include <string>

namespace looptax {

struct ChartAxes {
    AxisScale x;
    AxisScale y;
    std::string x_title; // empty: not drawn
    std::string y_title;
    double font_px = 13;
    bool operator==(const ChartAxes&) const = default;
};

// Axes that hold every panel of the chart, so that panels can be compared.
ChartAxes axesFor(const Chart& chart);

// The same for data that still grows. before: what is shown now, kept while the data fits and fills it; a new
// y axis has a fifth of air. plannedTurns: an axis of turns reaches to the end of the plan at once.
ChartAxes growingAxes(const Chart& chart, int plannedTurns, const std::optional<ChartAxes>& before);

} // namespace looptax
