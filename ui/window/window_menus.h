// The menu bar: every action of the window by name and key, in one place. It holds the actions; what they do
// is connected by the window.
#pragma once

#include "ui/model/activity.h"
#include "ui/model/services.h"
#include "ui/window/control_bar.h"

#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

#include <functional>
#include <utility>
#include <vector>

class QAction;
class QActionGroup;
class QMenu;
class QMenuBar;

namespace looptax {

class WindowMenus : public QObject {
    Q_OBJECT
public:
    // Fills the bar; sweep: the control bar's actions, which are the menu's too.
    WindowMenus(QMenuBar* bar, const ControlBar::Actions& sweep, const Services& services);

    // whyNot: an empty sentence where the action is allowed.
    void refresh(const std::function<QString(Action)>& whyNot);
    void setRecent(const QStringList& folders);
    void setAppearance(const QString& name); // "system", "light", "dark"
    void addToView(QAction* action);         // a dock's

Q_SIGNALS:
    void open();
    void openRecent(const QString& folder);
    void closeSession();
    void quit();
    void resume();
    void retryFailed();
    void exportAll();
    void exportElsewhere();
    void exportCharts();
    void exportFile(looptax::SessionFile file);
    void exportRuns();
    void appearanceWanted(const QString& name);
    void calibrate();
    void compare();
    void shortcutsPage();
    void aboutPage();

private:
    void fillFile(QMenu* menu);
    void fillSweep(QMenu* menu, const ControlBar::Actions& sweep);
    void fillExport(QMenu* menu, const Services& services);
    void fillView(QMenu* menu);
    void fillTools(QMenu* menu);
    void fillHelp(QMenu* menu);

    QAction* guard(QAction* action, Action what);

    std::vector<std::pair<QAction*, Action>> m_guarded;
    QMenu* m_recent = nullptr;
    QStringList m_folders; // of the recent list
    QMenu* m_view = nullptr;
    QActionGroup* m_appearances = nullptr;
};

} // namespace looptax
