#include "app/arguments.h"
#include "app/commands.h"
#include "app/session_files.h"
#include "base/text.h"

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax report SESSION [--format md|json|csv] [-o FILE]

The write-up of a session, made anew from its journal. Works on a session that is still running or was cut short.

  --format F   md (default), json (the summary), csv (a row a turn)
  -o FILE      where to write it; standard output when left out
)";

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
    ReportFormat format = ReportFormat::Markdown;
    if (wanted == "json") format = ReportFormat::JsonSummary;
    else if (wanted == "csv") format = ReportFormat::Csv;
    else if (wanted != "md") return complain({ErrorKind::Usage, "unknown format " + wanted, {}, "one of: md, json, csv", 0});
    SystemFileOps files;
    const auto text = renderSession(files, arguments->words()[0], format);
    if (!text) return complain(text.error());
    return deliver(*text, arguments->value("-o"));
}

} // namespace looptax
