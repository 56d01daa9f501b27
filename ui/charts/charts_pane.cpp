#include "ui/charts/charts_pane.h"

#include "store/session.h"
#include "ui/charts/chart_canvas.h"
#include "ui/model/session_charts.h"
#include "ui/model/session_feed.h"
#include "ui/widgets/background_task.h"

#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace looptax {

namespace {

constexpr int kTenthOfASecond = 100;       // ms between two pictures
constexpr std::size_t kTurnsAtOnce = 1500; // of a long session in one event

} // namespace

ChartsPane::ChartsPane(SessionFeed& feed, QWidget* parent) : QWidget(parent), m_feed(feed), m_keeper(chartReference()) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    m_splitter = new QSplitter(this);
    m_splitter->setChildrenCollapsible(false);
    m_left = new QTabWidget(m_splitter);
    m_right = new QTabWidget(m_splitter);
    m_left->setDocumentMode(true);
    m_right->setDocumentMode(true);
    m_left->setAccessibleName(QStringLiteral("Charts on the left"));
    m_right->setAccessibleName(QStringLiteral("Charts on the right"));
    column->addWidget(m_splitter);
    m_due.fill(true);
    m_another.fill(true);
    for (const ChartKind kind : {ChartKind::Ttft, ChartKind::TtftSplit, ChartKind::Context, ChartKind::CachedProcessed}) {
        // What is measured left, what explains it right.
        QTabWidget* tabs = kind == ChartKind::Ttft || kind == ChartKind::TtftSplit ? m_left : m_right;
        auto* chart = new LiveChart(kind);
        m_charts[std::size_t(kind)] = chart;
        tabs->addTab(chart, chart->title());
        // Until it is drawn again a chart shows the session before, whose rows are other turns.
        connect(chart, &LiveChart::turnSelected, this, [this, kind](int row) {
            if (!m_another[std::size_t(kind)]) Q_EMIT turnSelected(row);
        });
        connect(chart, &LiveChart::familyChanged, this, [this](CacheMode mode, std::optional<std::size_t> target) {
            for (LiveChart* other : m_charts) other->setFamily(mode, target);
        });
    }
    m_timer.setSingleShot(true);
    m_sinceDrawn.start();
    connect(&m_timer, &QTimer::timeout, this, &ChartsPane::tick);
    connect(m_left, &QTabWidget::currentChanged, this, &ChartsPane::draw);
    connect(m_right, &QTabWidget::currentChanged, this, &ChartsPane::draw);
    connect(&m_feed, &SessionFeed::sessionReset, this, [this] {
        // The old one takes longer to free than an event may take.
        disposeLater(std::make_shared<SourceKeeper>(std::exchange(m_keeper, SourceKeeper(chartReference(), sessionId()))));
        m_another.fill(true);
        later();
    });
    connect(&m_feed, &SessionFeed::turnsAppended, this, &ChartsPane::later);
    connect(&m_feed, &SessionFeed::turnsChanged, this, &ChartsPane::later);
    connect(&m_feed, &SessionFeed::linesApplied, this, [this] { // the plan comes before any turn
        if (m_feed.store().plan() && m_keeper.source().cache_modes.empty()) later();
    });
    connect(&m_feed, &SessionFeed::liveChanged, this, &ChartsPane::later);
    connect(&m_feed, &SessionFeed::lawsChanged, this, &ChartsPane::later);
    m_keeper = SourceKeeper(chartReference(), sessionId());
}

std::string ChartsPane::sessionId() const { return m_feed.folder().empty() ? std::string() : SessionPaths(m_feed.folder()).id(); }

LiveChart& ChartsPane::chart(ChartKind kind) const { return *m_charts[std::size_t(kind)]; }

void ChartsPane::showChart(ChartKind kind) {
    for (QTabWidget* tabs : {m_left, m_right})
        if (tabs->indexOf(m_charts[std::size_t(kind)]) >= 0) tabs->setCurrentWidget(m_charts[std::size_t(kind)]);
}

void ChartsPane::later() {
    m_stale = true;
    if (!isVisible() || m_timer.isActive()) return;
    m_timer.start(int(std::clamp<qint64>(kTenthOfASecond - m_sinceDrawn.elapsed(), 0, kTenthOfASecond)));
}

bool ChartsPane::catchUp(std::size_t mostTurns) {
    return m_keeper.catchUp(m_feed.store(), m_feed.live(), mostTurns, [this]() -> const TaxSplit* {
        // While turns arrive one that is some turns behind will do, but not the one that is drawn.
        const auto& laws = m_feed.laws();
        if (!laws || !(m_feed.live() ? laws != m_drawnLaws : m_feed.lawsAreCurrent())) {
            m_feed.wantLaws();
            return nullptr;
        }
        m_drawnLaws = laws;
        return &laws->split;
    });
}

void ChartsPane::tick() {
    if (!isVisible()) return;
    if (!catchUp(kTurnsAtOnce)) {
        m_timer.start(0); // a long session: the rest after what else waits
        return;
    }
    m_stale = false;
    m_due.fill(true);
    draw();
}

void ChartsPane::refresh() {
    catchUp(std::size_t(-1));
    m_stale = false;
    m_due.fill(true);
    draw();
}

void ChartsPane::draw() {
    m_sinceDrawn.restart();
    bool any = false;
    for (LiveChart* chart : m_charts) {
        const auto i = std::size_t(chart->kind());
        const bool seen = chart == m_left->currentWidget() || chart == m_right->currentWidget();
        if (!seen || !m_due[i]) continue;
        chart->setSource(m_keeper.source(), m_another[i]);
        m_due[i] = m_another[i] = false;
        nameTab(*chart);
        any = true;
    }
    if (any) ++m_refreshes;
}

void ChartsPane::nameTab(LiveChart& chart) {
    for (QTabWidget* tabs : {m_left, m_right})
        if (const int at = tabs->indexOf(&chart); at >= 0) {
            if (tabs->tabText(at) != chart.title()) tabs->setTabText(at, chart.title());
            const QString measured = QString::fromStdString(chart.chart().subtitle);
            if (tabs->tabToolTip(at) != measured) tabs->setTabToolTip(at, measured);
        }
}

void ChartsPane::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    m_timer.stop(); // what is stale is drawn when it is shown
}

void ChartsPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_stale) later();
}

void ChartsPane::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    // Beside each other where there is room for two, else one above the other.
    m_splitter->setOrientation(width() >= height() * 5 / 4 ? Qt::Horizontal : Qt::Vertical);
}

} // namespace looptax
