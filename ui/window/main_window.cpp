#include "ui/window/main_window.h"

#include "ui/charts/charts_pane.h"
#include "ui/compare/compare_dialog.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "ui/verdicts/verdict_board.h"
#include "ui/window/calibration_dialog.h"
#include "ui/window/control_bar.h"
#include "ui/window/file_choice.h"
#include "ui/window/help_pages.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "ui/window/window_layout.h"
#include "ui/window/window_menus.h"
#include "ui/window/work_area.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QStatusBar>
#include <QVBoxLayout>

namespace looptax {

MainWindow::MainWindow(const Services& services, QWidget* parent)
    : QMainWindow(parent)
    , m_services(services)
    , m_settings(readWindowSettings(services.settings_file))
    , m_feed(services.files, services.analyse)
    , m_sweep(services, m_feed)
    , m_sessions(services, m_feed, m_settings)
    , m_exports(services, m_feed, m_settings, this)
    , m_closing(m_sweep, this) {
    setAcceptDrops(true);
    buildTop();
    buildDocks();
    connectSweep();
    connectSessions();
    connectMenus();
    if (!m_settings.sessions_folder.isEmpty()) m_sweep.setOut(m_settings.sessions_folder.toStdString());
    setAppearance(m_settings.appearance);
    restoreLayout(*this, m_area->splitter(), m_settings);
    if (!m_settings.columns.isEmpty()) table().setShownColumns(m_settings.columns);
    refresh();
}

MainWindow::~MainWindow() = default;

ChartsPane& MainWindow::charts() const {
    return m_area->charts();
}
TurnTable& MainWindow::table() const {
    return m_area->table();
}
VerdictBoard& MainWindow::verdicts() const {
    return m_area->verdicts();
}

void MainWindow::buildTop() {
    auto* top = new QWidget(this);
    auto* menus = new QMenuBar(top);
    menus->setNativeMenuBar(false); // it stands in a widget of ours
    m_bar = new ControlBar(top);
    m_trouble = new TroubleLine(top);
    m_session = new SessionLine(m_feed, top);
    m_menus = new WindowMenus(menus, m_bar->actions());
    auto* column = new QVBoxLayout(top);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    for (QWidget* part : {static_cast<QWidget*>(menus), static_cast<QWidget*>(m_bar),
                          static_cast<QWidget*>(m_trouble), static_cast<QWidget*>(m_session)})
        column->addWidget(part);
    setMenuWidget(top); // across the docks too
}

void MainWindow::buildDocks() {
    m_plan = new PlanPanel(m_services, this);
    m_area = new WorkArea(m_feed, this);
    m_inspector = new TurnInspector(m_services.files, m_feed, m_services.taskPack, this);
    setCentralWidget(m_area);
    const auto dock = [this](const QString& title, const QString& name, QWidget* widget, Qt::Key key) {
        auto* made = new QDockWidget(title, this);
        made->setObjectName(name); // saveState() goes by it
        made->setWidget(widget);
        addDockWidget(Qt::LeftDockWidgetArea, made);
        made->toggleViewAction()->setShortcut(QKeySequence(Qt::CTRL | key));
        m_menus->addToView(made->toggleViewAction());
        return made;
    };
    m_planDock = dock(QStringLiteral("Plan"), QStringLiteral("plan"), m_plan, Qt::Key_1);
    m_inspectorDock = dock(QStringLiteral("Turn"), QStringLiteral("turn"), m_inspector, Qt::Key_2);
    // Side by side they would leave the charts no room on a small screen.
    tabifyDockWidget(m_planDock, m_inspectorDock);
    m_planDock->raise();
    for (QAction* page : m_area->pageActions())
        m_menus->addToView(page);
}

void MainWindow::connectSweep() {
    SweepController& controller = m_sweep.controller();
    connect(m_bar, &ControlBar::start, this, &MainWindow::start);
    connect(m_bar, &ControlBar::pause, &controller, &SweepController::pause);
    connect(m_bar, &ControlBar::proceed, &controller, &SweepController::proceed);
    connect(m_bar, &ControlBar::skipRun, &controller, &SweepController::skipRun);
    connect(m_bar, &ControlBar::finish, &controller, &SweepController::stop);
    connect(m_bar, &ControlBar::cut, &controller, &SweepController::cut);
    connect(m_bar, &ControlBar::chooseFolder, this, &MainWindow::chooseOut);
    connect(m_bar, &ControlBar::said, this, &MainWindow::say);
    connect(m_trouble, &TroubleLine::mend, this, &MainWindow::mend);
    connect(&m_sweep, &SweepDesk::changed, this, &MainWindow::refresh);
    connect(&m_sweep, &SweepDesk::over, this, [this] {
        if (!m_feed.folder().empty()) noteRecent(m_settings, QString::fromStdString(m_feed.folder()));
        refresh();
        m_closing.sweepIsOver();
    });
    connect(m_plan, &PlanPanel::planChanged, this, &MainWindow::refresh);
    connect(m_plan, &PlanPanel::problemsChanged, this, &MainWindow::refresh);
    connect(m_plan, &PlanPanel::runnableChanged, this, &MainWindow::refresh);
}

void MainWindow::connectSessions() {
    connect(&m_sessions, &SessionDesk::readingChanged, this, &MainWindow::refresh);
    connect(&m_sessions, &SessionDesk::opened, this, [this] {
        m_sweep.forgetTrouble();
        refresh();
    });
    connect(&m_sessions, &SessionDesk::couldNotOpen, this,
            [this](const Trouble& trouble) { m_trouble->show(trouble); });
    connect(&m_feed, &SessionFeed::sessionReset, this, &MainWindow::refresh);
    connect(m_session, &SessionLine::resume, this, [this] { m_sweep.resume(false); });
    connect(m_session, &SessionLine::retryFailed, this, [this] { m_sweep.resume(true); });
    connect(m_session, &SessionLine::readAgain, &m_sessions, &SessionDesk::readAgain);
    connect(m_session, &SessionLine::exportAll, &m_exports, &ExportDesk::exportAll);
    connect(&m_exports, &ExportDesk::changed, this, [this] {
        if (m_exports.busy()) m_trouble->clear(); // the last export's
        refresh();
    });
    connect(&m_exports, &ExportDesk::said, this, &MainWindow::say);
    connect(&m_exports, &ExportDesk::failed, m_trouble,
            [this](const Trouble& trouble) { m_trouble->show(trouble); });
    const auto inspect = [this](int row) {
        m_inspector->show(row);
        if (row >= 0) m_inspectorDock->raise();
    };
    connect(&table(), &TurnTable::turnSelected, this, inspect);
    connect(&m_feed, &SessionFeed::analysisChanged, this, &MainWindow::refresh);
    connect(m_session, &SessionLine::showVerdicts, m_area, &WorkArea::showVerdicts);
    connect(m_session, &SessionLine::addRepeats, &m_sweep, &SweepDesk::addRepeats);
    connect(&verdicts(), &VerdictBoard::addRepeats, &m_sweep, &SweepDesk::addRepeats);
}

void MainWindow::connectMenus() {
    connect(m_menus, &WindowMenus::open, this, [this] {
        chooseFolder(this, QStringLiteral("Open session"), QString::fromStdString(m_sweep.out()),
                     [this](const QString& folder) { openSession(folder); });
    });
    connect(m_menus, &WindowMenus::openRecent, this, &MainWindow::openSession);
    connect(m_menus, &WindowMenus::closeSession, &m_sessions, &SessionDesk::close);
    connect(m_menus, &WindowMenus::quit, this, &QWidget::close);
    connect(m_menus, &WindowMenus::resume, this, [this] { m_sweep.resume(false); });
    connect(m_menus, &WindowMenus::retryFailed, this, [this] { m_sweep.resume(true); });
    connect(m_menus, &WindowMenus::exportAll, &m_exports, &ExportDesk::exportAll);
    connect(m_menus, &WindowMenus::exportCharts, &m_exports, &ExportDesk::askForCharts);
    connect(m_menus, &WindowMenus::exportFile, &m_exports, &ExportDesk::askForFile);
    connect(m_menus, &WindowMenus::exportRuns, &m_exports, &ExportDesk::askForRuns);
    connect(m_menus, &WindowMenus::appearanceWanted, this, &MainWindow::setAppearance);
    connect(m_menus, &WindowMenus::calibrate, this, &MainWindow::calibrate);
    connect(m_menus, &WindowMenus::compare, this, &MainWindow::compare);
    connect(m_menus, &WindowMenus::aboutPage, this, [this] { (new AboutPage(this))->open(); });
    connect(m_menus, &WindowMenus::shortcutsPage, this,
            [this] { (new ShortcutsPage(shortcutLines(*findChild<QMenuBar*>()), this))->open(); });
}

void MainWindow::refresh() {
    SweepView view = m_sweep.view();
    view.cannot_start = m_plan->blocked();
    m_bar->show(view);
    const bool busy = m_sweep.busy();
    m_plan->setEditable(!m_sweep.controller().busy());
    if (m_sweep.trouble() || m_sweep.controller().busy()) m_trouble->show(m_sweep.trouble());
    const bool mine = !m_feed.live() && m_feed.inUseBy().empty() && !m_feed.newer() && !m_feed.damaged();
    const bool amendable = mine && !busy && m_services.addRepeats;
    m_session->refresh(busy || m_feed.live() || m_sessions.reading(), amendable);
    verdicts().setAmendable(amendable);
    m_menus->setState({busy || m_sessions.reading(), !m_feed.folder().empty(),
                       !m_feed.store().turns().empty(), mine && m_feed.openRuns() > 0,
                       mine && m_feed.failedRuns() > 0, m_exports.busy(), bool(m_services.calibrate),
                       bool(m_services.writeRuns)});
    m_menus->setComparable(m_services.compare && !busy && !m_sessions.reading() && !m_feed.store().turns().empty());
    m_menus->setRecent(m_settings.recent);
    setWindowTitle(titleWords(m_feed.folder(), view.state));
}

void MainWindow::say(const QString& text) {
    statusBar()->showMessage(text);
}

void MainWindow::start() {
    if (m_plan->runnable()) m_sweep.start(m_plan->plan());
}

void MainWindow::mend(Mend how) {
    switch (how) {
    case Mend::AskAgain:
        m_sweep.controller().askAgain();
        break;
    case Mend::Stop:
        m_sweep.controller().stop();
        break;
    case Mend::ChooseFolder:
        chooseOut();
        break;
    case Mend::LookAgain:
        m_sweep.forgetTrouble();
        m_trouble->clear();
        m_plan->lookAgain();
        break;
    case Mend::Resume:
        m_sweep.resume(false);
        break;
    case Mend::ExportElsewhere:
        m_exports.exportElsewhere();
        break;
    }
}

void MainWindow::chooseOut() {
    chooseFolder(this, QStringLiteral("Folder for new sessions"), QString::fromStdString(m_sweep.out()),
                 [this](const QString& folder) {
                     m_settings.sessions_folder = folder;
                     m_sweep.forgetTrouble();
                     m_trouble->clear();
                     m_sweep.setOut(folder.toStdString());
                     say(QStringLiteral("new sessions go to %1").arg(folder));
                 });
}

void MainWindow::openSession(const QString& path) {
    m_sessions.open(path);
}

CalibrationDialog* MainWindow::calibrate() {
    if (!m_services.calibrate || m_sweep.busy()) return nullptr;
    auto* dialog = new CalibrationDialog(m_services.files, m_services.calibrate, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open(); // over the window: a sweep beside it would measure it, and be measured by it
    return dialog;
}

CompareDialog* MainWindow::compare() {
    if (!m_services.compare || m_sweep.busy() || m_feed.folder().empty()) return nullptr;
    auto* dialog = new CompareDialog(m_services.compare, m_feed.folder(), m_settings.recent, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open(); // over the window: the session it stands beside stays the one on screen
    return dialog;
}

void MainWindow::setAppearance(const QString& name) {
    m_settings.appearance = name;
    m_menus->setAppearance(name);
    applyAppearance(name);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_closing.mayClose()) {
        event->ignore();
        return;
    }
    keepLayout(*this, m_area->splitter(), m_settings);
    m_settings.columns = table().shownColumns();
    writeWindowSettings(m_services.settings_file, m_settings);
    event->accept();
    Q_EMIT closed();
}

void MainWindow::endNow() {
    m_closing.endNow();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!m_feed.live() && SessionDesk::folderOf(event->mimeData()->urls())) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    if (const auto folder = SessionDesk::folderOf(event->mimeData()->urls())) {
        event->acceptProposedAction();
        openSession(*folder);
    }
}

} // namespace looptax
