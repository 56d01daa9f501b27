// Exports as a person asks for them: one click for everything, or what and where in a dialog that blocks
// nothing.
#pragma once

#include "ui/model/session_feed.h"
#include "ui/window/session_exports.h"
#include "ui/window/trouble.h"
#include "ui/window/window_settings.h"

#include <QObject>

#include <string>

class QWidget;

namespace looptax {

class ExportDesk : public QObject {
    Q_OBJECT
public:
    // parent: of the dialogs.
    ExportDesk(const Services& services, const SessionFeed& feed, WindowSettings& settings, QWidget* parent);

    bool busy() const { return m_exports.busy(); }
    void exportAll();       // into the session's folder
    void exportElsewhere(); // the same into a folder that is asked for
    void askForCharts();
    void askForFile(SessionFile file);
    void askForRuns(); // raw records, a file a run

Q_SIGNALS:
    void changed(); // busy()
    void said(const QString& text);
    void failed(const looptax::Trouble& trouble);

private:
    void exportAllTo(const std::string& folder);

    const SessionFeed& m_feed;
    WindowSettings& m_settings;
    QWidget* m_parent;
    SessionExports m_exports;
};

} // namespace looptax
