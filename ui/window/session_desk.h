// Opening sessions: from a folder, a dropped file, the command line or the recent list; one way for all.
// Knows no widget.
#pragma once

#include "ui/model/session_feed.h"
#include "ui/model/session_reader.h"
#include "ui/services.h"
#include "ui/window/trouble.h"
#include "ui/window/window_settings.h"

#include <QList>
#include <QObject>
#include <QUrl>

#include <optional>
#include <string>

namespace looptax {

class SessionDesk : public QObject {
    Q_OBJECT
public:
    SessionDesk(const Services& services, SessionFeed& feed, WindowSettings& settings,
                QObject* parent = nullptr);

    bool reading() const { return m_reader.busy(); }
    // A folder, or the journal.jsonl in one.
    void open(const QString& path);
    void readAgain();
    void close();
    // The folder that dropped things mean; absent where they are no single local folder or journal.
    static std::optional<QString> folderOf(const QList<QUrl>& urls);

Q_SIGNALS:
    void readingChanged();
    void opened();                                      // it is on screen, and first in the recent list
    void couldNotOpen(const looptax::Trouble& trouble); // what was on screen still is

private:
    SessionFeed& m_feed;
    WindowSettings& m_settings;
    SessionReader m_reader;
};

} // namespace looptax
