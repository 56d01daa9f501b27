#include "ui/charts/chart_legend.h"

#include "ui/charts/chart_marks.h"
#include "ui/widgets/flow_layout.h"

#include <QPainter>
#include <QSignalBlocker>
#include <QStyle>
#include <QStyleOptionButton>

#include <algorithm>

namespace looptax {

namespace {

constexpr double kKeyTextPx = 12;
constexpr int kKeySample = 30;
constexpr int kPartGap = 6;
constexpr int kHeight = 20;
constexpr int kRowGap = 10;
constexpr int kMostRows = 2; // before shorter words are taken

} // namespace

LegendKey::LegendKey(const LegendEntry& entry, QWidget* parent) : QCheckBox(parent) {
    setEntry(entry);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void LegendKey::setEntry(const LegendEntry& entry) {
    const QString words = QString::fromStdString(m_terse ? entry.terse : entry.text);
    if (words != text() || m_entry.full != entry.full) {
        setText(words);
        const QString full = QString::fromStdString(entry.full);
        setAccessibleName(QStringLiteral("show ") + full);
        setToolTip(full);
        updateGeometry();
    }
    m_entry = entry;
    const QSignalBlocker quiet(this);
    setChecked(entry.checked);
    update();
}

void LegendKey::setTerse(bool terse) {
    if (terse == m_terse) return;
    m_terse = terse;
    setText(QString::fromStdString(terse ? m_entry.terse : m_entry.text));
    updateGeometry();
}

QSize LegendKey::sizeHint() const { return {widthFor(m_terse), kHeight}; }

int LegendKey::widthFor(bool terse) const {
    const int box = style()->pixelMetric(QStyle::PM_IndicatorWidth, nullptr, this);
    const QString words = QString::fromStdString(terse ? m_entry.terse : m_entry.text);
    return box + kPartGap + kKeySample + kPartGap + int(QFontMetricsF(uiFont(kKeyTextPx)).horizontalAdvance(words)) + 6;
}

QSize LegendKey::minimumSizeHint() const { return {120, kHeight}; }

void LegendKey::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QStyleOptionButton option;
    initStyleOption(&option);
    const int box = style()->pixelMetric(QStyle::PM_IndicatorWidth, nullptr, this);
    option.rect = QRect(1, (height() - box) / 2, box, box);
    style()->drawPrimitive(QStyle::PE_IndicatorCheckBox, &option, &painter, this);
    const QRectF sample(box + kPartGap, 0, kKeySample, height());
    painter.setOpacity(isChecked() ? 1.0 : 0.4);
    paintSample(painter, sample, m_entry.style, m_entry.bar);
    painter.setOpacity(1);
    const QRectF place(sample.right() + kPartGap, 0, width() - sample.right() - kPartGap, height());
    const QFont font = uiFont(kKeyTextPx);
    const Theme colours = theme(themeKindOf(palette()));
    drawLineOfText(painter, place, Qt::AlignLeft | Qt::AlignVCenter, kKeyTextPx, isChecked() ? colours.text : colours.faint_text,
                   QFontMetricsF(font).elidedText(text(), Qt::ElideRight, place.width()));
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), 3, 3);
    }
}

ChartLegend::ChartLegend(QWidget* parent) : QWidget(parent) {
    auto* flow = new FlowLayout(this, kRowGap, 0);
    flow->setContentsMargins(6, 0, 6, 2);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ChartLegend::show(const std::vector<LegendEntry>& entries) {
    while (m_keys.size() > entries.size()) {
        delete m_keys.back();
        m_keys.pop_back();
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i < m_keys.size()) {
            if (!(m_keys[i]->entry() == entries[i])) m_keys[i]->setEntry(entries[i]);
            continue;
        }
        auto* key = new LegendKey(entries[i], this);
        connect(key, &QCheckBox::toggled, this,
                [this, key](bool shown) { Q_EMIT toggled(QString::fromStdString(key->entry().id), shown); });
        layout()->addWidget(key);
        m_keys.push_back(key);
    }
    setVisible(!entries.empty());
    chooseWords();
    updateGeometry();
}

void ChartLegend::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    chooseWords();
}

void ChartLegend::chooseWords() {
    const int room = layout()->contentsRect().width() + kRowGap;
    int rows = 1, used = 0;
    for (const LegendKey* key : m_keys) {
        const int width = key->widthFor(false) + kRowGap;
        if (used > 0 && used + width > room) {
            ++rows;
            used = 0;
        }
        used += width;
    }
    for (LegendKey* key : m_keys) key->setTerse(rows > kMostRows);
}

} // namespace looptax
