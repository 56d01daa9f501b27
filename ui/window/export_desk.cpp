#include "ui/window/export_desk.h"

#include "store/session.h"
#include "ui/window/export_dialog.h"
#include "ui/window/file_choice.h"

#include <QWidget>

namespace looptax {

namespace {

QString filterOf(SessionFile file) {
    switch (file) {
    case SessionFile::Csv:
        return QStringLiteral("CSV (*.csv)");
    case SessionFile::Summary:
        return QStringLiteral("JSON (*.json)");
    case SessionFile::Markdown:
        return QStringLiteral("Markdown (*.md)");
    case SessionFile::Html:
        break;
    }
    return QStringLiteral("HTML (*.html)");
}

} // namespace

ExportDesk::ExportDesk(const Services& services, const SessionFeed& feed, WindowSettings& settings,
                       QWidget* parent)
    : QObject(parent)
    , m_feed(feed)
    , m_settings(settings)
    , m_parent(parent)
    , m_exports(services) {
    connect(&m_exports, &SessionExports::progressed, this, &ExportDesk::said);
    connect(&m_exports, &SessionExports::done, this,
            [this](const QString& folder, int count, const QStringList&, const QString& note) {
                Q_EMIT changed();
                const QString what = count == 1 ? QStringLiteral("1 file") : QStringLiteral("%1 files").arg(count);
                Q_EMIT said(QStringLiteral("%1 written to %2%3")
                                .arg(what, folder, note.isEmpty() ? QString() : QStringLiteral("; ") + note));
            });
    connect(&m_exports, &SessionExports::failed, this, [this](const Error& error) {
        Q_EMIT changed();
        Trouble trouble{sentencesOf(error), {}};
        if (error.kind == ErrorKind::Storage) trouble.mends.push_back(Mend::ExportElsewhere);
        Q_EMIT failed(trouble);
    });
}

void ExportDesk::exportAll() {
    exportAllTo(m_feed.folder());
}

void ExportDesk::exportAllTo(const std::string& folder) {
    if (m_feed.folder().empty() || busy()) return;
    m_exports.exportAll(m_feed.folder(), folder, ExportSettings{});
    Q_EMIT changed();
}

void ExportDesk::exportElsewhere() {
    chooseFolder(m_parent, QStringLiteral("Folder for charts, tables and report"), QString(),
                 [this](const QString& folder) { exportAllTo(folder.toStdString()); });
}

void ExportDesk::askForCharts() {
    if (m_feed.folder().empty() || busy()) return;
    const std::string session = m_feed.folder();
    auto* dialog =
        new ExportDialog(m_settings, QString::fromStdString(SessionPaths(session).chartsDir()), m_parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ExportDialog::wanted, this, [this, dialog, session] {
        const WindowSettings chosen = dialog->settings();
        m_settings.export_svg = chosen.export_svg;
        m_settings.export_pdf = chosen.export_pdf;
        m_settings.export_png = chosen.export_png;
        m_settings.export_width = chosen.export_width;
        m_settings.export_height = chosen.export_height;
        m_settings.export_print = chosen.export_print;
        m_exports.exportCharts(session, dialog->folder().toStdString(), exportSettings(m_settings));
        Q_EMIT changed();
    });
    dialog->open();
}

void ExportDesk::askForRuns() {
    if (m_feed.folder().empty() || busy()) return;
    const std::string session = m_feed.folder();
    chooseFolder(m_parent, QStringLiteral("Where the folder “runs” is to be made"), QString::fromStdString(session),
                 [this, session](const QString& folder) {
                     m_exports.exportRuns(session, folder.toStdString());
                     Q_EMIT changed();
                 });
}

void ExportDesk::askForFile(SessionFile file) {
    if (m_feed.folder().empty() || busy()) return;
    const std::string session = m_feed.folder();
    chooseNewFile(m_parent, QStringLiteral("Export ") + fileNameOf(file),
                  QString::fromStdString(session) + QLatin1Char('/') + fileNameOf(file), filterOf(file),
                  [this, session, file](const QString& path) {
                      m_exports.exportFile(session, file, path.toStdString());
                      Q_EMIT changed();
                  });
}

} // namespace looptax
