// Plays a script onto a connection: waits, stamps, sends.
#pragma once

#include "sim/sim_script.h"
#include "sim/sim_socket.h"

#include <cstdint>
#include <functional>

namespace looptax {

enum class SimEnd {
    Running,
    Answered, // the script ran to its end
    Broken,   // the script closed or reset the connection
    PeerGone, // the client left before the end
    Stopped   // the server stopped before the end
};

struct SentPiece {
    std::int64_t at_ns = 0; // just before the send
    std::int64_t bytes = 0;
    SimMark mark = SimMark::Other;
};

SimEnd playScript(SimSocket& socket, const StopSignal& stop, const SimScript& script, std::int64_t arrivedNs,
                  const std::function<void(const SentPiece&)>& onPiece);

} // namespace looptax
