#include "ui/window/session_desk.h"

#include <QFileInfo>

namespace looptax {

SessionDesk::SessionDesk(const Services& services, SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
                         SettingsStore& settings, QObject* parent)
    : QObject(parent)
    , m_feed(feed)
    , m_activity(activity)
    , m_messages(messages)
    , m_settings(settings)
    , m_reader(services.files, services.analyse) {
    connect(&m_reader, &SessionReader::readDone, this, [this](const std::shared_ptr<ReadSession>& session) {
        m_settings.edit([&](WindowSettings& s) { noteRecent(s, QString::fromStdString(session->folder)); });
        m_feed.show(std::move(*session));
        m_messages.clear(MessageSource::Sweep); // of the session before it
        m_activity.end();
    });
    connect(&m_reader, &SessionReader::failed, this, [this](const Error& error) {
        m_messages.tell(MessageSource::Opening, Trouble{sentencesOf(error), {}}); // what was on screen still is
        m_activity.end();
    });
}

void SessionDesk::open(const QString& path) {
    if (path.isEmpty() || !m_activity.enter(Action::OpenSession)) return;
    m_messages.clear(MessageSource::Opening);
    m_reader.read(path.toStdString());
}

void SessionDesk::readAgain() { open(QString::fromStdString(m_feed.folder())); }

void SessionDesk::close() {
    if (!m_activity.permit(Action::CloseSession)) return;
    m_messages.clear(MessageSource::Sweep);
    m_feed.clear();
}

std::optional<QString> SessionDesk::folderOf(const QList<QUrl>& urls) {
    if (urls.size() != 1 || !urls[0].isLocalFile()) return std::nullopt;
    const QFileInfo info(urls[0].toLocalFile());
    if (info.isDir()) return info.absoluteFilePath();
    if (info.isFile() && info.fileName() == QLatin1String("journal.jsonl")) return info.absolutePath();
    return std::nullopt;
}

} // namespace looptax
