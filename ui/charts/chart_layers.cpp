#include "ui/charts/chart_layers.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kBarHalfWidth = 0.36; // of one turn
constexpr double kRunningHalfWidth = 0.13;
constexpr double kWhiskerShare = 0.0012; // half the width of a whisker, of the axis

QPen penOf(const CurveStyle& style) {
    QPen pen(style.colour, style.width);
    pen.setCapStyle(Qt::FlatCap);
    pen.setJoinStyle(Qt::RoundJoin);
    if (!style.dashes.isEmpty()) pen.setDashPattern(style.dashes);
    return pen;
}

class Layers {
public:
    Layers(const ChartAxes& axes, const Theme& theme) : m_axes(axes), m_theme(theme) {}

    void addCurve(const Curve& curve);
    void addBars(const ChartPanel& panel);
    std::vector<DrawnLayer> take() { return std::move(m_layers); }

private:
    using Stretch = std::vector<CurvePoint>; // between two gaps
    QPointF mapped(double x, double y) const { return {onAxis(m_axes.x, x), onAxis(m_axes.y, y)}; }
    std::vector<Stretch> stretchesOf(const Curve& curve) const;
    void addBand(const Stretch& stretch, const CurveStyle& style);
    void addWhiskers(const Stretch& stretch, const CurveStyle& style);
    void addMarks(const std::vector<Stretch>& stretches, const CurveStyle& style);
    void addArea(QList<QPointF> upper, QList<QPointF> lower, const QColor& colour);
    void addBoxes(const ChartPanel& panel, const std::vector<const StackedBar*>& bars, double halfWidth, const QColor& design);

    const ChartAxes& m_axes;
    const Theme& m_theme;
    std::vector<DrawnLayer> m_layers;
};

void Layers::addArea(QList<QPointF> upper, QList<QPointF> lower, const QColor& colour) {
    DrawnLayer layer;
    layer.kind = DrawnLayer::Kind::Area;
    layer.points = std::move(upper);
    layer.lower = std::move(lower);
    layer.pen = QPen(Qt::NoPen);
    layer.brush = colour;
    m_layers.push_back(std::move(layer));
}

// Split at gaps; of a curve that is seen in part, that part and one point more on each side.
std::vector<Layers::Stretch> Layers::stretchesOf(const Curve& curve) const {
    std::vector<Stretch> stretches(1);
    const CurvePoint* before = nullptr;
    for (const CurvePoint& point : curve.points) {
        if (!point.y || !holds(m_axes.x, point.x) || !holds(m_axes.y, *point.y)) {
            if (!stretches.back().empty()) stretches.emplace_back();
            before = nullptr;
            continue;
        }
        const bool left = point.x < m_axes.x.low;
        if (!left && before != nullptr && stretches.back().empty()) stretches.back().push_back(*before);
        if (!left) stretches.back().push_back(point);
        before = left ? &point : nullptr;
        if (point.x > m_axes.x.high) break;
    }
    if (stretches.back().empty()) stretches.pop_back();
    return stretches;
}

void Layers::addBand(const Stretch& stretch, const CurveStyle& style) {
    QList<QPointF> low, high;
    bool spread = false;
    for (const CurvePoint& point : stretch) {
        const double bottom = point.low.value_or(*point.y);
        const double top = point.high.value_or(*point.y);
        if (!holds(m_axes.y, bottom) || !holds(m_axes.y, top)) continue;
        spread = spread || top > bottom;
        low.append(mapped(point.x, bottom));
        high.append(mapped(point.x, top));
    }
    if (!spread) return;
    if (low.size() == 1) { // one turn has no area: a bar from min to max
        DrawnLayer bar;
        bar.points = {low.first(), high.first()};
        bar.pen = QPen(style.colour, style.width * 0.75);
        m_layers.push_back(std::move(bar));
        return;
    }
    if (low.size() > kMostLinePoints) { // the lowest and the highest of each part of the way
        const qsizetype part = low.size() / (kMostLinePoints / 2) + 1;
        QList<QPointF> fewLow, fewHigh;
        for (qsizetype from = 0; from < low.size(); from += part) {
            const qsizetype to = std::min(from + part, low.size());
            QPointF least = low[from], most = high[from];
            for (qsizetype i = from; i < to; ++i) {
                least.setY(std::min(least.y(), low[i].y()));
                most.setY(std::max(most.y(), high[i].y()));
            }
            for (const qsizetype at : {from, to - 1}) {
                fewLow.append({low[at].x(), least.y()});
                fewHigh.append({high[at].x(), most.y()});
            }
        }
        low = std::move(fewLow);
        high = std::move(fewHigh);
    }
    QColor fill = style.colour;
    fill.setAlphaF(float(style.band_alpha));
    addArea(std::move(high), std::move(low), fill);
}

// One outline for all: between two whiskers it has no height, so nothing is filled.
void Layers::addWhiskers(const Stretch& stretch, const CurveStyle& style) {
    QList<QPointF> low, high;
    const double half = (onAxis(m_axes.x, m_axes.x.high) - onAxis(m_axes.x, m_axes.x.low)) * kWhiskerShare;
    double last = -1e300;
    for (const CurvePoint& point : stretch) {
        const double bottom = point.low.value_or(*point.y);
        const double top = point.high.value_or(*point.y);
        if (!holds(m_axes.y, bottom) || !holds(m_axes.y, top) || !(top > bottom)) continue;
        const QPointF from = mapped(point.x, bottom);
        const QPointF to = mapped(point.x, top);
        const double left = std::max(from.x() - half, last);
        const double right = std::max(from.x() + half, left);
        last = right;
        low << QPointF(left, from.y()) << QPointF(left, from.y()) << QPointF(right, from.y()) << QPointF(right, from.y());
        high << QPointF(left, from.y()) << QPointF(left, to.y()) << QPointF(right, to.y()) << QPointF(right, from.y());
    }
    if (!low.isEmpty()) addArea(std::move(high), std::move(low), style.colour);
}

void Layers::addMarks(const std::vector<Stretch>& stretches, const CurveStyle& style) {
    std::size_t all = 0;
    for (const Stretch& stretch : stretches) all += stretch.size();
    const std::size_t step = all / kMostMarkers + 1;
    DrawnLayer marks;
    marks.kind = DrawnLayer::Kind::Marks;
    marks.marker = style.marker;
    marks.size = style.marker_size;
    marks.brush = style.hollow ? style.core : style.colour;
    marks.pen = style.hollow ? QPen(style.colour, style.width) : QPen(Qt::NoPen);
    std::size_t i = 0;
    for (const Stretch& stretch : stretches)
        for (const CurvePoint& point : stretch)
            if (i++ % step == 0 || i == all) marks.points.append(mapped(point.x, *point.y));
    m_layers.push_back(std::move(marks));
}

void Layers::addCurve(const Curve& curve) {
    const CurveStyle style = curveStyle(m_theme, curve.look);
    const std::vector<Stretch> stretches = stretchesOf(curve);
    for (const Stretch& stretch : stretches) {
        if (style.band_alpha > 0 && curve.whiskers) addWhiskers(stretch, style);
        if (style.band_alpha > 0 && !curve.whiskers) addBand(stretch, style);
        if (!curve.joined || stretch.size() < 2) continue;
        DrawnLayer line;
        for (const CurvePoint& point : stretch) line.points.append(mapped(point.x, *point.y));
        line.points = thinned(line.points, kMostLinePoints);
        line.pen = penOf(style);
        m_layers.push_back(std::move(line));
    }
    addMarks(stretches, style);
}

void Layers::addBoxes(const ChartPanel& panel, const std::vector<const StackedBar*>& bars, double halfWidth,
                      const QColor& design) {
    if (bars.empty()) return;
    // One outline that steps up and down serves all bars of a part: the upper edge of one is the lower of the
    // next.
    const auto edge = [&](std::size_t parts) {
        QList<QPointF> points;
        for (const StackedBar* bar : bars) {
            double height = 0;
            for (std::size_t part = 0; part < parts; ++part) height += partHeight(panel, *bar, part);
            const double left = bar->x - halfWidth;
            const double right = bar->x + halfWidth;
            points << QPointF(left, 0) << QPointF(left, height) << QPointF(right, height) << QPointF(right, 0);
        }
        return points;
    };
    QList<QPointF> below = edge(0);
    for (std::size_t part = 0; part < panel.bar_parts.size(); ++part) {
        QList<QPointF> above = edge(part + 1);
        addArea(above, std::move(below), toneColour(m_theme, panel.bar_parts[part].tone, design));
        below = std::move(above);
    }
}

void Layers::addBars(const ChartPanel& panel) {
    std::vector<const StackedBar*> medians, running;
    for (const StackedBar& bar : panel.bars)
        if (bar.x + 1 > m_axes.x.low && bar.x - 1 < m_axes.x.high) (bar.running ? running : medians).push_back(&bar);
    const QColor computed = curveStyle(m_theme, panel.bar_look).colour;
    addBoxes(panel, medians, kBarHalfWidth, computed);
    addBoxes(panel, running, kRunningHalfWidth, m_theme.text);
}

} // namespace

QList<QPointF> thinned(const QList<QPointF>& points, int most) {
    if (points.size() <= most) return points;
    const qsizetype parts = std::max(1, (most - 2) / 2);
    const qsizetype inner = points.size() - 2;
    QList<QPointF> kept{points.first()};
    for (qsizetype part = 0; part < parts; ++part) {
        const auto from = points.begin() + 1 + inner * part / parts;
        const auto to = points.begin() + 1 + inner * (part + 1) / parts;
        if (from == to) continue;
        const auto [low, high] = std::minmax_element(from, to, [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); });
        kept.append(low < high ? *low : *high);
        if (low != high) kept.append(low < high ? *high : *low);
    }
    kept.append(points.last());
    return kept;
}

std::vector<DrawnLayer> layersOf(const ChartPanel& panel, const ChartAxes& axes, const Theme& theme) {
    Layers layers(axes, theme);
    layers.addBars(panel);
    // Hollow and dotted, what was published lies over what was measured: below it would be hidden where they
    // agree. What is running lies over both, and what was disturbed over all.
    const auto rank = [](const Curve& curve) {
        return curve.look.disturbed ? 3 : curve.look.running ? 2 : curve.look.published ? 1 : 0;
    };
    for (const int wanted : {0, 1, 2, 3})
        for (const Curve& curve : panel.curves)
            if (rank(curve) == wanted) layers.addCurve(curve);
    return layers.take();
}

} // namespace looptax
