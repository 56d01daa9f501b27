// Starts a managed server as the sweep does, says so, and waits to be killed: what is left of the server then
// is the test's question.
//   server_parent COMMAND MODEL LOG [ARGS FOR THE SERVER]...
#include "runtime/managed_server.h"

#include <QCoreApplication>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <unistd.h>

using namespace looptax;

int main(int argc, char** argv) {
    ::signal(SIGSEGV, SIG_DFL); // a sanitizer's handler would hold up the end with its report
    QCoreApplication app(argc, argv);
    SystemClock clock;
    const CancelFlag cancel{false};
    ManagedCommand command{argv[1], argv[2], {}};
    for (int i = 4; i < argc; ++i) command.args.emplace_back(argv[i]);
    auto server = ManagedServer::start(command, 4096, argv[3], clock, {}, cancel);
    if (!server) {
        std::printf("%s\n", server.error().text().c_str());
        return 1;
    }
    std::printf("ready %d %d\n", (*server)->pid(), (*server)->port());
    std::fflush(stdout);
    while (true) ::pause();
}
