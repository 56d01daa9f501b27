// The picture of a chart in a window: zoom by rubber band, wheel and keys, pan by middle button and shift
// with the arrows, and the exact numbers of a point by mouse and by arrow keys. What the chart shows is
// decided elsewhere; this draws it and says what was pointed at.
//
// The picture is painted once into a pixmap: following the mouse costs no chart.
#pragma once

#include "chart/chart_axes.h"
#include "chart/chart_data.h"
#include "chart/chart_points.h"
#include "ui/charts/chart_panels.h"
#include "ui/charts/chart_zoom.h"

#include <QPixmap>
#include <QString>
#include <QWidget>

#include <optional>

class QToolButton;

namespace looptax {

class ChartCanvas : public QWidget {
    Q_OBJECT
public:
    explicit ChartCanvas(QWidget* parent = nullptr);
    ~ChartCanvas() override;

    // full: the axes when nothing is zoomed. empty: what is said where the chart has no panel.
    void show(const Chart& chart, const ChartAxes& full, const QString& empty);
    const Chart& chart() const { return m_chart; }
    const ChartAxes& axes() const { return m_seen; } // of the part that is looked at

    bool zoomed() const { return m_zoom.active(); }
    void resetZoom();

    // The point that is pointed at, and its words.
    const std::optional<PointRef>& point() const { return m_point; }
    QString pointWords() const;
    QStringList calloutLines() const; // what is written beside it: its words, and what a click does
    // Where a point lies in this widget; absent where it is out of view.
    std::optional<QPointF> placeOf(const PointRef& ref) const;
    const ChartPanels& panels() const; // those of chart(), also before they are painted

    QSize sizeHint() const override { return {520, 300}; }
    QSize minimumSizeHint() const override { return {220, 140}; }

Q_SIGNALS:
    void zoomChanged();
    void pointChanged();
    void pointActivated(int row); // of the store's turns: the point's own or the nearest to it

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    enum class Drag { None, Press, Band, Pan };
    void layOut();
    void drawPicture();
    void letGo(); // of what is dragged
    void showZoom();
    void setPoint(const std::optional<PointRef>& point);
    void activate();
    void afterZoom();
    bool steps(const QKeyEvent& event);
    bool zooms(const QKeyEvent& event);
    void paintPoint(QPainter& painter) const;
    void paintEmpty(QPainter& painter) const;

    Chart m_chart;
    ChartAxes m_full;
    ChartAxes m_seen;
    ChartZoom m_zoom;
    // Always read by panels(): between show() and the next paint they would still be those of the chart before.
    mutable ChartPanels m_panels;
    mutable bool m_panelsStale = true;
    Theme m_theme;
    QString m_empty;
    QPixmap m_picture;
    bool m_stale = true; // the picture is not of what is shown
    std::optional<PointRef> m_point;
    bool m_pointByKeys = false; // it stays when the mouse leaves
    Drag m_drag = Drag::None;
    QToolButton* m_reset = nullptr; // seen while something is zoomed
    QPointF m_from;
    QPointF m_to;
    std::size_t m_dragPanel = 0; // only while something is dragged: show() lets go where the panels change
};

} // namespace looptax
