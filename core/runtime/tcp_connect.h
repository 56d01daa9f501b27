// A TCP connection to one numeric address that a cancel can end. QAbstractSocket::waitForConnected() gives
// the attempt up when its time is over, so waiting in slices with it would fail for every server further away
// than a slice.
#pragma once

#include "base/clock.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <string>

namespace looptax {

struct TcpAttempt {
    enum End { Connected, Failed, TimedOut, Cancelled } end = Failed;
    int fd = -1;        // with Connected: non-blocking, close-on-exec, TCP_NODELAY, reads stamped; the caller's
    std::string reason; // with Failed: the system's words
};

TcpAttempt connectTcp(const std::string& address, int port, std::int64_t deadlineNs, Clock& clock, const CancelFlag& cancel);

} // namespace looptax
