// What the window remembers: an ini file, one typed member a key. A value that cannot be read is the default.
#pragma once

#include "ui/charts/chart_exporter.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace looptax {

struct WindowSettings {
    QByteArray geometry;                           // QWidget::saveGeometry()
    QByteArray layout;                             // QMainWindow::saveState()
    QByteArray splitter;                           // charts over table
    QString appearance = QStringLiteral("system"); // system, light, dark
    QStringList columns;                           // of the table, by title; empty: as it comes
    QStringList recent;                            // session folders, the newest first
    QString sessions_folder;                       // where new sessions go; empty: the program's own choice
    bool export_svg = true;
    bool export_pdf = true;
    bool export_png = true;
    int export_width = 960; // px at 1x
    int export_height = 600;
    bool export_print = false; // the print palette
    bool operator==(const WindowSettings&) const = default;
};

inline constexpr int kMostRecent = 8;

WindowSettings readWindowSettings(const QString& file); // an empty name or a missing file: the defaults
// Only what differs from `before`: another window may have written the rest meanwhile. False: the file cannot be written.
bool writeWindowSettings(const QString& file, const WindowSettings& settings, const WindowSettings& before);

void noteRecent(WindowSettings& settings, const QString& folder); // to the front, once
ExportSettings exportSettings(const WindowSettings& settings);

// Calls visit(key, member) for every member: reading, writing and the test go through this one list.
template <class Settings, class Visitor> void visitSettings(Settings& s, Visitor&& visit) {
    visit("window/geometry", s.geometry);
    visit("window/layout", s.layout);
    visit("window/splitter", s.splitter);
    visit("window/appearance", s.appearance);
    visit("table/columns", s.columns);
    visit("sessions/recent", s.recent);
    visit("sessions/folder", s.sessions_folder);
    visit("export/svg", s.export_svg);
    visit("export/pdf", s.export_pdf);
    visit("export/png", s.export_png);
    visit("export/width", s.export_width);
    visit("export/height", s.export_height);
    visit("export/print", s.export_print);
}

} // namespace looptax
