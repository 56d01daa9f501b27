#include "ui/window/session_desk.h"

#include <QDir>
#include <QFileInfo>

namespace looptax {

SessionDesk::SessionDesk(const Services& services, SessionFeed& feed, WindowSettings& settings,
                         QObject* parent)
    : QObject(parent)
    , m_feed(feed)
    , m_settings(settings)
    , m_reader(services.files, services.analyse) {
    connect(&m_reader, &SessionReader::readDone, this, [this](const std::shared_ptr<ReadSession>& session) {
        noteRecent(m_settings, QString::fromStdString(session->folder));
        m_feed.show(std::move(*session));
        Q_EMIT readingChanged();
        Q_EMIT opened();
    });
    connect(&m_reader, &SessionReader::failed, this, [this](const Error& error) {
        Q_EMIT readingChanged();
        Q_EMIT couldNotOpen(Trouble{sentencesOf(error), {}});
    });
}

void SessionDesk::open(const QString& path) {
    if (m_feed.live() || path.isEmpty()) return;
    const QFileInfo info(path);
    const QString folder = info.isFile() ? info.absolutePath() : info.absoluteFilePath();
    m_reader.read(QDir::cleanPath(folder).toStdString());
    Q_EMIT readingChanged();
}

void SessionDesk::readAgain() {
    open(QString::fromStdString(m_feed.folder()));
}

void SessionDesk::close() {
    if (!m_feed.live()) m_feed.clear();
}

std::optional<QString> SessionDesk::folderOf(const QList<QUrl>& urls) {
    if (urls.size() != 1 || !urls[0].isLocalFile()) return std::nullopt;
    const QFileInfo info(urls[0].toLocalFile());
    if (info.isDir()) return info.absoluteFilePath();
    if (info.isFile() && info.fileName() == QLatin1String("journal.jsonl")) return info.absolutePath();
    return std::nullopt;
}

} // namespace looptax
