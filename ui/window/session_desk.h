// Opening sessions: from a folder, a dropped file, the command line or the recent list; one way for all.
// Makes no widget.
#pragma once

#include "ui/model/activity.h"
#include "ui/model/services.h"
#include "ui/model/session_feed.h"
#include "ui/model/session_reader.h"
#include "ui/window/settings_store.h"
#include "ui/window/window_messages.h"

#include <QList>
#include <QObject>
#include <QUrl>

#include <optional>
#include <string>

namespace looptax {

class SessionDesk : public QObject {
    Q_OBJECT
public:
    SessionDesk(const Services& services, SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
                SettingsStore& settings, QObject* parent = nullptr);

    // A folder, or the journal.jsonl in one. Nothing happens where the activity does not allow it.
    void open(const QString& path);
    void readAgain();
    void close();
    // The folder that dropped things mean; absent where they are no single local folder or journal.
    static std::optional<QString> folderOf(const QList<QUrl>& urls);

private:
    SessionFeed& m_feed;
    CurrentActivity& m_activity;
    WindowMessages& m_messages;
    SettingsStore& m_settings;
    SessionReader m_reader;
};

} // namespace looptax
