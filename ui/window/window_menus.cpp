#include "ui/window/window_menus.h"

#include "ui/window/session_exports.h"

#include <QAction>
#include <QActionGroup>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>

namespace looptax {

WindowMenus::WindowMenus(QMenuBar* bar, const ControlBar::Actions& sweep)
    : QObject(bar) {
    fillFile(bar->addMenu(QStringLiteral("&File")));
    fillSweep(bar->addMenu(QStringLiteral("&Sweep")), sweep);
    fillExport(bar->addMenu(QStringLiteral("&Export")));
    fillView(bar->addMenu(QStringLiteral("&View")));
    fillTools(bar->addMenu(QStringLiteral("&Tools")));
    fillHelp(bar->addMenu(QStringLiteral("&Help")));
    setState({});
    setComparable(false);
}

void WindowMenus::fillFile(QMenu* menu) {
    m_open = menu->addAction(QStringLiteral("&Open session…"), this, &WindowMenus::open);
    m_open->setShortcut(QKeySequence::Open);
    m_recent = menu->addMenu(QStringLiteral("&Recent sessions"));
    m_close = menu->addAction(QStringLiteral("&Close session"), this, &WindowMenus::closeSession);
    m_close->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_W));
    menu->addSeparator();
    QAction* leave = menu->addAction(QStringLiteral("&Quit"), this, &WindowMenus::quit);
    leave->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    m_recent->setEnabled(false);
}

void WindowMenus::fillSweep(QMenu* menu, const ControlBar::Actions& sweep) {
    for (QAction* action : {sweep.start, sweep.pause, sweep.skip, sweep.finish, sweep.cut})
        menu->addAction(action);
    menu->addSeparator();
    m_resume = menu->addAction(QStringLiteral("&Resume this session"), this, &WindowMenus::resume);
    m_resume->setShortcut(QKeySequence(Qt::Key_F9));
    m_retry =
        menu->addAction(QStringLiteral("Resume and retry &failed runs"), this, &WindowMenus::retryFailed);
    menu->addSeparator();
    for (QAction* action : {sweep.open_folder, sweep.copy_path, sweep.choose_folder})
        menu->addAction(action);
}

void WindowMenus::fillExport(QMenu* menu) {
    m_exportAll =
        menu->addAction(QStringLiteral("&All into the session's folder"), this, &WindowMenus::exportAll);
    m_exportAll->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    menu->addSeparator();
    QAction* charts = menu->addAction(QStringLiteral("C&harts…"), this, &WindowMenus::exportCharts);
    charts->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
    m_exports = {m_exportAll, charts};
    const auto file = [&](const QString& text, SessionFile which) {
        m_exports << menu->addAction(text, this, [this, which] { Q_EMIT exportFile(which); });
    };
    file(QStringLiteral("Turns as &CSV…"), SessionFile::Csv);
    file(QStringLiteral("Summary as &JSON…"), SessionFile::Summary);
    file(QStringLiteral("Report as &Markdown…"), SessionFile::Markdown);
    file(QStringLiteral("Report as H&TML…"), SessionFile::Html);
    m_runs = menu->addAction(QStringLiteral("&Raw records, a file a run…"), this, &WindowMenus::exportRuns);
    m_exports << m_runs;
}

void WindowMenus::fillView(QMenu* menu) {
    m_view = menu;
    QMenu* appearance = menu->addMenu(QStringLiteral("&Appearance"));
    m_appearances = new QActionGroup(this);
    for (const auto& [name, text] :
         {std::pair{"system", "As the &system"}, {"light", "&Light"}, {"dark", "&Dark"}}) {
        QAction* action = appearance->addAction(QLatin1String(text));
        action->setCheckable(true);
        action->setData(QLatin1String(name));
        m_appearances->addAction(action);
    }
    connect(m_appearances, &QActionGroup::triggered, this,
            [this](QAction* action) { Q_EMIT appearanceWanted(action->data().toString()); });
    menu->addSeparator();
}

void WindowMenus::fillTools(QMenu* menu) {
    m_calibrate =
        menu->addAction(QStringLiteral("&Calibrate the instrument…"), this, &WindowMenus::calibrate);
    m_calibrate->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K));
    m_compare =
        menu->addAction(QStringLiteral("Compare with &another session…"), this, &WindowMenus::compare);
    m_compare->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
}

void WindowMenus::fillHelp(QMenu* menu) {
    QAction* keys = menu->addAction(QStringLiteral("&Keyboard shortcuts"), this, &WindowMenus::shortcutsPage);
    keys->setShortcut(QKeySequence(Qt::Key_F1));
    menu->addAction(QStringLiteral("&About"), this, &WindowMenus::aboutPage);
}

void WindowMenus::setState(const State& state) {
    m_open->setEnabled(!state.busy);
    m_open->setStatusTip(state.busy ? QStringLiteral("A sweep is on screen: stop it first") : QString());
    m_recent->setEnabled(!state.busy && !m_recent->isEmpty());
    m_close->setEnabled(!state.busy && state.session);
    m_resume->setEnabled(!state.busy && state.resumable);
    m_retry->setEnabled(!state.busy && state.retryable);
    m_calibrate->setEnabled(!state.busy && !state.exporting && state.calibratable);
    m_runs->setVisible(state.raw_records);
    for (QAction* action : std::as_const(m_exports))
        action->setEnabled(!state.exporting && state.turns);
}

void WindowMenus::setComparable(bool on) {
    m_compare->setEnabled(on);
}

void WindowMenus::setRecent(const QStringList& folders) {
    if (folders == m_folders) return; // the action that was just chosen may be one of them
    m_folders = folders;
    m_recent->clear();
    for (const QString& folder : folders) {
        // The name alone would be the same for two copies; a '&' of a path is no mnemonic.
        QString text = folder;
        text.replace(QLatin1Char('&'), QStringLiteral("&&"));
        m_recent->addAction(text, this, [this, folder] { Q_EMIT openRecent(folder); });
    }
    m_recent->setEnabled(!folders.isEmpty());
}

void WindowMenus::setAppearance(const QString& name) {
    for (QAction* action : m_appearances->actions())
        action->setChecked(action->data().toString() == name);
}

void WindowMenus::addToView(QAction* action) {
    m_view->addAction(action);
}

} // namespace looptax
