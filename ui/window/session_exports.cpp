#include "ui/window/session_exports.h"

#include "store/session.h"
#include "ui/charts/session_charts.h"
#include <memory>

namespace looptax {

QString fileNameOf(SessionFile file) {
    switch (file) {
    case SessionFile::Csv:
        return QStringLiteral("turns.csv");
    case SessionFile::Summary:
        return QStringLiteral("summary.json");
    case SessionFile::Markdown:
        return QStringLiteral("report.md");
    case SessionFile::Html:
        break;
    }
    return QStringLiteral("report.html");
}

SessionExports::SessionExports(const Services& services, QObject* parent)
    : QObject(parent)
    , m_services(services) {}

void SessionExports::exportAll(const std::string& session, const std::string& to,
                               const ExportSettings& settings) {
    if (!m_busy) begin(session, to, settings, true);
}

void SessionExports::exportCharts(const std::string& session, const std::string& to,
                                  const ExportSettings& settings) {
    if (!m_busy) begin(session, to, settings, false);
}

void SessionExports::begin(const std::string& session, const std::string& to, const ExportSettings& settings,
                           bool all) {
    m_busy = true;
    m_all = all;
    m_session = session;
    m_to = to;
    m_charts = all ? SessionPaths(to).chartsDir() : to;
    m_settings = settings;
    m_written.clear();
    m_note.clear();
    Q_EMIT progressed(QStringLiteral("reading the session"));
    auto answer = std::make_shared<std::optional<Result<ChartSource>>>();
    m_aside.run(
        [answer, &files = m_services.files, session] { answer->emplace(chartSourceOf(files, session)); },
        [this, answer] {
            if (!answer->value()) {
                end(answer->value().error());
                return;
            }
            m_source = answer->value().take();
            m_queue.clear();
            for (const Chart& chart : chartsOf(*m_source, m_settings.options))
                for (const PictureFormat format : m_settings.formats)
                    m_queue.emplace_back(chart, format);
            m_planned = m_queue.size();
            if (m_queue.empty()) {
                const Error nothing = nothingToDraw(m_source->session);
                if (!m_all) {
                    end(nothing);
                    return;
                }
                m_note = QStringLiteral("no charts: ") + QString::fromStdString(nothing.what);
            } else if (const Status made = makeChartFolder(m_services.files, m_charts); !made) {
                end(made);
                return;
            }
            drawNext();
        });
}

void SessionExports::drawNext() {
    if (m_queue.empty()) {
        m_all ? writeFiles() : end({});
        return;
    }
    const auto [chart, format] = m_queue.front();
    m_queue.pop_front();
    // Drawn here, because widgets' fonts are; encoded and written beside, because a large PNG takes a quarter
    // second.
    auto picture = std::make_shared<DrawnPicture>(drawPicture(*m_source, chart, format, m_settings));
    auto answer = std::make_shared<std::optional<Result<std::string>>>();
    const std::string path = joinPath(m_charts, chart.id + endingOf(format));
    m_aside.run(
        [picture, answer, &files = m_services.files, path] { answer->emplace(picture->write(files, path)); },
        [this, answer] {
            if (!answer->value()) {
                end(answer->value().error());
                return;
            }
            m_written << QString::fromStdString(*answer->value());
            Q_EMIT progressed(
                QStringLiteral("drawn %1 of %2 pictures").arg(m_planned - m_queue.size()).arg(m_planned));
            drawNext();
        });
}

void SessionExports::writeFiles() {
    Q_EMIT progressed(QStringLiteral("writing the report"));
    auto status = std::make_shared<Status>();
    auto names = std::make_shared<QStringList>();
    m_aside.run(
        [status, names, &services = m_services, session = m_session, to = m_to] {
            const std::vector<SessionFile> files{SessionFile::Csv, SessionFile::Summary,
                                                 SessionFile::Markdown, SessionFile::Html};
            if (to == session) {
                *status = services.writeDerived(session);
                for (const SessionFile file : files)
                    if (const std::string path = joinPath(to, fileNameOf(file).toStdString());
                        services.files.exists(path))
                        *names << QString::fromStdString(path);
                return;
            }
            for (const SessionFile file : files) {
                const auto bytes = services.render(session, file);
                if (!bytes) {
                    *status = bytes.error();
                    return;
                }
                const std::string path = joinPath(to, fileNameOf(file).toStdString());
                *status = writeUserFile(services.files, path, *bytes);
                if (!*status) return;
                *names << QString::fromStdString(path);
            }
        },
        [this, status, names] {
            m_written += *names;
            end(*status);
        });
}

void SessionExports::exportFile(const std::string& session, SessionFile file, const std::string& path) {
    if (m_busy) return;
    m_busy = true;
    m_to = parentFolder(path);
    m_written.clear();
    m_note.clear();
    auto status = std::make_shared<Status>();
    m_aside.run(
        [status, &services = m_services, session, file, path] {
            const auto bytes = services.render(session, file);
            *status = bytes ? writeUserFile(services.files, path, *bytes) : Status(bytes.error());
        },
        [this, status, path] {
            m_written << QString::fromStdString(path);
            end(*status);
        });
}

void SessionExports::exportRuns(const std::string& session, const std::string& to) {
    if (m_busy || !m_services.writeRuns) return;
    m_busy = true;
    m_to = joinPath(to, "runs");
    m_written.clear();
    m_note.clear();
    Q_EMIT progressed(QStringLiteral("writing a file for each run"));
    auto answer = std::make_shared<std::optional<Result<int>>>();
    m_aside.run(
        [answer, &services = m_services, session, folder = m_to] {
            answer->emplace(services.writeRuns(session, folder));
        },
        [this, answer] {
            m_count = answer->value() ? *answer->value() : 0;
            end(answer->value() ? Status() : Status(answer->value().error()));
        });
}

void SessionExports::end(const Status& status) {
    m_busy = false;
    m_source.reset();
    m_queue.clear();
    const int count = int(m_written.size()) + std::exchange(m_count, 0);
    if (status)
        Q_EMIT done(QString::fromStdString(m_to), count, m_written, m_note);
    else
        Q_EMIT failed(status.error());
}

} // namespace looptax
