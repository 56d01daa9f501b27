#include "ui/window/window_menus.h"

#include "ui/window/session_exports.h"

#include <QAction>
#include <QActionGroup>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>

namespace looptax {

WindowMenus::WindowMenus(QMenuBar* bar, const ControlBar::Actions& sweep, const Services& services) : QObject(bar) {
    fillFile(bar->addMenu(QStringLiteral("&File")));
    fillSweep(bar->addMenu(QStringLiteral("&Sweep")), sweep);
    fillExport(bar->addMenu(QStringLiteral("&Export")), services);
    fillView(bar->addMenu(QStringLiteral("&View")));
    fillTools(bar->addMenu(QStringLiteral("&Tools")));
    fillHelp(bar->addMenu(QStringLiteral("&Help")));
}

QAction* WindowMenus::guard(QAction* action, Action what) {
    m_guarded.emplace_back(action, what);
    return action;
}

void WindowMenus::fillFile(QMenu* menu) {
    guard(menu->addAction(QStringLiteral("&Open session…"), this, &WindowMenus::open), Action::OpenSession)
        ->setShortcut(QKeySequence::Open);
    m_recent = menu->addMenu(QStringLiteral("&Recent sessions"));
    guard(menu->addAction(QStringLiteral("&Close session"), this, &WindowMenus::closeSession), Action::CloseSession)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_W));
    menu->addSeparator();
    QAction* leave = menu->addAction(QStringLiteral("&Quit"), this, &WindowMenus::quit);
    leave->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    m_recent->setEnabled(false);
}

void WindowMenus::fillSweep(QMenu* menu, const ControlBar::Actions& sweep) {
    for (QAction* action : {sweep.start, sweep.pause, sweep.skip, sweep.finish, sweep.cut}) menu->addAction(action);
    menu->addSeparator();
    guard(menu->addAction(QStringLiteral("&Resume this session"), this, &WindowMenus::resume), Action::Resume)
        ->setShortcut(QKeySequence(Qt::Key_F9));
    guard(menu->addAction(QStringLiteral("Resume and retry &failed runs"), this, &WindowMenus::retryFailed), Action::RetryFailed);
    menu->addSeparator();
    for (QAction* action : {sweep.open_folder, sweep.copy_path, sweep.choose_folder}) menu->addAction(action);
    guard(sweep.choose_folder, Action::ChooseOutputFolder);
}

void WindowMenus::fillExport(QMenu* menu, const Services& services) {
    guard(menu->addAction(QStringLiteral("Export &all to the session folder"), this, &WindowMenus::exportAll),
          Action::ExportIntoSession)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    guard(menu->addAction(QStringLiteral("Export all to another &folder…"), this, &WindowMenus::exportElsewhere),
          Action::ExportElsewhere);
    menu->addSeparator();
    guard(menu->addAction(QStringLiteral("C&harts…"), this, &WindowMenus::exportCharts), Action::ExportElsewhere)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
    const auto file = [&](const QString& text, SessionFile which) {
        guard(menu->addAction(text, this, [this, which] { Q_EMIT exportFile(which); }), Action::ExportElsewhere);
    };
    file(QStringLiteral("Turns as &CSV…"), SessionFile::Csv);
    file(QStringLiteral("Summary as &JSON…"), SessionFile::Summary);
    file(QStringLiteral("Report as &Markdown…"), SessionFile::Markdown);
    file(QStringLiteral("Report as H&TML…"), SessionFile::Html);
    if (services.writeRuns)
        guard(menu->addAction(QStringLiteral("&Raw records, a file a run…"), this, &WindowMenus::exportRuns),
              Action::ExportElsewhere);
}

void WindowMenus::fillView(QMenu* menu) {
    m_view = menu;
    QMenu* appearance = menu->addMenu(QStringLiteral("&Appearance"));
    m_appearances = new QActionGroup(this);
    for (const auto& [name, text] : {std::pair{"system", "As the &system"}, {"light", "&Light"}, {"dark", "&Dark"}}) {
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
    guard(menu->addAction(QStringLiteral("&Calibrate the instrument…"), this, &WindowMenus::calibrate), Action::Calibrate)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_K));
    guard(menu->addAction(QStringLiteral("Compare with &another session…"), this, &WindowMenus::compare), Action::Compare)
        ->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
}

void WindowMenus::fillHelp(QMenu* menu) {
    QAction* keys = menu->addAction(QStringLiteral("&Keyboard shortcuts"), this, &WindowMenus::shortcutsPage);
    keys->setShortcut(QKeySequence(Qt::Key_F1));
    menu->addAction(QStringLiteral("&About"), this, &WindowMenus::aboutPage);
}

void WindowMenus::refresh(const std::function<QString(Action)>& whyNot) {
    for (const auto& [action, what] : m_guarded) {
        const QString why = whyNot(what);
        action->setEnabled(why.isEmpty());
        action->setStatusTip(why);
    }
    m_recent->setEnabled(!m_recent->isEmpty() && whyNot(Action::OpenSession).isEmpty());
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
}

void WindowMenus::setAppearance(const QString& name) {
    for (QAction* action : m_appearances->actions()) action->setChecked(action->data().toString() == name);
}

void WindowMenus::addToView(QAction* action) { m_view->addAction(action); }

} // namespace looptax
