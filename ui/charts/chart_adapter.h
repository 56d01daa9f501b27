// The only class that knows the chart library (Qt Charts). It turns a panel of plain values into series, axes
// and pens; everything else paints around it. The same object serves a live view and an export.
#pragma once

#include "chart/chart_axes.h"
#include "chart/chart_data.h"
#include "ui/style/theme.h"

#include <QPointF>
#include <QRectF>
#include <QSizeF>

#include <memory>
#include <optional>

class QPainter;

namespace looptax {

class ChartAdapter {
public:
    ChartAdapter();
    ~ChartAdapter();

    // Changes what is shown into this: series that were there get new points, what is as it was is left
    // alone. Values that a log axis cannot hold are left out: one of them would make the whole series vanish.
    void show(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme);
    void resize(const QSizeF& size);

    enum class Layer { All, Frame, Data }; // Frame: axes and grid; Data: series alone
    // Paints into the target rectangle, which has the size given to resize().
    void render(QPainter& painter, const QRectF& target, Layer layer);

    QRectF plotArea() const; // within the size given to resize()
    // Where a value lies within that size, outside the plot area too; absent where the axis cannot hold it.
    std::optional<QPointF> position(double x, double y) const;
    // The values at a place within that size.
    QPointF valueAt(const QPointF& place) const;

    // Series made since the beginning: steady while only points change.
    int seriesMade() const;

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace looptax
