// A whole picture: title, panels, legend and notes around what ChartAdapter draws, on any paint device.
// Legend and labels are painted here because the chart library's legend cannot show line, dash and marker in
// one sample.
#pragma once

#include "chart/chart_data.h"
#include "ui/charts/chart_panels.h"
#include "ui/style/theme.h"

#include <QRectF>
#include <QSizeF>
#include <QString>
#include <QStringList>

#include <vector>

class QPainter;

namespace looptax {

class ChartSheet {
public:
    // Size in px at 1x; what does not fit (a legend of many curves) makes the picture taller, never the text
    // smaller.
    ChartSheet(const Chart& chart, const Theme& theme, QSizeF size);

    QSizeF size() const { return m_size; }
    const Chart& chart() const { return m_chart; }

    void paint(QPainter& painter); // everything

    // The layers of paint() apart, bottom to top, for a writer that must clip the data itself.
    void paintUnder(QPainter& painter);                   // page, texts, legend, axes
    void paintData(QPainter& painter, std::size_t panel); // series of one panel, unclipped
    void paintOver(QPainter& painter);                    // labels at the ends of the curves
    std::size_t panels() const { return m_panels.count(); }
    QRectF clip(std::size_t panel) const; // plot area of the panel, in px of the sheet

private:
    struct Key { // one entry of the legend
        QString text;
        CurveStyle style;
        bool bar = false;
        QRectF place;
    };
    void collectKeys();
    double layOutKeys(double top); // height used

    Chart m_chart;
    Theme m_theme;
    QSizeF m_size;
    ChartPanels m_panels;
    std::vector<Key> m_keys;
    QStringList m_notes; // wrapped
    double m_notesTop = 0;
};

} // namespace looptax
