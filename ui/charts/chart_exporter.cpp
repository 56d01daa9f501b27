#include "ui/charts/chart_exporter.h"

#include "base/build_info.h"
#include "base/whole_file.h"

#include <utility>

namespace looptax {

PictureFacts factsOf(const ChartSource& source, const Chart& chart) {
    PictureFacts facts;
    facts.title = chart.title;
    facts.description = describe(chart);
    const auto add = [&](const std::string& name, const std::string& value) {
        if (!value.empty()) facts.facts.emplace_back(name, value);
    };
    add("session", source.session);
    // The report takes a chart for an old one when the session has more turns by then.
    add("turns on record", std::to_string(source.turns_on_record));
    add("plan", source.plan_name);
    for (const SourceTarget& target : source.targets) {
        std::string text = target.model + " on " + std::string(name(target.kind));
        if (!target.build.empty()) text += " " + target.build;
        if (target.simulated) text += " (simulated)";
        add("target " + target.id, text);
    }
    add("measured by", source.measured_by.empty() ? std::string() : "looptax " + source.measured_by);
    add("drawn by", "looptax " + std::string(versionText()) + " (" + buildCommit() + ")");
    return facts;
}

Error nothingToDraw(const std::string& session) {
    return {ErrorKind::Plan, "there is nothing to draw: no run of this session is complete", session,
            "let the sweep finish a run of each design, then export again", 0};
}

Status makeChartFolder(FileOps& files, const std::string& folder) {
    Status made = files.makeDirs(folder);
    if (made) return made;
    Error error = made.error();
    error.hint = "choose a folder that you may write to";
    return error;
}

const char* endingOf(PictureFormat format) {
    switch (format) {
    case PictureFormat::Svg: return ".svg";
    case PictureFormat::Pdf: return ".pdf";
    case PictureFormat::Png: break;
    }
    return ".png";
}

DrawnPicture drawPicture(const ChartSource& source, const Chart& chart, PictureFormat format, const ExportSettings& settings) {
    ChartSheet sheet(chart, theme(settings.theme), settings.size);
    const PictureFacts facts = factsOf(source, chart);
    DrawnPicture picture;
    switch (format) {
    case PictureFormat::Svg: picture.m_bytes = svgBytes(sheet, facts); break;
    case PictureFormat::Pdf: picture.m_bytes = pdfBytes(sheet, facts); break;
    case PictureFormat::Png: picture.m_image = pngImage(sheet, facts, settings.png_scale); break;
    }
    return picture;
}

QByteArray DrawnPicture::bytes() const { return m_image.isNull() ? m_bytes : pngBytes(m_image); }

Result<std::string> DrawnPicture::write(FileOps& files, const std::string& path) const {
    const QByteArray made = bytes();
    if (made.isEmpty())
        return Error{ErrorKind::Internal, "the picture could not be made", path, "a smaller --size or --scale needs less memory",
                     0};
    if (const Status status = writeUserFile(files, path, {made.constData(), std::size_t(made.size())}); !status)
        return status.error();
    return path;
}

Result<std::string> exportPicture(const ChartSource& source, const Chart& chart, PictureFormat format,
                                  const ExportSettings& settings, FileOps& files, const std::string& folder) {
    return drawPicture(source, chart, format, settings).write(files, joinPath(folder, chart.id + endingOf(format)));
}

Result<std::vector<std::string>> exportCharts(const ChartSource& source, const ExportSettings& settings, FileOps& files,
                                              const std::string& folder, const std::function<void(const std::string&)>& onFile) {
    const std::vector<Chart> charts = chartsOf(source, settings.options);
    if (charts.empty()) return nothingToDraw(source.session);
    if (const Status made = makeChartFolder(files, folder); !made) return made.error();
    std::vector<std::string> written;
    for (const Chart& chart : charts)
        for (const PictureFormat format : settings.formats) {
            auto path = exportPicture(source, chart, format, settings, files, folder);
            if (!path) return path.error();
            written.push_back(path.take());
            if (onFile) onFile(written.back());
        }
    return written;
}

} // namespace looptax
