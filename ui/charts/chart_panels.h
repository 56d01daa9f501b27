// The panels of a chart side by side on the same axes, in a rectangle: what a sheet for a file and a view in
// a window have in common. Labels at the ends of the curves are painted here, over the data.
#pragma once

#include "chart/chart_axes.h"
#include "chart/chart_data.h"
#include "ui/charts/chart_adapter.h"
#include "ui/style/theme.h"

#include <QRectF>

#include <memory>
#include <optional>
#include <vector>

class QPainter;

namespace looptax {

class ChartPanels {
public:
    ChartPanels();
    ~ChartPanels();

    static int columns(std::size_t panels, double width);

    // Panels that were there are changed, not made anew.
    void show(const Chart& chart, const ChartAxes& axes, const Theme& theme, const QRectF& place);

    // Of a panel that is not there: an empty rectangle, no place, no value, and nothing is painted.
    std::size_t count() const { return m_panels.size(); }
    QRectF clip(std::size_t panel) const; // plot area of the panel
    // In the coordinates of the rectangle given to show().
    std::optional<QPointF> position(std::size_t panel, double x, double y) const;
    std::optional<QPointF> valueAt(std::size_t panel, const QPointF& place) const; // absent without a plot area

    void paint(QPainter& painter); // everything, on a device that can clip
    // The same in layers, bottom to top, for a writer that must clip the data itself.
    void paintFrame(QPainter& painter);                   // titles and axes
    void paintData(QPainter& painter, std::size_t panel); // series of one panel, unclipped
    void paintTags(QPainter& painter);

private:
    struct Panel;
    const Panel* at(std::size_t panel) const; // null: there is none
    void layOut();
    void paintTitles(QPainter& painter) const;
    void paintTags(QPainter& painter, std::size_t panel) const;

    Chart m_chart;
    ChartAxes m_axes;
    Theme m_theme;
    QRectF m_place;
    std::string m_yTitle; // that fits
    std::vector<std::unique_ptr<Panel>> m_panels;
};

} // namespace looptax
