// looptax: measures what an agent loop costs on a local model, from the command line.
#include "app/commands.h"
#include "app/standard_streams.h"
#include "base/build_info.h"
#include "base/text.h"
#include "calibrate/busy_threads.h"
#include "calibrate/simulated_server.h"

#include <QCoreApplication>

namespace {

using namespace looptax;

struct Command {
    const char* name;
    int (*run)(const Words&);
    const char* what;
};

constexpr Command kCommands[] = {
    {"probe", probeCommand, "what answers on the known ports, and what is doubtful about measuring there"},
    {"plan", planCommand, "write a plan from a preset"},
    {"validate", validateCommand, "everything that is wrong with a plan"},
    {"run", runCommand, "run a plan: every turn measured, judged and on disk"},
    {"verify", verifyCommand, "is a session whole, and do its numbers follow from what was stored"},
    {"explain", explainCommand, "why each turn's prompt was read anew, token by token (llama-server)"},
    {"report", reportCommand, "the write-up of a session: Markdown, HTML, JSON or CSV"},
    {"amend", amendCommand, "change the analysis rules of a session, or add repeats; never silently"},
    {"compare", compareCommand, "two sessions beside each other, or one beside the published study"},
    {"calibrate", calibrateCommand, "how far this program's own clock is off on this machine"},
};

std::string help() {
    std::string out = "looptax measures what an agent loop costs on a local model: time to first token, tokens read anew\n"
                      "and answers judged, turn by turn, for five loop designs.\n\n"
                      "  looptax COMMAND [OPTIONS]      looptax COMMAND --help\n\n";
    for (const Command& command : kCommands)
        out += "  " + std::string(command.name) + std::string(12 - std::string(command.name).size(), ' ') + command.what + "\n";
    return out +
           "\nA first sweep, with Ollama running:\n"
           "  looptax run --preset quick --target kind=ollama,url=http://127.0.0.1:11434,model=MODEL --out sessions\n\n"
           "Exit codes: 0 done, 1 some turns failed, 2 bad usage or plan, 3 target unreachable, 4 storage, 130 interrupted\n";
}

int version() {
    printOut(std::string("looptax ") + versionText() + " (" + buildCommit() + ")\n");
    return kExitDone;
}

int runCommandOf(Words words) {
    if (words.empty()) {
        printErr(help());
        return kExitUsage;
    }
    const std::string first = words.front();
    words.erase(words.begin());
    if (first == "--help" || first == "-h" || first == "help") {
        printOut(help());
        return kExitDone;
    }
    if (first == "--version") return version();
    if (first == kSimulatedServerCommand) return runSimulatedServer(words);
    if (first == kBusyThreadsCommand) return runBusyThreads(words);
    std::vector<std::string> names;
    for (const Command& command : kCommands) {
        if (first == command.name) {
            if (words.size() == 1 && words[0] == "--version") return version();
            return command.run(words);
        }
        names.emplace_back(command.name);
    }
    const auto near = nearestName(first, names);
    return complain({ErrorKind::Usage,
                     "unknown command " + first,
                     {},
                     near ? "did you mean " + *near + "?" : "looptax --help lists them",
                     0});
}

} // namespace

int main(int argc, char** argv) {
    openClosedStreams();
    QCoreApplication app(argc, argv);
    const int code = runCommandOf({argv + 1, argv + argc});
    if (const Status arrived = closeOutput(); !arrived) {
        const int failed = complain(arrived.error());
        return code == kExitDone ? failed : code; // the first failure is the one to look at
    }
    return code;
}
