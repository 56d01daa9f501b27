#include "ui/charts/chart_zoom.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kClosest = 1e-4; // of the full axis; beyond it ticks differ in digits nobody reads

} // namespace

void ChartZoom::reset() {
    m_x.reset();
    m_y.reset();
}

ChartZoom::Part ChartZoom::whole(const AxisScale& scale) { return {onAxis(scale, scale.low), onAxis(scale, scale.high)}; }

// Inside the axis and not too narrow; nothing where it is the whole axis.
std::optional<ChartZoom::Part> ChartZoom::kept(const AxisScale& scale, Part part) {
    const Part all = whole(scale);
    if (!std::isfinite(part.low) || !std::isfinite(part.high)) return std::nullopt;
    const double full = all.high - all.low;
    const double least = std::max(full * kClosest, scale.whole ? 0.5 : 0.0);
    double width = std::clamp(part.high - part.low, std::min(least, full), full);
    if (width >= full * (1 - 1e-9)) return std::nullopt;
    const double middle = std::clamp((part.low + part.high) / 2, all.low + width / 2, all.high - width / 2);
    return Part{middle - width / 2, middle + width / 2};
}

AxisScale ChartZoom::cut(const AxisScale& scale, const std::optional<Part>& part, int wanted) {
    if (!part) return scale;
    // The axis may have grown or shrunk since.
    const std::optional<Part> inside = kept(scale, *part);
    if (!inside) return scale;
    return partOf(scale, offAxis(scale, inside->low), offAxis(scale, inside->high), wanted);
}

ChartAxes ChartZoom::applied(const ChartAxes& full) const {
    ChartAxes axes = full;
    axes.x = cut(full.x, m_x, 10);
    axes.y = cut(full.y, m_y, 6);
    return axes;
}

void ChartZoom::to(const ChartAxes& full, const QPointF& corner, const QPointF& opposite) {
    const auto between = [](const AxisScale& scale, double a, double b) {
        const double from = onAxis(scale, std::min(a, b));
        const double to = onAxis(scale, std::max(a, b));
        return kept(scale, {from, to});
    };
    m_x = between(full.x, corner.x(), opposite.x());
    m_y = between(full.y, corner.y(), opposite.y());
}

void ChartZoom::around(const ChartAxes& full, const QPointF& value, double factor) {
    const auto scaled = [factor](const AxisScale& scale, const std::optional<Part>& now, double centre) {
        const Part part = now.value_or(whole(scale));
        const double at = onAxis(scale, centre);
        return kept(scale, {at - (at - part.low) / factor, at + (part.high - at) / factor});
    };
    m_x = scaled(full.x, m_x, value.x());
    m_y = scaled(full.y, m_y, value.y());
}

void ChartZoom::pan(const ChartAxes& full, double partX, double partY) {
    const auto moved = [](const AxisScale& scale, std::optional<Part>& part, double share) {
        if (!part) return; // all of it is in view
        const double by = (part->high - part->low) * share;
        part = kept(scale, {part->low + by, part->high + by});
    };
    moved(full.x, m_x, partX);
    moved(full.y, m_y, partY);
}

} // namespace looptax
