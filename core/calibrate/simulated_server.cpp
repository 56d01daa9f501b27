#include "calibrate/simulated_server.h"

#include "base/file_ops.h"
#include "base/text.h"
#include "base/whole_file.h"
#include "sim/scripted_server.h"
#include "sim/truth_file.h"

#include <csignal>
#include <cstdio>

namespace looptax {

int runSimulatedServer(const std::vector<std::string>& words) {
    // Before any thread is made: each inherits the mask, so the signal waits for sigwait below.
    sigset_t ends;
    sigemptyset(&ends);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, signal);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    SimOptions options;
    options.role_with_head = true;     // then every send of the body is followed by a pause: none is lost by the rules
    options.counts_stop_token = false; // the decode rate is held against what can be seen
    options.tokens_per_event = 1;
    options.keeps_bodies = false;
    std::string truth;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        const std::string value = i + 1 < words.size() ? words[i + 1] : std::string();
        const auto number = parseNumber(value);
        if (words[i] == "--truth" && !value.empty()) {
            truth = value;
        } else if (words[i] == "--port" && number) {
            options.port = int(*number);
        } else if (words[i] == "--interval-ms" && number) {
            options.cost.interval_ms = *number;
        } else if (words[i] == "--overhead-ms" && number) {
            options.cost.overhead_ms = *number;
        } else if (words[i] == "--token-ms" && number) {
            options.cost.per_token_ms = *number;
        } else {
            std::fprintf(stderr, "simulated-server: %s %s is not understood\n", words[i].c_str(), value.c_str());
            return 2;
        }
    }
    ScriptedServer server(options);
    if (const Status started = server.start(); !started) {
        std::fprintf(stderr, "simulated-server: %s\n", started.error().text().c_str());
        return 3;
    }
    std::printf("listening %d\n", server.port());
    std::fflush(stdout);
    int signal = 0;
    ::sigwait(&ends, &signal);
    server.stop();
    if (truth.empty()) return 0;
    SystemFileOps files;
    const Status written = replaceFile(files, truth, truthText(chatTruths(server.seen())));
    if (!written) std::fprintf(stderr, "simulated-server: %s\n", written.error().text().c_str());
    return written ? 0 : 4;
}

} // namespace looptax
