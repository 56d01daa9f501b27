// Which processes of this machine are the runtime's, and who is busy before a sweep begins.
#pragma once

#include "base/clock.h"
#include "domain/plan.h"
#include "engine/host_counters.h"

#include <set>
#include <string>
#include <vector>

namespace looptax {

// Where a runtime is to be looked for. Neither: it is on another machine.
struct RuntimePlace {
    int group = 0; // process group of a server that this program started
    int port = 0;  // on loopback
    bool here() const { return group != 0 || port != 0; }
};

struct RuntimeLook {
    std::vector<ProcessStat> processes;
    bool itself = false; // this program listens there
    std::string why_not; // none is known; of a port, "no process that listens on port 11434 can be seen"
};

// The group and its descendants; else who listens on the port and the descendants. Of a listener under another user nobody may
// see which process it is: all processes of that user, the busiest of them where they are many. `all`: walkProcesses().
RuntimeLook findRuntime(const HostSystem& system, const RuntimePlace& place, const std::vector<ProcessStat>& all);

// With all that they started, but for `own` and what only it started.
std::set<int> withDescendants(std::set<int> pids, const std::vector<ProcessStat>& all, int own);

// "Busy now: cc1plus (pid 4711) 98 % of a core. ..." where others than this program and the plan's runtimes use so much
// that a turn beside them would be called disturbed; else empty. Looks twice, 200 ms apart.
std::string busyNow(const HostSystem& system, Clock& clock, const Plan& plan);

} // namespace looptax
