#include "ui/charts/chart_canvas.h"

#include "ui/charts/chart_callout.h"
#include "ui/charts/chart_hit.h"

#include <QAccessible>
#include <QEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyleHints>
#include <QToolButton>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

namespace looptax {

namespace {

constexpr double kWheelStep = 1.25;
constexpr double kKeyStep = 1.5;
constexpr double kPanStep = 0.15; // of what is seen
constexpr QMarginsF kMargins(8, 4, 10, 2);

double distance(const QPointF& a, const QPointF& b) { return std::hypot(a.x() - b.x(), a.y() - b.y()); }

// What lay at a place of the one lies there in the other.
bool samePanels(const Chart& a, const Chart& b) {
    return a.id == b.id && std::equal(a.panels.begin(), a.panels.end(), b.panels.begin(), b.panels.end(),
                                      [](const ChartPanel& one, const ChartPanel& other) { return one.title == other.title; });
}

} // namespace

ChartCanvas::ChartCanvas(QWidget* parent) : QWidget(parent), m_theme(theme(themeKindOf(palette()))) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAttribute(Qt::WA_OpaquePaintEvent);
    // Over the picture and not in the row of tools: there it would move the chart away under the wheel.
    m_reset = new QToolButton(this);
    m_reset->setObjectName(QStringLiteral("reset"));
    m_reset->setText(QStringLiteral("Reset zoom"));
    m_reset->setAccessibleName(m_reset->text());
    m_reset->setToolTip(QStringLiteral("Everything again: 0, or a double click"));
    m_reset->setFocusPolicy(Qt::StrongFocus); // a tool button is for the mouse alone otherwise
    m_reset->setCursor(Qt::ArrowCursor);
    m_reset->hide();
    connect(m_reset, &QToolButton::clicked, this, &ChartCanvas::resetZoom);
}

ChartCanvas::~ChartCanvas() = default;

void ChartCanvas::show(const Chart& chart, const ChartAxes& full, const QString& empty) {
    if (chart == m_chart && full == m_full && empty == m_empty) return;
    // A point that is pointed at stays pointed at when others arrive beside it. One that the mouse found lies
    // elsewhere once the panels have moved.
    const bool stay = samePanels(m_chart, chart);
    std::optional<PointRef> point;
    if (m_point && (stay || m_pointByKeys)) point = samePoint(m_chart, *m_point, chart);
    if (!stay) letGo();
    const bool wasZoomed = zoomed();
    if (chart.id != m_chart.id || chart.panels.empty()) m_zoom.reset(); // a part of axes that are gone
    m_chart = chart;
    m_full = full;
    m_empty = empty;
    layOut();
    showZoom();
    if (wasZoomed != zoomed()) Q_EMIT zoomChanged();
    if (!m_point && !point) return;
    m_point = point;
    Q_EMIT pointChanged();
}

void ChartCanvas::layOut() {
    m_seen = m_zoom.applied(m_full);
    m_stale = m_panelsStale = true;
    update();
}

const ChartPanels& ChartCanvas::panels() const {
    if (std::exchange(m_panelsStale, false)) m_panels.show(m_chart, m_seen, m_theme, QRectF(rect()).marginsRemoved(kMargins));
    return m_panels;
}

void ChartCanvas::letGo() {
    if (m_drag == Drag::None) return;
    m_drag = Drag::None;
    unsetCursor();
    update();
}

void ChartCanvas::showZoom() {
    if (!zoomed() && m_reset->hasFocus()) setFocus();
    m_reset->setVisible(zoomed());
}

void ChartCanvas::drawPicture() {
    const double ratio = devicePixelRatioF();
    (void)panels();
    m_picture = QPixmap(size() * ratio);
    m_picture.setDevicePixelRatio(ratio);
    m_picture.fill(m_theme.background);
    QPainter painter(&m_picture);
    painter.setRenderHint(QPainter::Antialiasing);
    m_panels.paint(painter);
    m_stale = false;
}

void ChartCanvas::paintEvent(QPaintEvent*) {
    if (m_stale || m_picture.size() != size() * devicePixelRatioF()) drawPicture();
    QPainter painter(this);
    painter.drawPixmap(0, 0, m_picture);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_chart.panels.empty()) paintEmpty(painter);
    if (m_drag == Drag::Band) {
        const QRectF band = QRectF(m_from, m_to).normalized().intersected(panels().clip(m_dragPanel).adjusted(-1, -1, 1, 1));
        QColor fill = palette().color(QPalette::Highlight);
        painter.setPen(QPen(fill, 1));
        fill.setAlphaF(0.15F);
        painter.setBrush(fill);
        painter.drawRect(band);
    }
    if (m_point && m_drag == Drag::None) paintPoint(painter);
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
    }
}

void ChartCanvas::paintEmpty(QPainter& painter) const {
    const QRectF room = QRectF(rect()).adjusted(24, 12, -24, -12);
    painter.setFont(uiFont(13));
    painter.setPen(m_theme.faint_text);
    painter.drawText(room, Qt::AlignCenter | Qt::TextWordWrap, m_empty);
}

void ChartCanvas::paintPoint(QPainter& painter) const {
    const auto at = placeOf(*m_point);
    if (!at) return;
    painter.setPen(QPen(m_theme.text, 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(*at, 8.0, 8.0);
    paintCallout(painter, rect(), *at, calloutLines(), palette());
}

QStringList ChartCanvas::calloutLines() const {
    if (!m_point) return {};
    QStringList lines;
    for (const std::string& line : wordsOf(m_chart, *m_point)) lines << QString::fromStdString(line);
    if (rowOf(m_chart, *m_point))
        lines << (isOneTurn(m_chart, *m_point) ? QStringLiteral("click or Enter: this turn")
                                               : QStringLiteral("click or Enter: the turn nearest to it"));
    return lines;
}

std::optional<QPointF> ChartCanvas::placeOf(const PointRef& ref) const { return placeOfPoint(m_chart, panels(), ref); }

QString ChartCanvas::pointWords() const {
    if (!m_point) return {};
    QStringList lines;
    for (const std::string& line : wordsOf(m_chart, *m_point)) lines << QString::fromStdString(line);
    return lines.join(QStringLiteral("; "));
}

void ChartCanvas::setPoint(const std::optional<PointRef>& point) {
    if (point == m_point) return;
    m_point = point;
    update();
    Q_EMIT pointChanged();
}

void ChartCanvas::activate() {
    if (!m_point) return;
    // Queued: whoever hears it may change what is shown here.
    if (const auto row = rowOf(m_chart, *m_point))
        QMetaObject::invokeMethod(
            this, [this, at = *row] { Q_EMIT pointActivated(at); }, Qt::QueuedConnection);
}

void ChartCanvas::afterZoom() {
    const bool was = !(m_seen == m_full);
    layOut();
    showZoom();
    if (was || zoomed()) Q_EMIT zoomChanged();
}

void ChartCanvas::resetZoom() {
    if (!zoomed()) return;
    m_zoom.reset();
    afterZoom();
}

void ChartCanvas::mousePressEvent(QMouseEvent* event) {
    const auto panel = panelAt(panels(), event->position());
    const bool left = event->button() == Qt::LeftButton;
    if (!panel || (!left && event->button() != Qt::MiddleButton)) return event->ignore();
    m_from = m_to = event->position();
    m_dragPanel = *panel;
    m_drag = left ? Drag::Press : Drag::Pan;
    if (!left) setCursor(Qt::ClosedHandCursor);
}

void ChartCanvas::mouseMoveEvent(QMouseEvent* event) {
    if (m_drag == Drag::None) {
        m_pointByKeys = false;
        setPoint(pointNear(m_chart, panels(), event->position()));
        return;
    }
    if (m_drag == Drag::Pan) {
        const QRectF plot = panels().clip(m_dragPanel);
        if (plot.isEmpty()) return;
        const QPointF by = event->position() - m_to;
        m_zoom.pan(m_full, -by.x() / plot.width(), by.y() / plot.height());
        m_to = event->position();
        return afterZoom();
    }
    m_to = event->position();
    if (m_drag == Drag::Press && distance(m_from, m_to) >= QGuiApplication::styleHints()->startDragDistance())
        m_drag = Drag::Band;
    update();
}

void ChartCanvas::mouseReleaseEvent(QMouseEvent* event) {
    const Drag drag = std::exchange(m_drag, Drag::None);
    unsetCursor();
    m_to = event->position();
    if (drag == Drag::Press) {
        setPoint(pointNear(m_chart, panels(), m_to));
        activate();
    }
    const QRectF plot = drag == Drag::Band ? panels().clip(m_dragPanel) : QRectF();
    const QRectF band = QRectF(m_from, m_to).normalized().intersected(plot);
    const auto low = panels().valueAt(m_dragPanel, band.bottomLeft());
    const auto high = panels().valueAt(m_dragPanel, band.topRight());
    if (drag == Drag::Band && low && high && band.width() > 4 && band.height() > 4) {
        m_zoom.to(m_full, *low, *high);
        setPoint({});
        afterZoom();
    }
    update();
}

void ChartCanvas::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) resetZoom();
}

void ChartCanvas::wheelEvent(QWheelEvent* event) {
    const auto panel = panelAt(panels(), event->position());
    const double notches = event->angleDelta().y() / 120.0;
    const auto under = panel ? panels().valueAt(*panel, event->position()) : std::nullopt;
    if (!under || notches == 0) return event->ignore();
    m_zoom.around(m_full, *under, std::pow(kWheelStep, notches));
    afterZoom();
    event->accept();
}

bool ChartCanvas::steps(const QKeyEvent& event) {
    PointStep step;
    switch (event.key()) {
    case Qt::Key_Left: step = PointStep::Left; break;
    case Qt::Key_Right: step = PointStep::Right; break;
    case Qt::Key_Up: step = PointStep::Up; break;
    case Qt::Key_Down: step = PointStep::Down; break;
    case Qt::Key_Home: step = PointStep::First; break;
    case Qt::Key_End: step = PointStep::Last; break;
    default: return false;
    }
    if (event.modifiers().testFlag(Qt::ShiftModifier)) {
        const auto part = [&](PointStep back, PointStep on) { return step == back ? -kPanStep : step == on ? kPanStep : 0.0; };
        m_zoom.pan(m_full, part(PointStep::Left, PointStep::Right), part(PointStep::Down, PointStep::Up));
        afterZoom();
        return true;
    }
    m_pointByKeys = true;
    setPoint(stepped(m_chart, m_point, step));
    return true;
}

bool ChartCanvas::zooms(const QKeyEvent& event) {
    double factor = 1;
    switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: factor = kKeyStep; break;
    case Qt::Key_Minus: factor = 1 / kKeyStep; break;
    case Qt::Key_0: resetZoom(); return true;
    default: return false;
    }
    const std::size_t panel = m_point ? m_point->panel : 0;
    const auto middle = panels().valueAt(panel, panels().clip(panel).center());
    if (!middle) return true;
    const QPointF centre = m_point && placeOf(*m_point) ? QPointF(xOf(m_chart, *m_point), yOf(m_chart, *m_point)) : *middle;
    m_zoom.around(m_full, centre, factor);
    afterZoom();
    return true;
}

void ChartCanvas::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && (m_drag != Drag::None || m_point || zoomed())) {
        // One thing at a time: the band that is drawn, the point, the zoom.
        if (m_drag != Drag::None) letGo();
        else if (m_point) setPoint({});
        else resetZoom();
        update();
    } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        activate();
    } else if (!steps(*event) && !zooms(*event)) {
        QWidget::keyPressEvent(event);
    }
}

void ChartCanvas::leaveEvent(QEvent*) {
    if (!m_pointByKeys) setPoint({});
}

void ChartCanvas::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void ChartCanvas::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    if (m_pointByKeys) setPoint({});
    update();
}

// The button may go up elsewhere now.
void ChartCanvas::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    letGo();
}

void ChartCanvas::resizeEvent(QResizeEvent*) {
    m_stale = m_panelsStale = true;
    m_reset->adjustSize();
    m_reset->move(width() - m_reset->width() - 12, 8);
}

void ChartCanvas::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::StyleChange) return;
    m_theme = theme(themeKindOf(palette()));
    m_stale = m_panelsStale = true;
    update();
}

} // namespace looptax
