// The scripted server as a process of its own, started by calibrate: it shares no thread and no lock with
// what it checks. Both programs can be it, so that either works alone. Not shown in any help: nobody should
// measure it by mistake.
//
//   PROGRAM simulated-server --truth FILE [--port N] [--interval-ms X] [--overhead-ms X] [--token-ms X]
//
// Says "listening PORT" on stdout. SIGTERM ends it; only then FILE is written (sim/truth_file.h).
#pragma once

#include <string>
#include <vector>

namespace looptax {

inline constexpr const char* kSimulatedServerCommand = "simulated-server";

int runSimulatedServer(const std::vector<std::string>& words); // after the command's name; the exit code

} // namespace looptax
