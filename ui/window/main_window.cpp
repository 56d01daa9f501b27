#include "ui/window/main_window.h"

#include "ui/charts/charts_pane.h"
#include "ui/compare/compare_dialog.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "ui/verdicts/verdict_board.h"
#include "ui/widgets/file_choice.h"
#include "ui/window/calibration_dialog.h"
#include "ui/window/control_bar.h"
#include "ui/window/help_pages.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "ui/window/window_layout.h"
#include "ui/window/window_menus.h"
#include "ui/window/work_area.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QMenuBar>
#include <QMimeData>
#include <QSplitter>
#include <QStatusBar>
#include <QVBoxLayout>

namespace looptax {

MainWindow::MainWindow(const Services& services, QWidget* parent)
    : QMainWindow(parent)
    , m_services(services)
    , m_settings(services.settings_file)
    , m_feed(services.files, services.analyse)
    , m_activity(m_feed)
    , m_sweep(services, m_feed, m_activity, m_messages)
    , m_sessions(services, m_feed, m_activity, m_messages, m_settings)
    , m_exports(services, m_feed, m_activity, m_messages, m_settings, this)
    , m_closing(m_sweep, m_activity, this) {
    setAcceptDrops(true);
    buildTop();
    buildDocks();
    connectSweep();
    connectSessions();
    connectMenus();
    const WindowSettings& kept = m_settings.values();
    if (!kept.sessions_folder.isEmpty()) m_sweep.setOut(kept.sessions_folder.toStdString());
    setAppearance(kept.appearance);
    restoreLayout(*this, m_area->splitter(), kept);
    if (!kept.columns.isEmpty()) table().setShownColumns(kept.columns);
    connectSettings();
    refresh();
}

MainWindow::~MainWindow() {
    m_settings.flush(); // collects from widgets that are gone a moment later
    m_settings.setCollect({});
}

ChartsPane& MainWindow::charts() const { return m_area->charts(); }
TurnTable& MainWindow::table() const { return m_area->table(); }
VerdictBoard& MainWindow::verdicts() const { return m_area->verdicts(); }

void MainWindow::buildTop() {
    auto* top = new QWidget(this);
    auto* menus = new QMenuBar(top);
    menus->setNativeMenuBar(false); // it stands in a widget of ours
    m_bar = new ControlBar(top);
    m_trouble = new TroubleLine(m_messages, top);
    m_session = new SessionLine(m_feed, top);
    m_menus = new WindowMenus(menus, m_bar->actions(), m_services);
    auto* column = new QVBoxLayout(top);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    for (QWidget* part : {static_cast<QWidget*>(menus), static_cast<QWidget*>(m_bar), static_cast<QWidget*>(m_trouble),
                          static_cast<QWidget*>(m_session)})
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
    for (QAction* page : m_area->pageActions()) m_menus->addToView(page);
}

void MainWindow::connectSweep() {
    connect(&m_activity, &CurrentActivity::changed, this, &MainWindow::refresh);
    connect(&m_activity, &CurrentActivity::refused, this, &MainWindow::say);
    connect(&m_closing, &ClosingDesk::waits, this, &MainWindow::say);
    SweepController& controller = m_sweep.controller();
    connect(m_bar, &ControlBar::start, this, &MainWindow::start);
    connect(m_bar, &ControlBar::pause, &controller, &SweepController::pause);
    connect(m_bar, &ControlBar::proceed, &controller, &SweepController::proceed);
    connect(m_bar, &ControlBar::skipRun, &controller, &SweepController::skipRun);
    connect(m_bar, &ControlBar::finish, &controller, &SweepController::stop);
    connect(m_bar, &ControlBar::cut, &controller, &SweepController::cut);
    connect(m_bar, &ControlBar::chooseFolder, this, &MainWindow::chooseOut);
    connect(m_bar, &ControlBar::said, this, &MainWindow::say);
    connect(&m_messages, &WindowMessages::mend, this, &MainWindow::mend);
    connect(&m_sweep, &SweepDesk::changed, this, &MainWindow::refresh);
    connect(&m_sweep, &SweepDesk::over, this, [this] {
        noteShown();
        refresh();
    });
    connect(m_plan, &PlanPanel::planChanged, this, &MainWindow::refresh);
    connect(m_plan, &PlanPanel::problemsChanged, this, &MainWindow::refresh);
    connect(m_plan, &PlanPanel::runnableChanged, this, &MainWindow::refresh);
}

void MainWindow::connectSessions() {
    connect(&m_feed, &SessionFeed::sessionReset, this, [this] {
        // Another session is on screen, or none: what was told of the one before is over.
        m_messages.clear(MessageSource::Opening);
        m_messages.clear(MessageSource::Export);
        if (m_feed.live()) noteShown(); // now: the program may not live to see the end of the sweep
        refresh();
    });
    connect(m_session, &SessionLine::resume, this, [this] { m_sweep.resume(false); });
    connect(m_session, &SessionLine::retryFailed, this, [this] { m_sweep.resume(true); });
    connect(m_session, &SessionLine::readAgain, &m_sessions, &SessionDesk::readAgain);
    connect(m_session, &SessionLine::exportAll, &m_exports, &ExportDesk::exportAll);
    connect(m_session, &SessionLine::exportElsewhere, &m_exports, &ExportDesk::exportElsewhere);
    connect(&m_exports, &ExportDesk::said, this, &MainWindow::say);
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
        if (!m_activity.permit(Action::OpenSession)) return;
        chooseFolder(this, QStringLiteral("Open session"), QString::fromStdString(m_sweep.out()),
                     [this](const QString& folder) { openSession(folder); });
    });
    connect(m_menus, &WindowMenus::openRecent, this, &MainWindow::openSession);
    connect(m_menus, &WindowMenus::closeSession, &m_sessions, &SessionDesk::close);
    connect(m_menus, &WindowMenus::quit, this, &QWidget::close);
    connect(m_menus, &WindowMenus::resume, this, [this] { m_sweep.resume(false); });
    connect(m_menus, &WindowMenus::retryFailed, this, [this] { m_sweep.resume(true); });
    connect(m_menus, &WindowMenus::exportAll, &m_exports, &ExportDesk::exportAll);
    connect(m_menus, &WindowMenus::exportElsewhere, &m_exports, &ExportDesk::exportElsewhere);
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

bool MainWindow::offers(Action action) const {
    switch (action) {
    case Action::Calibrate: return bool(m_services.calibrate);
    case Action::Compare: return bool(m_services.compare);
    case Action::AddRepeats: return bool(m_services.addRepeats);
    default: return true;
    }
}

void MainWindow::connectSettings() {
    m_settings.setCollect([this](WindowSettings& settings) {
        keepLayout(*this, m_area->splitter(), settings);
        settings.columns = table().shownColumns();
    });
    connect(&table(), &TurnTable::columnsChanged, &m_settings, &SettingsStore::touch);
    connect(&m_area->splitter(), &QSplitter::splitterMoved, &m_settings, &SettingsStore::touch);
    for (QDockWidget* dock : {m_planDock, m_inspectorDock}) {
        dock->installEventFilter(this);
        connect(dock, &QDockWidget::dockLocationChanged, &m_settings, &SettingsStore::touch);
        connect(dock, &QDockWidget::topLevelChanged, &m_settings, &SettingsStore::touch);
    }
    connect(&m_settings, &SettingsStore::failed, this, [this](const QString& file) {
        m_messages.tell(MessageSource::Settings,
                        Trouble{{QStringLiteral("Cannot save the settings of the window to %1.").arg(file),
                                 QStringLiteral("Make the file and its folder writable; until then changes are lost when the "
                                                "window closes.")},
                                {}});
    });
    connect(&m_settings, &SettingsStore::written, this, [this] { m_messages.clear(MessageSource::Settings); });
}

void MainWindow::refresh() {
    m_activity.setDisturbance(m_plan->installing()
                                  ? QStringLiteral("The embedded runtime is being fetched: that would disturb what is measured.")
                                  : QString());
    const auto whyNot = [this](Action action) {
        return offers(action) ? m_activity.whyNot(action) : QStringLiteral("This program does not offer it.");
    };
    SweepView view = m_sweep.view();
    view.cannot_start = whyNot(Action::Start);
    if (view.cannot_start.isEmpty()) view.cannot_start = m_plan->blocked();
    m_bar->show(view);
    m_plan->setSessionsFolder(m_sweep.out());
    m_plan->setEditable(m_activity.allows(Action::EditPlan));
    m_session->refresh(m_activity.now(),
                       [this](Action action) { return offers(action) ? m_activity.allowance(action) : Allowance::Never; });
    verdicts().setAmendable(whyNot(Action::AddRepeats).isEmpty());
    m_menus->setRecent(m_settings.values().recent);
    m_menus->refresh(whyNot);
    setWindowTitle(titleWords(m_feed.folder(), view.state));
}

void MainWindow::noteShown() {
    const QString folder = QString::fromStdString(m_feed.folder());
    if (!folder.isEmpty()) m_settings.edit([&](WindowSettings& s) { noteRecent(s, folder); });
}

void MainWindow::say(const QString& text) { statusBar()->showMessage(text); }

void MainWindow::start() {
    if (m_plan->runnable()) m_sweep.start(m_plan->plan());
}

void MainWindow::mend(Mend how) {
    switch (how) {
    case Mend::AskAgain: m_sweep.controller().askAgain(); break;
    case Mend::Stop: m_sweep.controller().stop(); break;
    case Mend::ChooseFolder: chooseOut(); break;
    case Mend::LookAgain:
        m_messages.clear(MessageSource::Sweep);
        m_plan->lookAgain();
        break;
    case Mend::Resume: m_sweep.resumeAgain(); break;
    case Mend::ResumeOnChanged: m_sweep.resumeOnChanged(); break;
    case Mend::ExportElsewhere: m_exports.exportElsewhere(); break;
    }
}

void MainWindow::chooseOut() {
    if (!m_activity.permit(Action::ChooseOutputFolder)) return;
    chooseFolder(this, QStringLiteral("Folder for new sessions"), QString::fromStdString(m_sweep.out()),
                 [this](const QString& folder) {
                     if (!m_activity.permit(Action::ChooseOutputFolder)) return;
                     m_settings.edit([&](WindowSettings& s) { s.sessions_folder = folder; });
                     m_messages.clear(MessageSource::Sweep);
                     m_sweep.setOut(folder.toStdString());
                     say(QStringLiteral("new sessions go to %1").arg(folder));
                 });
}

void MainWindow::openSession(const QString& path) { m_sessions.open(path); }

CalibrationDialog* MainWindow::calibrate() {
    // Open is enough: whoever looks at it is about to measure.
    if (!m_services.calibrate || !m_activity.enter(Action::Calibrate)) return nullptr;
    auto* dialog = new CalibrationDialog(m_services.files, m_services.calibrate, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::finished, &m_activity, &CurrentActivity::end);
    dialog->open(); // over the window: a sweep beside it would measure it, and be measured by it
    return dialog;
}

CompareDialog* MainWindow::compare() {
    if (!m_services.compare || !m_activity.permit(Action::Compare)) return nullptr;
    auto* dialog = new CompareDialog(m_services.files, m_services.compare, m_feed.folder(), m_settings.values().recent, this);
    dialog->setSaveFolder(m_exports.suggestedFolder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open(); // over the window: the session it stands beside stays the one on screen
    return dialog;
}

void MainWindow::setAppearance(const QString& name) {
    m_settings.edit([&](WindowSettings& s) { s.appearance = name; });
    m_menus->setAppearance(name);
    applyAppearance(name);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_closing.mayClose()) {
        event->ignore();
        return;
    }
    m_settings.flush();
    m_settings.setCollect({}); // a window that is hidden has no layout
    event->accept();
    Q_EMIT closed();
}

void MainWindow::changeEvent(QEvent* event) {
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::WindowStateChange) m_settings.touch();
}

void MainWindow::moveEvent(QMoveEvent* event) {
    QMainWindow::moveEvent(event);
    m_settings.touch();
}

void MainWindow::resizeEvent(QResizeEvent* event) {
    QMainWindow::resizeEvent(event);
    m_settings.touch();
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
    // An edge between docks that is dragged has no signal of its own.
    if (event->type() == QEvent::Resize || event->type() == QEvent::Show || event->type() == QEvent::Hide) m_settings.touch();
    return QMainWindow::eventFilter(watched, event);
}

void MainWindow::endNow() {
    m_settings.flush(); // a second signal ends the program where it stands
    m_closing.endNow();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    // A dialog over the window blocks the mouse and the keys, but not what is dropped.
    if (m_activity.allows(Action::OpenSession) && QApplication::activeModalWidget() == nullptr &&
        SessionDesk::folderOf(event->mimeData()->urls()))
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    if (QApplication::activeModalWidget() != nullptr) return;
    if (const auto folder = SessionDesk::folderOf(event->mimeData()->urls())) {
        event->acceptProposedAction();
        openSession(*folder);
    }
}

} // namespace looptax
