// The window: arranges the plan panel, the charts, the table and the inspector around the session on screen,
// and connects them to the sweep. What each of them does is their own business.
#pragma once

#include "ui/model/activity.h"
#include "ui/model/services.h"
#include "ui/model/session_feed.h"
#include "ui/window/closing_desk.h"
#include "ui/window/export_desk.h"
#include "ui/window/session_desk.h"
#include "ui/window/settings_store.h"
#include "ui/window/sweep_desk.h"
#include "ui/window/window_messages.h"

#include <QMainWindow>

class QDockWidget;

namespace looptax {

class CalibrationDialog;
class ChartsPane;
class CompareDialog;
class ControlBar;
class PlanPanel;
class SessionLine;
class TroubleLine;
class TurnInspector;
class TurnTable;
class VerdictBoard;
class WindowMenus;
class WorkArea;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(const Services& services, QWidget* parent = nullptr);
    ~MainWindow() override;

    void openSession(const QString& path);
    // Opens the dialog; null where the program around the window has no calibration, or something else is being done.
    CalibrationDialog* calibrate();
    // Opens the page that sets the session on screen beside another; null where there is none, or something is being done.
    CompareDialog* compare();
    // As soon as a sweep that runs has recorded its turn as cancelled, the window closes: for signals.
    void endNow();

    // For pictures and tests: what a person sees, by name.
    SessionFeed& feed() { return m_feed; }
    CurrentActivity& activity() { return m_activity; }
    SweepDesk& sweep() { return m_sweep; }
    PlanPanel& plan() const { return *m_plan; }
    WorkArea& pages() const { return *m_area; }
    ChartsPane& charts() const;
    TurnTable& table() const;
    VerdictBoard& verdicts() const;
    TurnInspector& inspector() const { return *m_inspector; }
    ControlBar& bar() const { return *m_bar; }
    WindowMessages& messages() { return m_messages; }
    TroubleLine& trouble() const { return *m_trouble; }
    SessionLine& sessionLine() const { return *m_session; }
    ExportDesk& exports() { return m_exports; }
    void setAppearance(const QString& name); // "system", "light", "dark"

Q_SIGNALS:
    void closed();

protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void moveEvent(QMoveEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override; // of the docks
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildTop();
    void buildDocks();
    void connectSweep();
    void connectSessions();
    void connectMenus();
    void connectSettings();
    void refresh();
    bool offers(Action action) const; // the program around the window can do it
    void start();
    void mend(Mend how);
    void chooseOut();
    void noteShown(); // the session on screen is the most recent one
    void say(const QString& text);

    const Services& m_services;
    SettingsStore m_settings;
    SessionFeed m_feed;
    CurrentActivity m_activity;
    WindowMessages m_messages;
    SweepDesk m_sweep;
    SessionDesk m_sessions;
    ExportDesk m_exports;
    ClosingDesk m_closing;

    ControlBar* m_bar = nullptr;
    WindowMenus* m_menus = nullptr;
    TroubleLine* m_trouble = nullptr;
    SessionLine* m_session = nullptr;
    PlanPanel* m_plan = nullptr;
    WorkArea* m_area = nullptr;
    TurnInspector* m_inspector = nullptr;
    QDockWidget* m_planDock = nullptr;
    QDockWidget* m_inspectorDock = nullptr;
};

} // namespace looptax
