#include "ui/window/session_exports.h"

#include "base/whole_file.h"
#include "store/session.h"
#include "ui/model/session_charts.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace looptax {

QString fileNameOf(SessionFile file) {
    switch (file) {
    case SessionFile::Csv: return QStringLiteral("turns.csv");
    case SessionFile::Summary: return QStringLiteral("summary.json");
    case SessionFile::Markdown: return QStringLiteral("report.md");
    case SessionFile::Html: break;
    }
    return QStringLiteral("report.html");
}

namespace {

// By the folders themselves: a link to the session is the session.
bool isAnotherSession(FileOps& files, const std::string& folder, const std::string& session) {
    std::error_code ignored;
    return folder != session && files.exists(SessionPaths(folder).journal()) &&
           !std::filesystem::equivalent(folder, session, ignored);
}

} // namespace

SessionExports::SessionExports(const Services& services, QObject* parent) : QObject(parent), m_services(services) {}

void SessionExports::exportAll(const std::string& session, const std::string& to, const ExportSettings& settings) {
    if (!m_busy) begin(Kind::All, session, to, settings);
}

void SessionExports::exportCharts(const std::string& session, const std::string& to, const ExportSettings& settings) {
    if (!m_busy) begin(Kind::Pictures, session, to, settings);
}

void SessionExports::exportFile(const std::string& session, SessionFile file, const std::string& path) {
    if (m_busy) return;
    m_path = path;
    if (file == SessionFile::Html) return begin(Kind::Report, session, parentFolder(path), {});
    m_busy = true;
    m_session = session;
    m_to = parentFolder(path);
    m_written.clear();
    m_note.clear();
    // The pictures of a Markdown file lie beside it: in the session's folder, and nowhere else.
    const bool beside = m_to == session || file != SessionFile::Markdown;
    writeFile(file, beside ? Services::Charts() : Services::Charts(std::in_place));
}

void SessionExports::begin(Kind kind, const std::string& session, const std::string& to, const ExportSettings& settings) {
    m_busy = true;
    m_kind = kind;
    m_session = session;
    m_to = to;
    m_charts = kind == Kind::Pictures ? to : SessionPaths(to).chartsDir();
    m_settings = settings;
    m_written.clear();
    m_drawn.clear();
    m_note.clear();
    Q_EMIT progressed(QStringLiteral("reading the session"));
    auto answer = std::make_shared<std::optional<Result<ChartSource>>>();
    m_aside.run(
        [answer, &files = m_services.files, session, to, all = kind == Kind::All] {
            if (all && isAnotherSession(files, to, session))
                answer->emplace(
                    Error{ErrorKind::Storage, "the report of another session would be replaced", to, "choose another folder", 0});
            else answer->emplace(chartSourceOf(files, session));
        },
        [this, answer] {
            if (!answer->value()) {
                end(answer->value().error());
                return;
            }
            m_source = answer->value().take();
            plan();
        });
}

void SessionExports::plan() {
    m_queue.clear();
    auto formats = m_settings.formats;
    if (m_kind == Kind::Report) formats.clear();
    // report.html holds the SVG of each chart, and report.md links to it.
    if (m_kind != Kind::Pictures && std::find(formats.begin(), formats.end(), PictureFormat::Svg) == formats.end())
        formats.push_back(PictureFormat::Svg);
    for (const Chart& chart : chartsOf(*m_source, m_settings.options))
        for (const PictureFormat format : formats) m_queue.emplace_back(chart, format);
    m_planned = m_queue.size();
    if (m_queue.empty()) {
        const Error nothing = nothingToDraw(m_source->session);
        if (m_kind == Kind::Pictures) {
            end(nothing);
            return;
        }
        m_note = QStringLiteral("no charts: ") + QString::fromStdString(nothing.what);
    }
    drawNext();
}

void SessionExports::drawNext() {
    if (m_queue.empty()) {
        drawn();
        return;
    }
    const auto [chart, format] = m_queue.front();
    m_queue.pop_front();
    // Drawn here, because widgets' fonts are; encoded and written beside, because a large PNG takes a quarter
    // second.
    auto picture = std::make_shared<DrawnPicture>(drawPicture(*m_source, chart, format, m_settings));
    if (format == PictureFormat::Svg && m_kind != Kind::Pictures) {
        const QByteArray svg = picture->bytes();
        m_drawn.push_back({chart.id, {svg.constData(), std::size_t(svg.size())}});
    }
    auto answer = std::make_shared<std::optional<Result<std::string>>>();
    const std::string path = joinPath(m_charts, chart.id + endingOf(format));
    m_aside.run(
        [picture, answer, file = m_kind != Kind::Report, &files = m_services.files, folder = m_charts, path] {
            if (!file) return;
            const Status made = makeChartFolder(files, folder);
            answer->emplace(made ? picture->write(files, path) : Result<std::string>(made.error()));
        },
        [this, answer] {
            if (*answer && !answer->value()) {
                end(answer->value().error());
                return;
            }
            if (*answer) m_written << QString::fromStdString(*answer->value());
            Q_EMIT progressed(QStringLiteral("drawn %1 of %2 pictures").arg(m_planned - m_queue.size()).arg(m_planned));
            drawNext();
        });
}

void SessionExports::drawn() {
    switch (m_kind) {
    case Kind::Pictures: end({}); break;
    case Kind::All: writeFiles(); break;
    case Kind::Report: writeFile(SessionFile::Html, m_drawn); break;
    }
}

void SessionExports::writeFiles() {
    Q_EMIT progressed(QStringLiteral("writing the report"));
    auto status = std::make_shared<Status>();
    m_aside.run(
        [status, &services = m_services, session = m_session, to = m_to, charts = m_drawn] {
            *status = services.writeDerived(session, to, charts);
        },
        [this, status] {
            if (*status)
                for (const SessionFile file : {SessionFile::Csv, SessionFile::Summary, SessionFile::Markdown, SessionFile::Html})
                    m_written << QString::fromStdString(joinPath(m_to, fileNameOf(file).toStdString()));
            end(*status);
        });
}

void SessionExports::writeFile(SessionFile file, const Services::Charts& charts) {
    auto status = std::make_shared<Status>();
    m_aside.run(
        [status, &services = m_services, session = m_session, file, charts, path = m_path] {
            const auto bytes = services.render(session, file, charts);
            *status = bytes ? writeUserFile(services.files, path, *bytes) : Status(bytes.error());
        },
        [this, status] {
            m_written << QString::fromStdString(m_path);
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
        [answer, &services = m_services, session, folder = m_to] { answer->emplace(services.writeRuns(session, folder)); },
        [this, answer] {
            m_count = answer->value() ? *answer->value() : 0;
            end(answer->value() ? Status() : Status(answer->value().error()));
        });
}

void SessionExports::end(const Status& status) {
    m_busy = false;
    m_source.reset();
    m_queue.clear();
    m_drawn.clear();
    const int count = int(m_written.size()) + std::exchange(m_count, 0);
    if (status) Q_EMIT done(QString::fromStdString(m_to), count, m_written, m_note);
    else Q_EMIT failed(status.error());
}

} // namespace looptax
