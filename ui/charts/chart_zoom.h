// The part of a chart's axes that is looked at. Kept in the units in which the axes are drawn (logarithms
// taken), so that a zoom by two is a zoom by two on any axis.
#pragma once

#include "chart/chart_axes.h"

#include <QPointF>
#include <QRectF>

#include <optional>

namespace looptax {

class ChartZoom {
public:
    bool active() const { return m_x || m_y; }
    void reset();

    // The axes with the part cut out; all of them where nothing is zoomed.
    ChartAxes applied(const ChartAxes& full) const;

    // A value that is no number, as of a chart without room, gives the whole axis.
    // To the values between two corners.
    void to(const ChartAxes& full, const QPointF& corner, const QPointF& opposite);
    // Closer (factor above 1) or further, around a value. Further than everything is everything.
    void around(const ChartAxes& full, const QPointF& value, double factor);
    // By parts of what is seen; positive goes right and up. Stays inside the full axes.
    void pan(const ChartAxes& full, double partX, double partY);

private:
    struct Part {
        double low = 0;
        double high = 1;
    };
    static Part whole(const AxisScale& scale);
    static std::optional<Part> kept(const AxisScale& scale, Part part);
    static AxisScale cut(const AxisScale& scale, const std::optional<Part>& part, int wanted);

    std::optional<Part> m_x;
    std::optional<Part> m_y;
};

} // namespace looptax
