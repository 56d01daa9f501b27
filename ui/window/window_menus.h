// The menu bar: every action of the window by name and key, in one place. It holds the actions; what they do
// is connected by the window.
#pragma once

#include "ui/services.h"
#include "ui/window/control_bar.h"

#include <QList>
#include <QObject>
#include <QString>
#include <QStringList>

class QAction;
class QActionGroup;
class QMenu;
class QMenuBar;

namespace looptax {

class WindowMenus : public QObject {
    Q_OBJECT
public:
    // Fills the bar; sweep: the control bar's actions, which are the menu's too.
    WindowMenus(QMenuBar* bar, const ControlBar::Actions& sweep);

    // What may be done now. reason: why the session on screen cannot be changed, for the actions it disables.
    struct State {
        bool busy = false;    // a sweep runs, or files are being written
        bool session = false; // one is on screen
        bool turns = false;   // and has a turn
        bool resumable = false;
        bool retryable = false;
        bool exporting = false;
        bool calibratable = false;
        bool raw_records = false; // the program can write them
    };
    void setState(const State& state);
    void setComparable(bool on); // the session on screen can be set beside another one
    void setRecent(const QStringList& folders);
    void setAppearance(const QString& name); // "system", "light", "dark"
    void addToView(QAction* action);         // a dock's

    QAction* resumeAction() const { return m_resume; }
    QAction* exportAllAction() const { return m_exportAll; }

Q_SIGNALS:
    void open();
    void openRecent(const QString& folder);
    void closeSession();
    void quit();
    void resume();
    void retryFailed();
    void exportAll();
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
    void fillExport(QMenu* menu);
    void fillView(QMenu* menu);
    void fillTools(QMenu* menu);
    void fillHelp(QMenu* menu);

    QAction* m_open = nullptr;
    QMenu* m_recent = nullptr;
    QStringList m_folders; // of the recent list
    QAction* m_close = nullptr;
    QAction* m_resume = nullptr;
    QAction* m_retry = nullptr;
    QAction* m_exportAll = nullptr;
    QList<QAction*> m_exports; // of a session that has turns
    QAction* m_runs = nullptr;  // one of them
    QMenu* m_view = nullptr;
    QAction* m_calibrate = nullptr;
    QAction* m_compare = nullptr;
    QActionGroup* m_appearances = nullptr;
};

} // namespace looptax
