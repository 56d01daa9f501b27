#include "ui/charts/chart_sheet.h"

#include "ui/charts/chart_marks.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kMargin = 18;
constexpr double kTitlePx = 19;
constexpr double kTextPx = 13;
constexpr double kNotePx = 11;
constexpr double kSample = 40; // width of a legend sample
constexpr double kKeyHeight = 19;
constexpr double kKeyGap = 22;
constexpr double kLeastPlot = 230; // height of the panels below which the sheet grows
constexpr double kLeastRow = 150;

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}
double lineHeight(double px) {
    return std::ceil(px * 1.35);
}
double widthOf(const QString& words, double px) {
    return QFontMetricsF(uiFont(px)).horizontalAdvance(words);
}

constexpr double kLeastColumn = 170;

int columnsFor(std::size_t panels, double width) {
    const int wanted = panels <= 4 ? int(panels) : panels <= 6 ? 3 : 4;
    return std::clamp(int(width / kLeastColumn), 1, std::max(1, wanted));
}

} // namespace

struct ChartSheet::Panel {
    ChartAdapter adapter;
    QRectF place; // of the adapter's picture
    QRectF title;
};

ChartSheet::~ChartSheet() = default;

ChartSheet::ChartSheet(const Chart& chart, const Theme& theme, QSizeF size)
    : m_chart(chart)
    , m_theme(theme)
    , m_size(size) {
    for (std::size_t i = 0; i < m_chart.panels.size(); ++i)
        m_panels.push_back(std::make_unique<Panel>());
    const double inner = m_size.width() - 2 * kMargin;
    for (const std::string& note : m_chart.notes)
        m_notes << wrapped(text(note), uiFont(kNotePx), inner);
    collectKeys();

    m_panelTop = kMargin + lineHeight(kTitlePx) + 8;
    if (!m_chart.subtitle.empty())
        m_panelTop +=
            lineHeight(kTextPx) * double(wrapped(text(m_chart.subtitle), uiFont(kTextPx), inner).size());
    const double keys = layOutKeys(0);
    const double notes = double(m_notes.size()) * lineHeight(kNotePx);
    const double below = kMargin + notes + (notes > 0 ? 8 : 0) + keys + 8;
    const std::size_t rows =
        (m_panels.size() + std::size_t(columnsFor(m_panels.size(), m_size.width())) - 1) /
        std::size_t(columnsFor(m_panels.size(), m_size.width()));
    const double least = std::max(kLeastPlot, kLeastRow * double(rows));
    m_size.setHeight(std::max(m_size.height(), std::ceil(m_panelTop + least + below)));
    m_panelBottom = m_size.height() - below;
    layOutKeys(m_panelBottom + 8);
    m_notesTop = m_size.height() - kMargin - notes;
    layOutPanels();
}

void ChartSheet::collectKeys() {
    if (m_chart.bars_key) {
        Key key;
        key.bar = true;
        const QColor neutral = m_theme.faint_text;
        key.style.colour = neutral;
        key.text = QStringLiteral("processed (computed for this turn)");
        m_keys.push_back(key);
        key.style.colour = cachedColour(m_theme, neutral);
        key.text = QStringLiteral("cached (reused from before)");
        m_keys.push_back(key);
        return;
    }
    std::optional<Key> published;
    for (const ChartPanel& panel : m_chart.panels)
        for (const Curve& curve : panel.curves) {
            Key key;
            key.text = text(curve.label);
            key.style = curveStyle(m_theme, curve.look);
            const auto spread = [](const CurvePoint& p) { return p.low && p.high && *p.low < *p.high; };
            if (std::none_of(curve.points.begin(), curve.points.end(), spread)) key.style.band_alpha = 0;
            const auto same = [&](const Key& other) { return other.text == key.text; };
            if (!curve.look.published) {
                if (std::none_of(m_keys.begin(), m_keys.end(), same)) m_keys.push_back(key);
            } else if (!published) {
                // One entry for all: hue and marker already say which design it is.
                key.style.colour = m_theme.faint_text;
                key.style.marker = Marker::Circle;
                published = key;
            }
        }
    if (published) m_keys.push_back(*published);
}

double ChartSheet::layOutKeys(double top) {
    if (m_keys.empty()) return 0;
    const double inner = m_size.width() - 2 * kMargin;
    double widest = 0;
    for (const Key& key : m_keys)
        widest = std::max(widest, kSample + 8 + widthOf(key.text, kTextPx));
    const int columns = std::clamp(int((inner + kKeyGap) / (widest + kKeyGap)), 1, int(m_keys.size()));
    const int rows = (int(m_keys.size()) + columns - 1) / columns;
    for (int i = 0; i < int(m_keys.size()); ++i)
        m_keys[std::size_t(i)].place = QRectF(kMargin + (i / rows) * (widest + kKeyGap),
                                              top + (i % rows) * kKeyHeight, widest, kKeyHeight);
    return rows * kKeyHeight;
}

void ChartSheet::layOutPanels() {
    const bool many = m_panels.size() > 1;
    const double left = kMargin + (many ? lineHeight(kTextPx) + 6 : 0);
    const double bottom = m_panelBottom - (many ? lineHeight(kTextPx) : 0);
    const int columns = columnsFor(m_panels.size(), m_size.width());
    const int rows = (int(m_panels.size()) + columns - 1) / columns;
    ChartAxes axes = axesFor(m_chart);
    axes.font_px = many ? 11 : 12;
    const double gap = 12;
    const double width = (m_size.width() - left - kMargin - gap * (columns - 1)) / columns;
    const double height = (bottom - m_panelTop - gap * (rows - 1)) / rows;
    if (many) {
        axes.x_title.clear(); // once for all panels, painted by us
        axes.y_title.clear();
        double smallest = axes.x.ticks.front(), largest = axes.x.ticks.back();
        axes.x = countScale(smallest, largest, int(width / 26));
    }
    const AxisScale numbers = axes.x;
    for (int i = 0; i < int(m_panels.size()); ++i) {
        Panel& panel = *m_panels[std::size_t(i)];
        const ChartPanel& data = m_chart.panels[std::size_t(i)];
        QRectF cell(left + (i % columns) * (width + gap), m_panelTop + (i / columns) * (height + gap), width,
                    height);
        if (!data.title.empty()) {
            panel.title = QRectF(cell.left(), cell.top(), cell.width(), lineHeight(kTextPx));
            cell.setTop(cell.top() + lineHeight(kTextPx));
        }
        double tag = 0; // room to the right for the labels of curves that reach the last turn
        for (const Curve& curve : data.curves)
            if (!curve.tag.empty()) tag = std::max(tag, widthOf(text(curve.tag), kTextPx));
        if (tag > 0) cell.setRight(cell.right() - std::max(0.0, tag - 14));
        panel.place = cell;
        axes.x = numbers;
        if (!data.x_labels.empty()) {
            axes.x.ticks.clear();
            for (const auto& [at, words] : data.x_labels) {
                axes.x.ticks.push_back(at);
                axes.x.texts.push_back(words);
            }
        }
        panel.adapter.resize(cell.size());
        panel.adapter.show(data, axes, m_theme);
    }
}

QRectF ChartSheet::clip(std::size_t panel) const {
    const Panel& p = *m_panels[panel];
    return p.adapter.plotArea().translated(p.place.topLeft());
}

void ChartSheet::paintKey(QPainter& painter, const Key& key) const {
    const QRectF sample(key.place.left(), key.place.top(), kSample, kKeyHeight);
    if (key.bar) {
        painter.fillRect(QRectF(sample.left() + 12, sample.center().y() - 6, 20, 12), key.style.colour);
    } else {
        if (key.style.band_alpha > 0) {
            QColor band = key.style.colour;
            band.setAlphaF(float(key.style.band_alpha));
            painter.fillRect(QRectF(sample.left(), sample.center().y() - 6, kSample, 12), band);
        }
        QPen pen(key.style.colour, key.style.width);
        pen.setCapStyle(Qt::FlatCap);
        if (!key.style.dashes.isEmpty()) pen.setDashPattern(key.style.dashes);
        painter.setPen(pen);
        painter.drawLine(QPointF(sample.left(), sample.center().y()),
                         QPointF(sample.right(), sample.center().y()));
        painter.setPen(key.style.hollow ? QPen(key.style.colour, key.style.width) : QPen(Qt::NoPen));
        painter.setBrush(key.style.hollow ? QColor(Qt::transparent) : key.style.colour);
        painter.drawPath(markerPath(key.style.marker, sample.center(), key.style.marker_size));
        painter.setBrush(Qt::NoBrush);
    }
    drawLineOfText(painter, key.place.adjusted(kSample + 8, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                   kTextPx, m_theme.text, key.text);
}

void ChartSheet::paintUnder(QPainter& painter) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRectF(QPointF(0, 0), m_size), m_theme.background);
    const double inner = m_size.width() - 2 * kMargin;
    drawLineOfText(painter, QRectF(kMargin, kMargin, inner, lineHeight(kTitlePx)),
                   Qt::AlignLeft | Qt::AlignTop, kTitlePx, m_theme.text, text(m_chart.title));
    double y = kMargin + lineHeight(kTitlePx);
    for (const QString& line : wrapped(text(m_chart.subtitle), uiFont(kTextPx), inner)) {
        drawLineOfText(painter, QRectF(kMargin, y, inner, lineHeight(kTextPx)), Qt::AlignLeft | Qt::AlignTop,
                       kTextPx, m_theme.faint_text, line);
        y += lineHeight(kTextPx);
    }
    for (std::size_t i = 0; i < m_panels.size(); ++i) {
        Panel& panel = *m_panels[i];
        panel.adapter.render(painter, panel.place, ChartAdapter::Layer::Frame);
        if (!m_chart.panels[i].title.empty())
            drawLineOfText(painter, panel.title, Qt::AlignHCenter | Qt::AlignTop, kTextPx, m_theme.text,
                           text(m_chart.panels[i].title));
    }
    if (m_panels.size() > 1) {
        drawLineOfText(painter,
                       QRectF(kMargin, m_panelBottom - lineHeight(kTextPx), inner, lineHeight(kTextPx)),
                       Qt::AlignCenter, kTextPx, m_theme.text, text(m_chart.x_title));
        painter.save();
        painter.translate(kMargin + lineHeight(kTextPx) / 2, (m_panelTop + m_panelBottom) / 2);
        painter.rotate(-90);
        drawLineOfText(painter, QRectF(-200, -lineHeight(kTextPx) / 2, 400, lineHeight(kTextPx)),
                       Qt::AlignCenter, kTextPx, m_theme.text, text(m_chart.y_title));
        painter.restore();
    }
    for (const Key& key : m_keys)
        paintKey(painter, key);
    double note = m_notesTop;
    for (const QString& line : m_notes) {
        drawLineOfText(painter, QRectF(kMargin, note, inner, lineHeight(kNotePx)),
                       Qt::AlignLeft | Qt::AlignVCenter, kNotePx, m_theme.faint_text, line);
        note += lineHeight(kNotePx);
    }
}

void ChartSheet::paintData(QPainter& painter, std::size_t panel) {
    painter.setRenderHint(QPainter::Antialiasing);
    m_panels[panel]->adapter.render(painter, m_panels[panel]->place, ChartAdapter::Layer::Data);
}

void ChartSheet::paintTags(QPainter& painter, const Panel& panel) const {
    const ChartPanel& data = m_chart.panels[std::size_t(
        std::find_if(m_panels.begin(), m_panels.end(), [&](const auto& p) { return p.get() == &panel; }) -
        m_panels.begin())];
    std::vector<Tag> tags;
    for (const Curve& curve : data.curves) {
        const auto last = std::find_if(curve.points.rbegin(), curve.points.rend(),
                                       [](const CurvePoint& p) { return p.y.has_value(); });
        if (curve.tag.empty() || last == curve.points.rend()) continue;
        const auto at = panel.adapter.position(last->x, *last->y);
        if (!at) continue;
        const QString words = text(curve.tag);
        tags.push_back({words, panel.place.topLeft() + *at + QPointF(9, 0), widthOf(words, kTextPx) + 4});
    }
    const QRectF plot = panel.adapter.plotArea().translated(panel.place.topLeft());
    spreadTags(tags, plot.top(), plot.bottom());
    for (const Tag& tag : tags) {
        const QRectF place(tag.at.x(), tag.at.y() - kTagHeight / 2, tag.width, kTagHeight);
        QColor veil = m_theme.background; // so that a line passing behind does not cross the letters out
        veil.setAlphaF(0.6F);
        painter.fillRect(place, veil);
        drawLineOfText(painter, place, Qt::AlignCenter, kTextPx, m_theme.text, tag.words);
    }
}

void ChartSheet::paintOver(QPainter& painter) {
    for (const auto& panel : m_panels)
        paintTags(painter, *panel);
}

void ChartSheet::paint(QPainter& painter) {
    paintUnder(painter);
    for (std::size_t i = 0; i < m_panels.size(); ++i) {
        painter.save();
        painter.setClipRect(clip(i));
        paintData(painter, i);
        painter.restore();
    }
    paintOver(painter);
}

} // namespace looptax
