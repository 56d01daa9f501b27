#include "ui/window/work_area.h"

#include "ui/charts/charts_pane.h"
#include "ui/turns/turn_table.h"
#include "ui/verdicts/verdict_board.h"

#include <QAction>
#include <QSplitter>
#include <QTabBar>

namespace looptax {

WorkArea::WorkArea(SessionFeed& feed, QWidget* parent)
    : QTabWidget(parent)
    , m_charts(new ChartsPane(feed))
    , m_table(new TurnTable(feed))
    , m_splitter(new QSplitter(Qt::Vertical))
    , m_verdicts(new VerdictBoard(feed)) {
    setDocumentMode(true);
    setAccessibleName(QStringLiteral("Pages of the session"));
    tabBar()->setAccessibleName(QStringLiteral("Pages of the session"));
    m_splitter->addWidget(m_charts);
    m_splitter->addWidget(m_table);
    m_splitter->setStretchFactor(0, 3);
    m_splitter->setStretchFactor(1, 2);
    m_splitter->setChildrenCollapsible(false);
    addPage(m_splitter, QStringLiteral("Charts and turns"), QStringLiteral("The curves and the table of turns"), Qt::Key_3);
    addPage(m_verdicts, QStringLiteral("Verdicts"),
            QStringLiteral("What the sweep shows, what it cannot show, and what it would take"), Qt::Key_4);
    connect(m_charts, &ChartsPane::turnSelected, m_table, &TurnTable::selectTurn);
}

void WorkArea::addPage(QWidget* page, const QString& title, const QString& tip, Qt::Key key) {
    const int at = addTab(page, title);
    auto* action = new QAction(title, this);
    action->setShortcut(QKeySequence(Qt::CTRL | key));
    connect(action, &QAction::triggered, this, [this, at] { setCurrentIndex(at); });
    setTabToolTip(at, QStringLiteral("%1 (%2)").arg(tip, action->shortcut().toString(QKeySequence::NativeText)));
    m_actions << action;
}

void WorkArea::showTurns() { setCurrentWidget(m_splitter); }

void WorkArea::showVerdicts() { setCurrentWidget(m_verdicts); }

} // namespace looptax
