// A llama-server for tests: takes llama-server's flags, answers as core/sim's oracle, and can be told to
// fail. What it saw stands in the file of --sim-log, one line each, written before the answer begins, so that
// it survives a kill:
//   start PID PORT
//   chat PID NUMBER       number counts from 1 over every server that wrote to this file
// Its own flags:
//   --sim-log FILE           --sim-interval-ms X   (between tokens)
//   --sim-die-at-chat N      kills itself when that chat has arrived
//   --sim-refuse TEXT        says the text on stderr and ends, as with a model that does not load
//   --sim-refuse-restart     the same, but only when the log shows an earlier start
//   --sim-stubborn           ignores SIGTERM
//   --sim-never-ready        runs and listens to nobody
#include "sim/scripted_server.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/file.h>
#include <unistd.h>

using namespace looptax;

namespace {

struct Flags {
    SimOptions sim;
    std::string log;
    std::string refuse;
    bool refuseRestart = false;
    bool neverReady = false;
    int dieAtChat = 0;
};

int linesWith(const std::string& path, const std::string& lead) {
    std::ifstream file(path);
    int count = 0;
    for (std::string line; std::getline(file, line);) count += line.rfind(lead, 0) == 0 ? 1 : 0;
    return count;
}

void say(const std::string& path, const std::string& line) {
    if (path.empty()) return;
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    [[maybe_unused]] const ssize_t n = ::write(file, line.data(), line.size());
    ::close(file);
}

Flags read(int argc, char** argv) {
    Flags flags;
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
        if (flag == "--port") flags.sim.port = std::atoi(value().c_str());
        else if (flag == "-c") flags.sim.context_tokens = std::atoi(value().c_str());
        else if (flag == "-np") flags.sim.slots = std::atoi(value().c_str());
        else if (flag == "--model" || flag == "--host" || flag == "--cache-ram") value();
        else if (flag == "--sim-log") flags.log = value();
        else if (flag == "--sim-interval-ms") flags.sim.cost.interval_ms = std::atof(value().c_str());
        else if (flag == "--sim-die-at-chat") flags.dieAtChat = std::atoi(value().c_str());
        else if (flag == "--sim-refuse") flags.refuse = value();
        else if (flag == "--sim-refuse-restart") flags.refuseRestart = true;
        else if (flag == "--sim-never-ready") flags.neverReady = true;
        else if (flag == "--sim-stubborn") std::signal(SIGTERM, SIG_IGN);
        else std::fprintf(stderr, "ignored: %s\n", flag.c_str());
    }
    return flags;
}

} // namespace

int main(int argc, char** argv) {
    Flags flags = read(argc, argv);
    if (flags.refuseRestart && linesWith(flags.log, "start ") > 0) flags.refuse = "the card has fallen off the bus";
    if (!flags.refuse.empty()) {
        std::fprintf(stderr, "loading the model\n%s\n", flags.refuse.c_str());
        return 1;
    }
    const std::string pid = std::to_string(::getpid());
    const int earlier = linesWith(flags.log, "chat ");
    flags.sim.on_request = [&](const SimRequest& request) {
        if (!request.chat_index) return;
        const int number = earlier + *request.chat_index + 1;
        say(flags.log, "chat " + pid + " " + std::to_string(number) + "\n");
        if (number == flags.dieAtChat) {
            std::fprintf(stderr, "ggml: out of memory\n");
            ::kill(::getpid(), SIGKILL);
        }
    };
    ScriptedServer server(flags.sim);
    if (const Status started = flags.neverReady ? Status{} : server.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().text().c_str());
        return 1;
    }
    say(flags.log, "start " + pid + " " + std::to_string(server.port()) + "\n");
    while (true) ::pause();
}
