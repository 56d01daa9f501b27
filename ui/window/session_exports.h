// Writes what a session gives: charts, CSV, JSON, Markdown, HTML. Reading and rendering happen beside the
// window, pictures are drawn one an event and encoded beside it, by the same code as `looptax-workbench
// --export`: the same bytes.
#pragma once

#include "ui/charts/chart_exporter.h"
#include "ui/model/services.h"
#include "ui/widgets/background_task.h"

#include <QObject>
#include <QStringList>

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

class SessionExports : public QObject {
    Q_OBJECT
public:
    explicit SessionExports(const Services& services, QObject* parent = nullptr);

    bool busy() const { return m_busy; } // nothing else begins meanwhile
    // Pictures into `to`/charts, and turns.csv, summary.json, report.md and report.html into `to`. The reports hold the charts
    // as they are drawn now, whatever lies in the session's charts/: nothing is written to the session unless it is `to`.
    void exportAll(const std::string& session, const std::string& to, const ExportSettings& settings);
    void exportCharts(const std::string& session, const std::string& to, const ExportSettings& settings);
    void exportFile(const std::string& session, SessionFile file, const std::string& path);
    // Raw records, one file a run, into `to`/runs.
    void exportRuns(const std::string& session, const std::string& to);

Q_SIGNALS:
    void progressed(const QString& text);
    // Exactly one of them for each call; notes: what could not be made and why that is no error.
    // count: of files, which are named where they are few enough to be.
    void done(const QString& folder, int count, const QStringList& files, const QString& note);
    void failed(const looptax::Error& error);

private:
    // What is drawn: pictures that become files, or a report's alone.
    enum class Kind { Pictures, All, Report };
    void begin(Kind kind, const std::string& session, const std::string& to, const ExportSettings& settings);
    void plan();
    void drawNext();
    void drawn();
    void writeFiles();
    void writeFile(SessionFile file, const Services::Charts& charts);
    void end(const Status& status);

    const Services& m_services;
    bool m_busy = false;
    Kind m_kind = Kind::Pictures;
    std::string m_session;
    std::string m_to;
    std::string m_charts; // folder of the pictures
    ExportSettings m_settings;
    std::optional<ChartSource> m_source;
    std::deque<std::pair<Chart, PictureFormat>> m_queue;
    std::vector<ReportChart> m_drawn; // for the report
    std::string m_path;               // of a single file
    std::size_t m_planned = 0;
    QStringList m_written;
    int m_count = 0; // of files that are not named in m_written
    QString m_note;
    BackgroundTask m_aside;
};

// File name, as in the session folder.
QString fileNameOf(SessionFile file);

} // namespace looptax
