#include "ui/window/export_desk.h"

#include "store/session.h"
#include "ui/widgets/file_choice.h"
#include "ui/window/export_dialog.h"

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QWidget>

namespace looptax {

namespace {

QString filterOf(SessionFile file) {
    switch (file) {
    case SessionFile::Csv: return QStringLiteral("CSV (*.csv)");
    case SessionFile::Summary: return QStringLiteral("JSON (*.json)");
    case SessionFile::Markdown: return QStringLiteral("Markdown (*.md)");
    case SessionFile::Html: break;
    }
    return QStringLiteral("HTML (*.html)");
}

// The folder itself or one below it, whatever links lead there.
bool isInside(const std::string& folder, const std::string& session) {
    const QString outer = QFileInfo(QString::fromStdString(session)).canonicalFilePath();
    QString inner = QDir::cleanPath(QFileInfo(QString::fromStdString(folder)).absoluteFilePath());
    // One that is still to be made lies where its nearest parent does.
    while (!QFileInfo::exists(inner) && inner != QFileInfo(inner).path()) inner = QFileInfo(inner).path();
    inner = QFileInfo(inner).canonicalFilePath();
    return !outer.isEmpty() && (inner == outer || inner.startsWith(outer + QLatin1Char('/')));
}

} // namespace

ExportDesk::ExportDesk(const Services& services, const SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
                       SettingsStore& settings, QWidget* parent)
    : QObject(parent)
    , m_feed(feed)
    , m_activity(activity)
    , m_messages(messages)
    , m_settings(settings)
    , m_parent(parent)
    , m_exports(services) {
    connect(&m_exports, &SessionExports::progressed, this, &ExportDesk::said);
    connect(
        &m_exports, &SessionExports::done, this,
        [this](const QString& folder, int count, const QStringList&, const QString& note) {
            const QString what = count == 1 ? QStringLiteral("1 file") : QStringLiteral("%1 files").arg(count);
            Q_EMIT said(
                QStringLiteral("%1 written to %2%3").arg(what, folder, note.isEmpty() ? QString() : QStringLiteral("; ") + note));
            m_activity.end();
        });
    connect(&m_exports, &SessionExports::failed, this, [this](const Error& error) {
        fail(error);
        m_activity.end();
    });
}

void ExportDesk::fail(const Error& error) {
    Trouble trouble{sentencesOf(error), {}};
    if (error.kind == ErrorKind::Storage) trouble.mends.push_back(Mend::ExportElsewhere);
    m_messages.tell(MessageSource::Export, trouble);
}

// Between the question where to and its answer the session on screen may have changed, and so may what the window does.
bool ExportDesk::begin(const std::string& session, const std::string& to) {
    if (session != m_feed.folder()) return false;
    const bool into = isInside(to, session);
    if (const std::string why = factsOf(m_feed).read_only.toStdString(); into && !why.empty()) {
        fail({ErrorKind::Storage, "nothing is written to this session: " + why, session, "choose another folder", 0});
        return false;
    }
    if (!m_activity.enter(into ? Action::ExportIntoSession : Action::ExportElsewhere)) return false;
    m_messages.clear(MessageSource::Export);
    return true;
}

QString ExportDesk::suggestedFolder() const {
    return m_activity.allows(Action::ExportIntoSession) ? QString::fromStdString(m_feed.folder())
                                                        : QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
}

void ExportDesk::exportAll() {
    if (m_activity.permit(Action::ExportIntoSession)) exportAllTo(m_feed.folder());
}

void ExportDesk::exportAllTo(const std::string& folder) {
    const std::string session = m_feed.folder();
    if (begin(session, folder)) m_exports.exportAll(session, folder, ExportSettings{});
}

void ExportDesk::exportElsewhere() {
    if (!m_activity.permit(Action::ExportElsewhere)) return;
    chooseFolder(m_parent, QStringLiteral("Folder for charts, tables and report"), QString(),
                 [this](const QString& folder) { exportAllTo(folder.toStdString()); });
}

void ExportDesk::askForCharts() {
    if (!m_activity.permit(Action::ExportElsewhere)) return;
    const std::string session = m_feed.folder();
    auto* dialog = new ExportDialog(m_settings.values(),
                                    QString::fromStdString(SessionPaths(suggestedFolder().toStdString()).chartsDir()), m_parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ExportDialog::wanted, this, [this, dialog, session] {
        m_settings.edit([chosen = dialog->settings()](WindowSettings& s) {
            s.export_svg = chosen.export_svg;
            s.export_pdf = chosen.export_pdf;
            s.export_png = chosen.export_png;
            s.export_width = chosen.export_width;
            s.export_height = chosen.export_height;
            s.export_print = chosen.export_print;
        });
        const std::string folder = dialog->folder().toStdString();
        if (begin(session, folder)) m_exports.exportCharts(session, folder, exportSettings(m_settings.values()));
    });
    dialog->open();
}

void ExportDesk::askForRuns() {
    if (!m_activity.permit(Action::ExportElsewhere)) return;
    const std::string session = m_feed.folder();
    chooseFolder(m_parent, QStringLiteral("Where the folder “runs” is to be made"), suggestedFolder(),
                 [this, session](const QString& folder) {
                     if (begin(session, folder.toStdString())) m_exports.exportRuns(session, folder.toStdString());
                 });
}

void ExportDesk::askForFile(SessionFile file) {
    if (!m_activity.permit(Action::ExportElsewhere)) return;
    const std::string session = m_feed.folder();
    chooseNewFile(m_parent, QStringLiteral("Export ") + fileNameOf(file), suggestedFolder() + QLatin1Char('/') + fileNameOf(file),
                  filterOf(file), [this, session, file](const QString& path) {
                      if (begin(session, parentFolder(path.toStdString())))
                          m_exports.exportFile(session, file, path.toStdString());
                  });
}

} // namespace looptax
