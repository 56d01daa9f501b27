// Exports as a person asks for them: one click for everything, or what and where in a dialog that blocks
// nothing.
#pragma once

#include "ui/model/activity.h"
#include "ui/model/session_feed.h"
#include "ui/window/session_exports.h"
#include "ui/window/settings_store.h"
#include "ui/window/window_messages.h"

#include <QObject>

#include <string>

class QWidget;

namespace looptax {

class ExportDesk : public QObject {
    Q_OBJECT
public:
    // parent: of the dialogs.
    ExportDesk(const Services& services, const SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
               SettingsStore& settings, QWidget* parent);

    bool busy() const { return m_exports.busy(); }
    // Each of these does nothing where the activity or the session on screen does not allow it.
    QString suggestedFolder() const;             // the session's, where it may be written to
    void exportAll();                            // into the session's folder
    void exportElsewhere();                      // the same into a folder that is asked for
    void exportAllTo(const std::string& folder); // into that one
    void askForCharts();
    void askForFile(SessionFile file);
    void askForRuns(); // raw records, a file a run

Q_SIGNALS:
    void said(const QString& text);

private:
    void fail(const Error& error);
    bool begin(const std::string& session, const std::string& to);

    const SessionFeed& m_feed;
    CurrentActivity& m_activity;
    WindowMessages& m_messages;
    SettingsStore& m_settings;
    QWidget* m_parent;
    SessionExports m_exports;
};

} // namespace looptax
