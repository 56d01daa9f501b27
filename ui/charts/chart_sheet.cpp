#include "ui/charts/chart_sheet.h"

#include "ui/charts/chart_marks.h"
#include "ui/style/text.h"

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

double widthOf(const QString& words, double px) { return QFontMetricsF(uiFont(px)).horizontalAdvance(words); }

} // namespace

ChartSheet::ChartSheet(const Chart& chart, const Theme& theme, QSizeF size) : m_chart(chart), m_theme(theme), m_size(size) {
    const double inner = m_size.width() - 2 * kMargin;
    for (const std::string& note : m_chart.notes) m_notes << wrapped(text(note), uiFont(kNotePx), inner);
    collectKeys();

    double top = kMargin + lineHeight(kTitlePx) + 8;
    if (!m_chart.subtitle.empty())
        top += lineHeight(kTextPx) * double(wrapped(text(m_chart.subtitle), uiFont(kTextPx), inner).size());
    const double keys = layOutKeys(0);
    const double notes = double(m_notes.size()) * lineHeight(kNotePx);
    const double below = kMargin + notes + (notes > 0 ? 8 : 0) + keys + 8;
    const int columns = ChartPanels::columns(m_chart.panels.size(), inner);
    const int rows = (int(m_chart.panels.size()) + columns - 1) / columns;
    const double least = std::max(kLeastPlot, kLeastRow * rows);
    m_size.setHeight(std::max(m_size.height(), std::ceil(top + least + below)));
    const double bottom = m_size.height() - below;
    layOutKeys(bottom + 8);
    m_notesTop = m_size.height() - kMargin - notes;
    m_panels.show(m_chart, axesFor(m_chart), m_theme, QRectF(kMargin, top, inner, bottom - top));
}

void ChartSheet::collectKeys() {
    const std::vector<BarPart>& parts = barPartsOf(m_chart);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) { // in the order of the bars, from above
        Key key;
        key.bar = true;
        key.style.colour = toneColour(m_theme, part->tone, m_theme.faint_text);
        key.text = text(part->words);
        m_keys.push_back(key);
    }
    std::optional<Key> published, disturbed;
    for (const ChartPanel& panel : m_chart.panels)
        for (const Curve& curve : panel.curves) {
            Key key;
            key.text = text(curve.label);
            key.style = curveStyle(m_theme, curve.look);
            const auto spread = [](const CurvePoint& p) { return p.low && p.high && *p.low < *p.high; };
            if (curve.whiskers || std::none_of(curve.points.begin(), curve.points.end(), spread)) key.style.band_alpha = 0;
            key.style.joined = curve.joined;
            const auto same = [&](const Key& other) { return other.text == key.text; };
            if (curve.look.disturbed) {
                disturbed = key; // the same for all
            } else if (!curve.look.published) {
                if (std::none_of(m_keys.begin(), m_keys.end(), same)) m_keys.push_back(key);
            } else if (!published) {
                // One entry for all: hue and marker already say which design it is.
                key.style.colour = m_theme.faint_text;
                key.style.marker = Marker::Circle;
                published = key;
            }
        }
    if (published) m_keys.push_back(*published);
    if (disturbed) m_keys.push_back(*disturbed);
}

double ChartSheet::layOutKeys(double top) {
    if (m_keys.empty()) return 0;
    const double inner = m_size.width() - 2 * kMargin;
    double widest = 0;
    for (const Key& key : m_keys) widest = std::max(widest, kSample + 8 + widthOf(key.text, kTextPx));
    const int columns = std::clamp(int((inner + kKeyGap) / (widest + kKeyGap)), 1, int(m_keys.size()));
    const int rows = (int(m_keys.size()) + columns - 1) / columns;
    for (int i = 0; i < int(m_keys.size()); ++i)
        m_keys[std::size_t(i)].place =
            QRectF(kMargin + (i / rows) * (widest + kKeyGap), top + (i % rows) * kKeyHeight, widest, kKeyHeight);
    return rows * kKeyHeight;
}

QRectF ChartSheet::clip(std::size_t panel) const { return m_panels.clip(panel); }

void ChartSheet::paintUnder(QPainter& painter) {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRectF(QPointF(0, 0), m_size), m_theme.background);
    const double inner = m_size.width() - 2 * kMargin;
    drawLineOfText(painter, QRectF(kMargin, kMargin, inner, lineHeight(kTitlePx)), Qt::AlignLeft | Qt::AlignTop, kTitlePx,
                   m_theme.text, text(m_chart.title));
    double y = kMargin + lineHeight(kTitlePx);
    for (const QString& line : wrapped(text(m_chart.subtitle), uiFont(kTextPx), inner)) {
        drawLineOfText(painter, QRectF(kMargin, y, inner, lineHeight(kTextPx)), Qt::AlignLeft | Qt::AlignTop, kTextPx,
                       m_theme.faint_text, line);
        y += lineHeight(kTextPx);
    }
    m_panels.paintFrame(painter);
    for (const Key& key : m_keys) {
        paintSample(painter, QRectF(key.place.left(), key.place.top(), kSample, kKeyHeight), key.style, key.bar);
        drawLineOfText(painter, key.place.adjusted(kSample + 8, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, kTextPx, m_theme.text,
                       key.text);
    }
    double note = m_notesTop;
    for (const QString& line : m_notes) {
        drawLineOfText(painter, QRectF(kMargin, note, inner, lineHeight(kNotePx)), Qt::AlignLeft | Qt::AlignVCenter, kNotePx,
                       m_theme.faint_text, line);
        note += lineHeight(kNotePx);
    }
}

void ChartSheet::paintData(QPainter& painter, std::size_t panel) {
    painter.setRenderHint(QPainter::Antialiasing);
    m_panels.paintData(painter, panel);
}

void ChartSheet::paintOver(QPainter& painter) { m_panels.paintTags(painter); }

void ChartSheet::paint(QPainter& painter) {
    paintUnder(painter);
    for (std::size_t i = 0; i < m_panels.count(); ++i) {
        painter.save();
        painter.setClipRect(clip(i));
        paintData(painter, i);
        painter.restore();
    }
    paintOver(painter);
}

} // namespace looptax
