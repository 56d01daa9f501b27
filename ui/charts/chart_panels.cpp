#include "ui/charts/chart_panels.h"

#include "ui/charts/chart_marks.h"
#include "ui/style/text.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kPanelTextPx = 13;
constexpr double kLeastColumn = 170;
constexpr double kPanelGap = 12;
constexpr double kTagOffset = 9;      // from the point to its label
constexpr double kRightMargin = 14;   // that a plot has anyway
constexpr double kBesidePlot = 75;    // labels and title of the y axis
constexpr double kLeastForTags = 230; // width of a plot
constexpr double kMostTags = 0.65;    // of the height of a plot
constexpr double kBelowAxis = 50;     // labels and title of the x axis
constexpr double kRoomForTurn = 26;   // on the x axis
constexpr double kRoomForNumber = 52;

double widthOf(const QString& words) { return QFontMetricsF(uiFont(kPanelTextPx)).horizontalAdvance(words); }

// What labels at the ends of curves need beyond the right end of the plot.
double roomForTags(const ChartPanel& panel, const AxisScale& x, double width) {
    double room = 0;
    for (const Curve& curve : panel.curves) {
        const auto last =
            std::find_if(curve.points.rbegin(), curve.points.rend(), [](const CurvePoint& p) { return p.y.has_value(); });
        if (curve.tag.empty() || last == curve.points.rend() || last->x > x.high) continue;
        const double plot = std::max(1.0, width - kBesidePlot);
        const double left = (x.high - last->x) / (x.high - x.low) * plot;
        room = std::max(room, kTagOffset + widthOf(text(curve.tag)) + 4 - left - kRightMargin);
    }
    return room;
}

} // namespace

struct ChartPanels::Panel {
    ChartAdapter adapter;
    QRectF place; // of the adapter's picture
    QRectF title;
};

ChartPanels::ChartPanels() = default;
ChartPanels::~ChartPanels() = default;

int ChartPanels::columns(std::size_t panels, double width) {
    const int wanted = panels <= 4 ? int(panels) : panels <= 6 ? 3 : 4;
    const int most = std::clamp(int(width / kLeastColumn), 1, std::max(1, wanted));
    const int rows = (int(panels) + most - 1) / most;
    return rows == 0 ? 1 : (int(panels) + rows - 1) / rows; // two and two rather than three and one
}

void ChartPanels::show(const Chart& chart, const ChartAxes& axes, const Theme& theme, const QRectF& place) {
    m_chart = chart;
    m_axes = axes;
    m_theme = theme;
    m_place = place;
    while (m_panels.size() > m_chart.panels.size()) m_panels.pop_back();
    while (m_panels.size() < m_chart.panels.size()) m_panels.push_back(std::make_unique<Panel>());
    layOut();
}

void ChartPanels::layOut() {
    if (m_panels.empty()) return;
    const bool many = m_panels.size() > 1;
    const double left = m_place.left() + (many ? lineHeight(kPanelTextPx) + 6 : 0);
    const double bottom = m_place.bottom() - (many ? lineHeight(kPanelTextPx) : 0);
    const int inARow = columns(m_panels.size(), m_place.width());
    const int rows = (int(m_panels.size()) + inARow - 1) / inARow;
    ChartAxes axes = m_axes;
    axes.font_px = many ? 11 : 12;
    const double width = (m_place.right() - left - kPanelGap * (inARow - 1)) / inARow;
    const double height = (bottom - m_place.top() - kPanelGap * (rows - 1)) / rows;
    const double forTitle = many ? bottom - m_place.top() : height - kBelowAxis;
    m_yTitle = m_chart.y_title; // the library would cut what is too long
    if (!m_chart.y_brief.empty() && widthOf(text(m_yTitle)) > forTitle) m_yTitle = m_chart.y_brief;
    axes.y_title = m_yTitle;
    if (many) {
        axes.x_title.clear(); // once for all panels, painted by us
        axes.y_title.clear();
    }
    const int fit = std::max(2, int(width / (axes.x.whole ? kRoomForTurn : kRoomForNumber)));
    if (int(axes.x.ticks.size()) > fit) axes.x = withFewerTicks(axes.x, fit);
    const AxisScale numbers = axes.x;
    for (int i = 0; i < int(m_panels.size()); ++i) {
        Panel& panel = *m_panels[std::size_t(i)];
        const ChartPanel& data = m_chart.panels[std::size_t(i)];
        QRectF cell(left + (i % inARow) * (width + kPanelGap), m_place.top() + (i / inARow) * (height + kPanelGap), width,
                    height);
        panel.title = QRectF();
        if (!data.title.empty()) {
            panel.title = QRectF(cell.left(), cell.top(), cell.width(), lineHeight(kPanelTextPx));
            cell.setTop(cell.top() + lineHeight(kPanelTextPx));
        }
        cell.setRight(cell.right() - roomForTags(data, axes.x, cell.width()));
        panel.place = cell;
        axes.x = numbers;
        if (!data.x_labels.empty()) {
            axes.x.ticks.clear();
            axes.x.texts.clear();
            for (const auto& [at, words] : data.x_labels)
                if (at >= axes.x.low && at <= axes.x.high) {
                    axes.x.ticks.push_back(at);
                    axes.x.texts.push_back(words);
                }
        }
        panel.adapter.resize(cell.size());
        panel.adapter.show(data, axes, m_theme);
    }
}

const ChartPanels::Panel* ChartPanels::at(std::size_t panel) const {
    return panel < m_panels.size() ? m_panels[panel].get() : nullptr;
}

QRectF ChartPanels::clip(std::size_t panel) const {
    const Panel* shown = at(panel);
    return shown ? shown->adapter.plotArea().translated(shown->place.topLeft()) : QRectF();
}

std::optional<QPointF> ChartPanels::position(std::size_t panel, double x, double y) const {
    const Panel* shown = at(panel);
    const auto within = shown ? shown->adapter.position(x, y) : std::nullopt;
    if (!within) return std::nullopt;
    return *within + shown->place.topLeft();
}

std::optional<QPointF> ChartPanels::valueAt(std::size_t panel, const QPointF& place) const {
    const Panel* shown = at(panel);
    if (!shown || shown->adapter.plotArea().isEmpty()) return std::nullopt;
    return shown->adapter.valueAt(place - shown->place.topLeft());
}

void ChartPanels::paint(QPainter& painter) {
    for (const auto& panel : m_panels) // one walk through the scene instead of two
        panel->adapter.render(painter, panel->place, ChartAdapter::Layer::All);
    paintTitles(painter);
    paintTags(painter);
}

void ChartPanels::paintFrame(QPainter& painter) {
    for (const auto& panel : m_panels) panel->adapter.render(painter, panel->place, ChartAdapter::Layer::Frame);
    paintTitles(painter);
}

void ChartPanels::paintTitles(QPainter& painter) const {
    for (std::size_t i = 0; i < m_panels.size(); ++i)
        if (!m_panels[i]->title.isEmpty())
            drawLineOfText(painter, m_panels[i]->title, Qt::AlignHCenter | Qt::AlignTop, kPanelTextPx, m_theme.text,
                           text(m_chart.panels[i].title));
    if (m_panels.size() < 2) return;
    drawLineOfText(painter,
                   QRectF(m_place.left(), m_place.bottom() - lineHeight(kPanelTextPx), m_place.width(), lineHeight(kPanelTextPx)),
                   Qt::AlignCenter, kPanelTextPx, m_theme.text, text(m_chart.x_title));
    painter.save();
    painter.translate(m_place.left() + lineHeight(kPanelTextPx) / 2, m_place.center().y());
    painter.rotate(-90);
    drawLineOfText(painter, QRectF(-200, -lineHeight(kPanelTextPx) / 2, 400, lineHeight(kPanelTextPx)), Qt::AlignCenter,
                   kPanelTextPx, m_theme.text, text(m_yTitle));
    painter.restore();
}

void ChartPanels::paintData(QPainter& painter, std::size_t panel) {
    if (panel < m_panels.size()) m_panels[panel]->adapter.render(painter, m_panels[panel]->place, ChartAdapter::Layer::Data);
}

void ChartPanels::paintTags(QPainter& painter) {
    for (std::size_t i = 0; i < m_panels.size(); ++i) paintTags(painter, i);
}

void ChartPanels::paintTags(QPainter& painter, std::size_t index) const {
    const Panel& panel = *m_panels[index];
    const QRectF plot = clip(index);
    const auto& curves = m_chart.panels[index].curves;
    const auto tagged = std::count_if(curves.begin(), curves.end(), [](const Curve& c) { return !c.tag.empty(); });
    // In a small picture they would hide the curves; marker and shade still say what is what.
    const bool crowded = plot.width() < kLeastForTags || double(tagged) * kTagHeight > plot.height() * kMostTags;
    std::vector<Tag> tags;
    for (const Curve& curve : curves) {
        const auto last =
            std::find_if(curve.points.rbegin(), curve.points.rend(), [](const CurvePoint& p) { return p.y.has_value(); });
        if (curve.tag.empty() || last == curve.points.rend()) continue;
        const auto at = panel.adapter.position(last->x, *last->y);
        if (!at) continue;
        const QPointF end = *at + panel.place.topLeft();
        if (!plot.adjusted(-1, -1, 1, 1).contains(end)) continue; // its end is not in the part that is seen
        if (crowded && curve.look.variants > 1) continue;
        const QString words = text(curve.tag);
        tags.push_back({words, end + QPointF(kTagOffset, 0), widthOf(words) + 4});
    }
    spreadTags(tags, plot.top(), plot.bottom());
    for (const Tag& tag : tags) {
        const QRectF place(tag.at.x(), tag.at.y() - kTagHeight / 2, tag.width, kTagHeight);
        QColor veil = m_theme.background; // so that a line passing behind does not cross the letters out
        veil.setAlphaF(0.6F);
        painter.fillRect(place, veil);
        drawLineOfText(painter, place, Qt::AlignCenter, kPanelTextPx, m_theme.text, tag.words);
    }
}

} // namespace looptax
