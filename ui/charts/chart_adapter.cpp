#include "ui/charts/chart_adapter.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QScatterSeries>

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kBarHalfWidth = 0.36; // of one turn
constexpr int kMostMarkers = 40;       // a curve; each is a graphics item

QScatterSeries::MarkerShape shapeOf(Marker marker) {
    switch (marker) {
    case Marker::Circle:
        return QScatterSeries::MarkerShapeCircle;
    case Marker::Square:
        return QScatterSeries::MarkerShapeRectangle;
    case Marker::Triangle:
        return QScatterSeries::MarkerShapeTriangle;
    case Marker::Diamond:
        return QScatterSeries::MarkerShapeRotatedRectangle;
    case Marker::Pentagon:
        return QScatterSeries::MarkerShapePentagon;
    case Marker::Star:
        return QScatterSeries::MarkerShapeStar;
    }
    return QScatterSeries::MarkerShapeCircle;
}

QPen penOf(const CurveStyle& style) {
    QPen pen(style.colour, style.width);
    pen.setCapStyle(Qt::FlatCap);
    pen.setJoinStyle(Qt::RoundJoin);
    if (!style.dashes.isEmpty()) pen.setDashPattern(style.dashes);
    return pen;
}

// Position of a value on an axis that is drawn linearly: the logarithm is taken here and the ticks carry the
// text.
double onAxis(const AxisScale& scale, double value) {
    return scale.log ? std::log10(value) : value;
}
bool holds(const AxisScale& scale, double value) {
    return std::isfinite(value) && (!scale.log || value > 0);
}

void collect(double value, bool log, double& low, double& high) {
    if (!std::isfinite(value) || (log && value <= 0)) return;
    low = std::min(low, value);
    high = std::max(high, value);
}

} // namespace

ChartAxes axesFor(const Chart& chart) {
    double x_low = 1e300, x_high = -1e300, y_low = 1e300, y_high = -1e300;
    for (const ChartPanel& panel : chart.panels) {
        for (const Curve& curve : panel.curves)
            for (const CurvePoint& point : curve.points) {
                collect(point.x, false, x_low, x_high);
                for (const auto& value : {point.y, point.low, point.high})
                    if (value) collect(*value, chart.log_y, y_low, y_high);
            }
        for (const StackedBar& bar : panel.bars) {
            collect(bar.x, false, x_low, x_high);
            collect(bar.cached + bar.processed, chart.log_y, y_low, y_high);
        }
    }
    if (x_low > x_high) x_low = x_high = 1;
    if (y_low > y_high) y_low = y_high = 1;
    ChartAxes axes;
    axes.x = countScale(x_low, x_high);
    axes.y = chart.log_y ? logScale(y_low, y_high) : linearScale(y_high);
    axes.x_title = chart.x_title;
    axes.y_title = chart.y_title;
    return axes;
}

class ChartAdapter::Impl {
public:
    Impl();
    void clear();
    void addBand(const std::vector<CurvePoint>& run, const CurveStyle& style);
    void addCurve(const Curve& curve, const Theme& theme);
    void addBars(const ChartPanel& panel, const Theme& theme);
    void fillAxis(QCategoryAxis& axis, const AxisScale& scale, const std::string& title, const Theme& theme);
    void attach(QAbstractSeries* series);
    QPointF mapped(double x, double y) const { return {onAxis(m_axes.x, x), onAxis(m_axes.y, y)}; }

    QGraphicsScene m_scene; // owns the chart until a view takes it over
    QChart* m_chart;
    QCategoryAxis* m_x = nullptr;
    QCategoryAxis* m_y = nullptr;
    ChartAxes m_axes;
    QList<QGraphicsItem*> m_frame; // what the axes are made of
    QSizeF m_size{640, 400};
};

ChartAdapter::Impl::Impl()
    : m_chart(new QChart) {
    m_scene.addItem(m_chart);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_chart->legend()->hide();                  // ours shows line, dash and marker together
    m_chart->setMargins(QMargins(0, 9, 12, 0)); // half of the outermost labels
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_chart->setBackgroundVisible(false);
}

void ChartAdapter::Impl::clear() {
    m_chart->removeAllSeries();
    for (QAbstractAxis* axis : m_chart->axes()) {
        m_chart->removeAxis(axis);
        delete axis;
    }
}

void ChartAdapter::Impl::fillAxis(QCategoryAxis& axis, const AxisScale& scale, const std::string& title,
                                  const Theme& theme) {
    axis.setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
    axis.setStartValue(onAxis(scale, scale.low));
    for (std::size_t i = 0; i < scale.ticks.size(); ++i)
        axis.append(
            QString::fromStdString(i < scale.texts.size() ? scale.texts[i] : tickText(scale.ticks[i])),
            onAxis(scale, scale.ticks[i]));
    axis.setRange(onAxis(scale, scale.low), onAxis(scale, scale.high));
    axis.setLabelsFont(uiFont(m_axes.font_px));
    axis.setLabelsBrush(theme.faint_text);
    axis.setTitleFont(uiFont(m_axes.font_px + 1));
    axis.setTitleBrush(theme.text);
    axis.setTitleText(QString::fromStdString(title));
    axis.setTitleVisible(!title.empty());
    axis.setLinePen(QPen(theme.axis, 1));
    axis.setGridLinePen(QPen(theme.grid, 1));
    axis.setTruncateLabels(false);
}

void ChartAdapter::Impl::attach(QAbstractSeries* series) {
    m_chart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
}

void ChartAdapter::Impl::addBand(const std::vector<CurvePoint>& run, const CurveStyle& style) {
    QList<QPointF> low, high;
    bool spread = false;
    for (const CurvePoint& point : run) {
        const double bottom = point.low.value_or(*point.y);
        const double top = point.high.value_or(*point.y);
        if (!holds(m_axes.y, bottom) || !holds(m_axes.y, top)) continue;
        spread = spread || top > bottom;
        low.append(mapped(point.x, bottom));
        high.append(mapped(point.x, top));
    }
    if (!spread) return;
    if (low.size() == 1) { // one turn has no area: a bar from min to max
        auto* bar = new QLineSeries;
        bar->replace({low.first(), high.first()});
        QPen pen(style.colour, style.width * 0.75);
        bar->setPen(pen);
        attach(bar);
        return;
    }
    auto* upper = new QLineSeries;
    auto* lower = new QLineSeries;
    upper->replace(high);
    lower->replace(low);
    auto* area = new QAreaSeries(upper, lower);
    upper->setParent(area);
    lower->setParent(area);
    QColor fill = style.colour;
    fill.setAlphaF(float(style.band_alpha));
    area->setBrush(fill);
    area->setPen(Qt::NoPen);
    attach(area);
}

void ChartAdapter::Impl::addCurve(const Curve& curve, const Theme& theme) {
    const CurveStyle style = curveStyle(theme, curve.look);
    std::vector<std::vector<CurvePoint>> runs(1); // split at gaps
    QList<QPointF> dots;
    const std::size_t step = curve.points.size() / kMostMarkers + 1;
    for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const CurvePoint& point = curve.points[i];
        if (!point.y || !holds(m_axes.x, point.x) || !holds(m_axes.y, *point.y)) {
            if (!runs.back().empty()) runs.emplace_back();
            continue;
        }
        runs.back().push_back(point);
        if (i % step == 0) dots.append(mapped(point.x, *point.y));
    }
    for (const auto& run : runs) {
        if (style.band_alpha > 0 && !run.empty()) addBand(run, style);
        if (!curve.joined || run.size() < 2) continue;
        QList<QPointF> points;
        for (const CurvePoint& point : run)
            points.append(mapped(point.x, *point.y));
        auto* line = new QLineSeries;
        line->setPen(penOf(style));
        line->replace(points); // append(list) adds one by one: thousands of times slower
        attach(line);
    }
    auto* markers = new QScatterSeries;
    markers->setMarkerShape(shapeOf(style.marker));
    markers->setMarkerSize(style.marker_size);
    markers->setBrush(style.hollow ? QColor(Qt::transparent) : style.colour);
    markers->setPen(style.hollow ? QPen(style.colour, style.width) : QPen(Qt::NoPen));
    markers->replace(dots);
    attach(markers);
}

void ChartAdapter::Impl::addBars(const ChartPanel& panel, const Theme& theme) {
    if (panel.bars.empty()) return;
    // One outline that steps up and down serves all bars of a kind.
    QList<QPointF> zero, reused, all;
    for (const StackedBar& bar : panel.bars) {
        const double left = bar.x - kBarHalfWidth;
        const double right = bar.x + kBarHalfWidth;
        const double total = bar.cached + bar.processed;
        zero << QPointF(left, 0) << QPointF(left, 0) << QPointF(right, 0) << QPointF(right, 0);
        reused << QPointF(left, 0) << QPointF(left, bar.cached) << QPointF(right, bar.cached)
               << QPointF(right, 0);
        all << QPointF(left, 0) << QPointF(left, total) << QPointF(right, total) << QPointF(right, 0);
    }
    const QColor computed = curveStyle(theme, panel.bar_look).colour;
    const auto add = [&](const QList<QPointF>& top, const QList<QPointF>& bottom, const QColor& colour) {
        auto* upper = new QLineSeries;
        auto* lower = new QLineSeries;
        upper->replace(top);
        lower->replace(bottom);
        auto* area = new QAreaSeries(upper, lower);
        upper->setParent(area);
        lower->setParent(area);
        area->setBrush(colour);
        area->setPen(Qt::NoPen);
        attach(area);
    };
    add(reused, zero, cachedColour(theme, computed));
    add(all, reused, computed);
}

ChartAdapter::ChartAdapter()
    : m_impl(std::make_unique<Impl>()) {}
ChartAdapter::~ChartAdapter() = default;

void ChartAdapter::show(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme) {
    Impl& d = *m_impl;
    d.clear();
    d.m_axes = axes;
    d.m_x = new QCategoryAxis;
    d.m_y = new QCategoryAxis;
    d.fillAxis(*d.m_x, axes.x, axes.x_title, theme);
    d.fillAxis(*d.m_y, axes.y, axes.y_title, theme);
    d.m_x->setGridLineVisible(false);
    d.m_chart->addAxis(d.m_x, Qt::AlignBottom);
    d.m_chart->addAxis(d.m_y, Qt::AlignLeft);
    d.m_frame = d.m_chart->childItems();
    d.addBars(panel, theme);
    // Hollow and dotted, what was published lies over what was measured: below it would be hidden where they
    // agree.
    for (const bool published : {false, true})
        for (const Curve& curve : panel.curves)
            if (curve.look.published == published) d.addCurve(curve, theme);
    d.m_chart->resize(d.m_size);
    d.m_chart->layout()->activate();
}

void ChartAdapter::resize(const QSizeF& size) {
    m_impl->m_size = size;
    m_impl->m_chart->resize(size);
    m_impl->m_chart->layout()->activate();
}

void ChartAdapter::render(QPainter& painter, const QRectF& target, Layer layer) {
    Impl& d = *m_impl;
    // Opacity and not visibility: hiding would lay the chart out anew and move the plot area.
    const auto fade = [&](qreal frame, qreal series) {
        for (QGraphicsItem* item : d.m_frame)
            item->setOpacity(frame);
        for (QAbstractSeries* one : d.m_chart->series())
            one->setOpacity(series);
    };
    if (layer == Layer::Frame) fade(1, 0);
    if (layer == Layer::Data) fade(0, 1);
    d.m_chart->scene()->render(&painter, target, d.m_chart->geometry());
    fade(1, 1);
}

QRectF ChartAdapter::plotArea() const {
    return m_impl->m_chart->plotArea();
}

std::optional<QPointF> ChartAdapter::position(double x, double y) const {
    const Impl& d = *m_impl;
    if (!d.m_x || !holds(d.m_axes.x, x) || !holds(d.m_axes.y, y)) return std::nullopt;
    const QRectF plot = plotArea();
    const auto share = [](const AxisScale& scale, double value) {
        const double low = onAxis(scale, scale.low);
        const double high = onAxis(scale, scale.high);
        return (onAxis(scale, value) - low) / (high - low);
    };
    return QPointF(plot.left() + share(d.m_axes.x, x) * plot.width(),
                   plot.bottom() - share(d.m_axes.y, y) * plot.height());
}

QWidget* ChartAdapter::makeView(QWidget* parent) {
    auto* view = new QChartView(parent);
    m_impl->m_scene.removeItem(m_impl->m_chart);
    view->setChart(m_impl->m_chart);
    view->setRenderHint(QPainter::Antialiasing);
    return view;
}

} // namespace looptax
