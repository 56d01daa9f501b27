// POSIX sockets of the simulated server: every wait also ends when the server stops, and waits are exact to
// microseconds, because what they delay is a known truth.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace looptax {

std::int64_t simNowNs(); // CLOCK_MONOTONIC

class SimSocket {
public:
    SimSocket() = default;
    explicit SimSocket(int fd) : m_fd(fd) {}
    SimSocket(SimSocket&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    SimSocket& operator=(SimSocket&& other) noexcept;
    ~SimSocket() { close(); }

    int fd() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }
    void close();
    void reset(); // closes with a TCP reset

private:
    int m_fd = -1;
};

// A pipe that becomes readable once and stays so: wakes every thread that waits.
class StopSignal {
public:
    StopSignal();
    void raise();
    bool raised() const;
    int fd() const { return m_read.fd(); }

private:
    SimSocket m_read;
    SimSocket m_write;
};

enum class SimWait { Ready, Due, PeerGone, Stopped };

// Until the socket can be read (an end of file counts as readable) or the server stops.
SimWait waitReadable(const SimSocket& socket, const StopSignal& stop);
// Until the moment (CLOCK_MONOTONIC ns; absent = for ever). PeerGone when the peer closes meanwhile.
SimWait waitUntil(const SimSocket& socket, const StopSignal& stop, std::optional<std::int64_t> dueNs);
// What the kernel takes at once, in one call and without waiting: how many bytes. 0 where it takes none now, or for an error,
// which sendAll() finds again.
std::size_t sendNow(const SimSocket& socket, std::string_view bytes);
// Ready when all was taken by the kernel.
SimWait sendAll(const SimSocket& socket, const StopSignal& stop, std::string_view bytes);

// Listening on 127.0.0.1 or ::1; port 0 = any.
Result<SimSocket> openLoopback(bool ipv6, int port);
int portOf(const SimSocket& socket);
// Next connection, TCP_NODELAY set; not open when there is none.
SimSocket acceptOne(const SimSocket& listener);
void makeWaitsExact(); // for the calling thread

} // namespace looptax
