#include "app/arguments.h"
#include "app/commands.h"
#include "app/draw_charts.h"
#include "app/session_files.h"
#include "base/text.h"
#include "base/words.h"
#include "store/session.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax report SESSION [--format md|html|json|csv] [-o FILE]
looptax report SESSION --format runs -o FOLDER

The write-up of a session, made anew from its journal. Works on a session that is still running or was cut short.

  --format F   md (default), html (one file with the charts in it), json (the summary), csv (a row a turn),
               runs (raw records, one JSON file a run, into the folder that -o names)
  -o FILE      where to write it; standard output when left out or -

For html the charts in SESSION/charts are drawn first, unless they are up to date, by looptax-workbench where it lies
beside looptax; no display is needed. Where they cannot be drawn the report says so and has the tables all the same.
)";

std::optional<ReportFormat> formatOf(const std::string& word) {
    static constexpr std::array<std::pair<std::string_view, ReportFormat>, 4> kFormats{{{"md", ReportFormat::Markdown},
                                                                                        {"html", ReportFormat::Html},
                                                                                        {"json", ReportFormat::JsonSummary},
                                                                                        {"csv", ReportFormat::Csv}}};
    for (const auto& [name, format] : kFormats)
        if (name == word) return format;
    return std::nullopt;
}

int writeRuns(FileOps& files, const std::string& folder, const std::optional<std::string>& to) {
    if (!to || *to == "-")
        return complain({ErrorKind::Usage, "--format runs writes a file for each run and needs a folder", {}, "-o FOLDER", 0});
    const auto written = writeRunFiles(files, folder, *to);
    if (!written) return complain(written.error());
    printErr("looptax: " + counted(std::int64_t(*written), "run") + " written to " + stripControls(*to) + "\n");
    return kExitDone;
}

} // namespace

int reportCommand(const Words& words) {
    const auto arguments = Arguments::parse(words, {{"--format", true}, {"-o", true}, {"--help", false}, {"-h", false}});
    if (!arguments) return complain(arguments.error());
    if (arguments->has("--help") || arguments->has("-h")) {
        printOut(kHelp);
        return kExitDone;
    }
    if (arguments->words().size() != 1)
        return complain({ErrorKind::Usage, "report needs one session folder", {}, "looptax report --help", 0});
    const std::string wanted = arguments->value("--format").value_or("md");
    const std::string folder = arguments->words()[0];
    SystemFileOps files;
    if (wanted == "runs") return writeRuns(files, folder, arguments->value("-o"));
    const auto format = formatOf(wanted);
    if (!format) return complain({ErrorKind::Usage, "unknown format " + wanted, {}, "one of: md, html, json, csv, runs", 0});
    if (format == ReportFormat::Html && files.exists(SessionPaths(folder).journal()) && !chartsAreCurrent(files, folder))
        if (const Status drawn = drawCharts(folder); !drawn)
            printErr("looptax: no new charts for the report: " + stripControls(drawn.error().text()) + "\n");
    const auto text = renderSession(files, folder, *format);
    if (!text) return complain(text.error());
    return deliver(*text, arguments->value("-o"));
}

} // namespace looptax
