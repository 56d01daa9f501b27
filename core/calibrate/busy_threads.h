// Threads that do nothing but compute, as a process of its own, started by calibrate: what a runtime that computes on the CPU
// leaves of a machine for the program that measures it. A process, not threads of ours: the scheduler weighs it against us as
// it would weigh such a runtime, and whatever happens to us it ends with us (runtime/server_process.h). Both programs can be
// it. Not shown in any help.
//
//   PROGRAM busy-threads N
//
// Says "busy N" on stdout once all of them run. A signal ends it.
#pragma once

#include <string>
#include <vector>

namespace looptax {

inline constexpr const char* kBusyThreadsCommand = "busy-threads";

int runBusyThreads(const std::vector<std::string>& words); // after the command's name; returns for wrong words only

} // namespace looptax
