// The only class that knows the chart library (Qt Charts). It turns a panel of plain values into series, axes
// and pens; everything else paints around it. The same object serves a live view and an export.
#pragma once

#include "ui/charts/axis_scale.h"
#include "ui/charts/chart_data.h"
#include "ui/style/theme.h"

#include <QPointF>
#include <QRectF>

#include <memory>
#include <string>

class QPainter;
class QWidget;

namespace looptax {

struct ChartAxes {
    AxisScale x;
    AxisScale y;
    std::string x_title; // empty: not drawn
    std::string y_title;
    double font_px = 13;
};

// Axes that hold every panel of the chart, so that panels can be compared.
ChartAxes axesFor(const Chart& chart);

class ChartAdapter {
public:
    ChartAdapter();
    ~ChartAdapter();

    // Replaces all that is shown. Values that a log axis cannot hold are left out: one of them would make the
    // whole series vanish.
    void show(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme);
    void resize(const QSizeF& size);

    enum class Layer { All, Frame, Data }; // Frame: axes and grid; Data: series alone
    // Paints into the target rectangle, which has the size given to resize().
    void render(QPainter& painter, const QRectF& target, Layer layer);

    QRectF plotArea() const; // within the size given to resize()
    // Where a value lies within that size; absent where the axis cannot show it.
    std::optional<QPointF> position(double x, double y) const;

    // A live view of the same chart. It belongs to the caller and must not outlive this object.
    QWidget* makeView(QWidget* parent);

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace looptax
