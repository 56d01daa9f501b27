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

// Stamps the piece and hands it to the kernel, as much as that takes at once; the stamp.
using HandOver = std::function<std::int64_t()>;
// Called for each piece, whose at_ns is not known yet. Makes room for it, calls handOver() once, and lets nobody see the piece
// before that returns: then nothing lies between stamp and send, and who has read the bytes finds their stamp.
using OnPiece = std::function<void(SentPiece piece, const HandOver& handOver)>;

SimEnd playScript(SimSocket& socket, const StopSignal& stop, const SimScript& script, std::int64_t arrivedNs,
                  const OnPiece& onPiece);

} // namespace looptax
