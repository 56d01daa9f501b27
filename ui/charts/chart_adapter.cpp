#include "ui/charts/chart_adapter.h"

#include "ui/charts/chart_layers.h"

#include <QAreaSeries>
#include <QCategoryAxis>
#include <QChart>
#include <QGraphicsLayout>
#include <QGraphicsScene>
#include <QLegend>
#include <QLineSeries>
#include <QPainter>
#include <QScatterSeries>

#include <algorithm>

namespace looptax {

namespace {

QScatterSeries::MarkerShape shapeOf(Marker marker) {
    switch (marker) {
    case Marker::Circle: return QScatterSeries::MarkerShapeCircle;
    case Marker::Square: return QScatterSeries::MarkerShapeRectangle;
    case Marker::Triangle: return QScatterSeries::MarkerShapeTriangle;
    case Marker::Diamond: return QScatterSeries::MarkerShapeRotatedRectangle;
    case Marker::Pentagon: return QScatterSeries::MarkerShapePentagon;
    case Marker::Star: return QScatterSeries::MarkerShapeStar;
    }
    return QScatterSeries::MarkerShapeCircle;
}

} // namespace

class ChartAdapter::Impl {
public:
    Impl();
    void showAxis(QCategoryAxis& axis, const AxisScale& scale, const std::string& title, double fontPx, const Theme& theme);
    void scaleAxis(QCategoryAxis& axis, const AxisScale& scale);
    void drawLayers(std::vector<DrawnLayer> layers);
    void addSeries(const DrawnLayer& layer);
    static void fill(QAbstractSeries& series, const DrawnLayer& layer, const DrawnLayer* before);

    QGraphicsScene m_scene; // owns the chart
    QChart* m_chart;
    QCategoryAxis* m_x;
    QCategoryAxis* m_y;
    ChartAxes m_axes;
    std::optional<Theme> m_theme; // of the axes
    std::vector<DrawnLayer> m_layers;
    QList<QAbstractSeries*> m_series; // one a layer
    QList<QGraphicsItem*> m_frame;    // what the axes are made of
    QSizeF m_size{640, 400};
    int m_made = 0;
};

ChartAdapter::Impl::Impl() : m_chart(new QChart), m_x(new QCategoryAxis), m_y(new QCategoryAxis) {
    m_scene.addItem(m_chart);
    m_chart->setAnimationOptions(QChart::NoAnimation);
    m_chart->legend()->hide();                  // ours shows line, dash and marker together
    m_chart->setMargins(QMargins(0, 9, 12, 0)); // half of the outermost labels
    m_chart->layout()->setContentsMargins(0, 0, 0, 0);
    m_chart->setBackgroundRoundness(0);
    m_chart->setBackgroundVisible(false);
    m_x->setGridLineVisible(false);
    for (QCategoryAxis* axis : {m_x, m_y}) {
        axis->setLabelsPosition(QCategoryAxis::AxisLabelsPositionOnValue);
        axis->setTruncateLabels(false);
    }
    m_chart->addAxis(m_x, Qt::AlignBottom);
    m_chart->addAxis(m_y, Qt::AlignLeft);
    m_frame = m_chart->childItems();
}

void ChartAdapter::Impl::scaleAxis(QCategoryAxis& axis, const AxisScale& scale) {
    for (const QString& label : axis.categoriesLabels()) axis.remove(label);
    // Out of sight: the library draws a tick there that carries no number.
    axis.setStartValue(onAxis(scale, scale.low) - 1);
    for (std::size_t i = 0; i < scale.ticks.size(); ++i)
        axis.append(QString::fromStdString(i < scale.texts.size() ? scale.texts[i] : tickText(scale.ticks[i])),
                    onAxis(scale, scale.ticks[i]));
    axis.setRange(onAxis(scale, scale.low), onAxis(scale, scale.high));
}

void ChartAdapter::Impl::showAxis(QCategoryAxis& axis, const AxisScale& scale, const std::string& title, double fontPx,
                                  const Theme& theme) {
    axis.setLabelsFont(uiFont(fontPx));
    axis.setLabelsBrush(theme.faint_text);
    axis.setTitleFont(uiFont(fontPx + 1));
    axis.setTitleBrush(theme.text);
    axis.setTitleText(QString::fromStdString(title));
    axis.setTitleVisible(!title.empty());
    axis.setLinePen(QPen(theme.axis, 1));
    axis.setGridLinePen(QPen(theme.grid, 1));
    scaleAxis(axis, scale);
}

void ChartAdapter::Impl::fill(QAbstractSeries& series, const DrawnLayer& layer, const DrawnLayer* before) {
    const auto changed = [&](auto member) { return before == nullptr || before->*member != layer.*member; };
    // replace() and never append(list): that one adds point by point, thousands of times slower.
    switch (layer.kind) {
    case DrawnLayer::Kind::Area: {
        auto& area = static_cast<QAreaSeries&>(series);
        if (changed(&DrawnLayer::points)) area.upperSeries()->replace(layer.points);
        if (changed(&DrawnLayer::lower)) area.lowerSeries()->replace(layer.lower);
        if (changed(&DrawnLayer::brush)) area.setBrush(layer.brush);
        if (changed(&DrawnLayer::pen)) area.setPen(layer.pen);
        return;
    }
    case DrawnLayer::Kind::Line: {
        auto& line = static_cast<QLineSeries&>(series);
        if (changed(&DrawnLayer::pen)) line.setPen(layer.pen);
        if (changed(&DrawnLayer::points)) line.replace(layer.points);
        return;
    }
    case DrawnLayer::Kind::Marks: {
        auto& marks = static_cast<QScatterSeries&>(series);
        if (changed(&DrawnLayer::marker)) marks.setMarkerShape(shapeOf(layer.marker));
        if (changed(&DrawnLayer::size)) marks.setMarkerSize(layer.size);
        if (changed(&DrawnLayer::brush)) marks.setBrush(layer.brush);
        if (changed(&DrawnLayer::pen)) marks.setPen(layer.pen);
        if (changed(&DrawnLayer::points)) marks.replace(layer.points);
        return;
    }
    }
}

void ChartAdapter::Impl::addSeries(const DrawnLayer& layer) {
    QAbstractSeries* series = nullptr;
    if (layer.kind == DrawnLayer::Kind::Area) {
        auto* upper = new QLineSeries;
        auto* lower = new QLineSeries;
        series = new QAreaSeries(upper, lower);
        upper->setParent(series);
        lower->setParent(series);
    } else if (layer.kind == DrawnLayer::Kind::Line) {
        series = new QLineSeries;
    } else {
        series = new QScatterSeries;
    }
    fill(*series, layer, nullptr);
    m_chart->addSeries(series);
    series->attachAxis(m_x);
    series->attachAxis(m_y);
    m_series.append(series);
    ++m_made;
}

void ChartAdapter::Impl::drawLayers(std::vector<DrawnLayer> layers) {
    // The library paints in the order of arrival: what stands below a layer of another kind may stay.
    std::size_t same = 0;
    while (same < std::min(layers.size(), m_layers.size()) && layers[same].kind == m_layers[same].kind) ++same;
    while (std::size_t(m_series.size()) > same) {
        m_chart->removeSeries(m_series.last());
        delete m_series.takeLast();
    }
    for (std::size_t i = 0; i < same; ++i) fill(*m_series[qsizetype(i)], layers[i], &m_layers[i]);
    for (std::size_t i = same; i < layers.size(); ++i) addSeries(layers[i]);
    m_layers = std::move(layers);
}

ChartAdapter::ChartAdapter() : m_impl(std::make_unique<Impl>()) {}
ChartAdapter::~ChartAdapter() = default;

void ChartAdapter::show(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme) {
    Impl& d = *m_impl;
    // The ranges before the points: each change of a range rebuilds every series that hangs on it.
    if (!d.m_theme || d.m_theme->kind != theme.kind || d.m_axes.font_px != axes.font_px || d.m_axes.x_title != axes.x_title ||
        d.m_axes.y_title != axes.y_title) {
        d.showAxis(*d.m_x, axes.x, axes.x_title, axes.font_px, theme);
        d.showAxis(*d.m_y, axes.y, axes.y_title, axes.font_px, theme);
    } else {
        if (!(d.m_axes.x == axes.x)) d.scaleAxis(*d.m_x, axes.x);
        if (!(d.m_axes.y == axes.y)) d.scaleAxis(*d.m_y, axes.y);
    }
    d.m_axes = axes;
    d.m_theme = theme;
    d.drawLayers(layersOf(panel, axes, theme));
    d.m_chart->resize(d.m_size);
    d.m_chart->layout()->activate();
}

void ChartAdapter::resize(const QSizeF& size) {
    if (size == m_impl->m_size) return;
    m_impl->m_size = size;
    m_impl->m_chart->resize(size);
    m_impl->m_chart->layout()->activate();
}

void ChartAdapter::render(QPainter& painter, const QRectF& target, Layer layer) {
    Impl& d = *m_impl;
    // Opacity and not visibility: hiding would lay the chart out anew and move the plot area.
    const auto fade = [&](qreal frame, qreal series) {
        for (QGraphicsItem* item : d.m_frame) item->setOpacity(frame);
        for (QAbstractSeries* one : d.m_series) one->setOpacity(series);
    };
    if (layer == Layer::Frame) fade(1, 0);
    if (layer == Layer::Data) fade(0, 1);
    d.m_chart->scene()->render(&painter, target, d.m_chart->geometry());
    if (layer != Layer::All) fade(1, 1);
}

QRectF ChartAdapter::plotArea() const { return m_impl->m_chart->plotArea(); }

std::optional<QPointF> ChartAdapter::position(double x, double y) const {
    const ChartAxes& axes = m_impl->m_axes;
    if (!holds(axes.x, x) || !holds(axes.y, y)) return std::nullopt;
    const QRectF plot = plotArea();
    const auto share = [](const AxisScale& scale, double value) {
        const double low = onAxis(scale, scale.low);
        const double high = onAxis(scale, scale.high);
        return (onAxis(scale, value) - low) / (high - low);
    };
    return QPointF(plot.left() + share(axes.x, x) * plot.width(), plot.bottom() - share(axes.y, y) * plot.height());
}

QPointF ChartAdapter::valueAt(const QPointF& place) const {
    const ChartAxes& axes = m_impl->m_axes;
    const QRectF plot = plotArea();
    const auto value = [](const AxisScale& scale, double share) {
        const double low = onAxis(scale, scale.low);
        const double high = onAxis(scale, scale.high);
        return offAxis(scale, low + share * (high - low));
    };
    return {value(axes.x, (place.x() - plot.left()) / plot.width()), value(axes.y, (plot.bottom() - place.y()) / plot.height())};
}

int ChartAdapter::seriesMade() const { return m_impl->m_made; }

} // namespace looptax
