// Every chart of a session as files: SVG, PDF and PNG of each, replaced atomically.
#pragma once

#include "base/file_ops.h"
#include "base/result.h"
#include "chart/chart_model.h"
#include "ui/charts/picture_formats.h"
#include "ui/style/theme.h"

#include <QByteArray>
#include <QImage>
#include <QSizeF>

#include <functional>
#include <string>
#include <vector>

namespace looptax {

enum class PictureFormat { Svg, Pdf, Png };

struct ExportSettings {
    std::vector<PictureFormat> formats{PictureFormat::Svg, PictureFormat::Pdf, PictureFormat::Png};
    ThemeKind theme = ThemeKind::Light;
    QSizeF size{960, 600}; // px at 1x; SVG and PDF take 96 px as an inch
    double png_scale = 2;  // pixels of the PNG a px
    ChartOptions options;
};

PictureFacts factsOf(const ChartSource& source, const Chart& chart);

Error nothingToDraw(const std::string& session); // of kind Plan

// Where the pictures go; made when it is missing.
Status makeChartFolder(FileOps& files, const std::string& folder);

// A picture that is drawn and not yet a file. Drawing wants the thread of the window; encoding a large PNG
// takes longer than an event may, so bytes() and write() may be called on any thread, once.
class DrawnPicture {
public:
    // Empty when it could not be made.
    QByteArray bytes() const;
    // Atomically over what was there. Returns the path.
    Result<std::string> write(FileOps& files, const std::string& path) const;

private:
    friend DrawnPicture drawPicture(const ChartSource&, const Chart&, PictureFormat, const ExportSettings&);
    QByteArray m_bytes; // of a vector format
    QImage m_image;     // of a PNG
};
DrawnPicture drawPicture(const ChartSource& source, const Chart& chart, PictureFormat format, const ExportSettings& settings);

const char* endingOf(PictureFormat format); // ".svg"

// One picture into a folder that is there. Returns its path. A window makes one an event, so that it stays
// awake.
Result<std::string> exportPicture(const ChartSource& source, const Chart& chart, PictureFormat format,
                                  const ExportSettings& settings, FileOps& files, const std::string& folder);

// Makes the folder when it is missing; stops at the first file that cannot be written. onFile hears each
// finished path. Returns the paths. A session without anything to draw is an error of kind Plan that says
// why.
Result<std::vector<std::string>> exportCharts(const ChartSource& source, const ExportSettings& settings, FileOps& files,
                                              const std::string& folder,
                                              const std::function<void(const std::string&)>& onFile = {});

} // namespace looptax
