#include "chart/chart_axes.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kAir = 1.2;      // of a new axis that will have to hold more
constexpr double kEmptiest = 0.4; // part of an axis below which the data is lost in it
constexpr int kShortPlan = 40;    // turns that are all shown from the beginning

struct Extent {
    double low = 1e300;
    double high = -1e300;
    void take(double value, bool log) {
        if (!std::isfinite(value) || (log && value <= 0)) return;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    void settle() {
        if (low > high) low = high = 1;
    }
};

struct Extents {
    Extent x, y;
};

Extents extentsOf(const Chart& chart) {
    Extents found;
    for (const ChartPanel& panel : chart.panels) {
        for (const Curve& curve : panel.curves)
            for (const CurvePoint& point : curve.points) {
                found.x.take(point.x, false);
                for (const auto& value : {point.y, point.low, point.high})
                    if (value) found.y.take(*value, chart.log_y);
            }
        for (const StackedBar& bar : panel.bars) {
            found.x.take(bar.x, false);
            found.y.take(barHeight(panel, bar), chart.log_y);
        }
    }
    found.x.settle();
    found.y.settle();
    return found;
}

ChartAxes axesOf(const Chart& chart, const Extents& extents) {
    ChartAxes axes;
    axes.x = chart.x_from_zero ? linearScale(extents.x.high, 8) : countScale(extents.x.low, extents.x.high);
    axes.y = chart.log_y ? logScale(extents.y.low, extents.y.high) : linearScale(extents.y.high);
    axes.x_title = chart.x_title;
    axes.y_title = chart.y_title;
    return axes;
}

bool serves(const AxisScale& scale, const Extent& data, bool log) {
    if (scale.log != log || data.high > scale.high) return false;
    if (!log) return data.high >= scale.high * kEmptiest;
    return data.low >= scale.low && std::log10(data.high / data.low) >= std::log10(scale.high / scale.low) * kEmptiest - 0.3;
}

} // namespace

ChartAxes axesFor(const Chart& chart) { return axesOf(chart, extentsOf(chart)); }

ChartAxes growingAxes(const Chart& chart, int plannedTurns, const std::optional<ChartAxes>& before) {
    const Extents data = extentsOf(chart);
    Extents room = data;
    if (chart.x_is_turn) {
        room.x.low = std::min(1.0, data.x.low);
        // Of a long plan only as much as the data will fill before long.
        const double far = plannedTurns <= kShortPlan ? plannedTurns : linearScale(data.x.high * kAir).high;
        room.x.high = std::max(data.x.high, std::min(double(plannedTurns), far));
    }
    if (!chart.log_y) room.y.high *= kAir;
    ChartAxes axes = axesOf(chart, room);
    if (before && before->x_title == axes.x_title && before->y_title == axes.y_title) {
        if (chart.x_from_zero && !before->x.whole && serves(before->x, data.x, false)) axes.x = before->x;
        if (serves(before->y, data.y, chart.log_y)) axes.y = before->y;
    }
    return axes;
}

} // namespace looptax
