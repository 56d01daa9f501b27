#include "app/arguments.h"
#include "app/commands.h"
#include "app/session_files.h"
#include "base/text.h"

namespace looptax {

namespace {

constexpr const char* kHelp = R"(looptax report SESSION [--format csv] [-o FILE]

The turns of a session as CSV, a row a turn, made anew from its journal. Works on a session that is still running or was
cut short.

  -o FILE   where to write it; standard output when left out
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
    if (const std::string wanted = arguments->value("--format").value_or("csv"); wanted != "csv")
        return complain({ErrorKind::Usage, "unknown format " + wanted, {}, "this version writes csv", 0});
    SystemFileOps files;
    const auto text = sessionCsv(files, arguments->words()[0]);
    if (!text) return complain(text.error());
    return deliver(*text, arguments->value("-o"));
}

} // namespace looptax
