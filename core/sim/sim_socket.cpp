#ifndef _GNU_SOURCE
#define _GNU_SOURCE // ppoll, POLLRDHUP
#endif
#include "sim/sim_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace looptax {

namespace {

#ifdef POLLRDHUP
constexpr short kPeerClosed = POLLRDHUP;
#else
constexpr short kPeerClosed = 0;
#endif

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

// Waits on both; an absent time is for ever. The answer of poll().
int pollBoth(std::array<pollfd, 2>& fds, std::optional<std::int64_t> dueNs) {
    for (;;) {
        std::int64_t left = dueNs ? *dueNs - simNowNs() : 0;
        if (left < 0) left = 0;
#ifdef __linux__
        timespec time{};
        time.tv_sec = left / 1'000'000'000;
        time.tv_nsec = long(left % 1'000'000'000);
        const int n = ::ppoll(fds.data(), fds.size(), dueNs ? &time : nullptr, nullptr);
#else
        const int n = ::poll(fds.data(), fds.size(), dueNs ? int((left + 999'999) / 1'000'000) : -1);
#endif
        if (n >= 0 || errno != EINTR) return n;
    }
}

Error socketError(const std::string& what) {
    const int code = errno;
    return {ErrorKind::Unreachable, what + ": " + std::strerror(code), "simulated server", "", code};
}

} // namespace

std::int64_t simNowNs() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

SimSocket& SimSocket::operator=(SimSocket&& other) noexcept {
    if (this != &other) {
        close();
        m_fd = std::exchange(other.m_fd, -1);
    }
    return *this;
}

void SimSocket::close() {
    if (m_fd >= 0) ::close(m_fd);
    m_fd = -1;
}

void SimSocket::reset() {
    if (m_fd < 0) return;
    const linger now{1, 0};
    ::setsockopt(m_fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

StopSignal::StopSignal() {
    int fds[2] = {-1, -1};
    if (::pipe(fds) != 0) return;
    for (int fd : fds) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    m_read = SimSocket(fds[0]);
    m_write = SimSocket(fds[1]);
}

void StopSignal::raise() {
    const char byte = 's';
    [[maybe_unused]] const auto n = ::write(m_write.fd(), &byte, 1);
}

bool StopSignal::raised() const {
    pollfd fd{m_read.fd(), POLLIN, 0};
    return ::poll(&fd, 1, 0) > 0;
}

SimWait waitReadable(const SimSocket& socket, const StopSignal& stop) {
    std::array<pollfd, 2> fds{pollfd{stop.fd(), POLLIN, 0}, pollfd{socket.fd(), POLLIN, 0}};
    if (pollBoth(fds, std::nullopt) < 0 || fds[0].revents != 0) return SimWait::Stopped;
    return SimWait::Ready;
}

SimWait waitUntil(const SimSocket& socket, const StopSignal& stop, std::optional<std::int64_t> dueNs) {
    std::array<pollfd, 2> fds{pollfd{stop.fd(), POLLIN, 0}, pollfd{socket.fd(), kPeerClosed, 0}};
    const int n = pollBoth(fds, dueNs);
    if (n < 0 || fds[0].revents != 0) return SimWait::Stopped;
    return n == 0 ? SimWait::Due : SimWait::PeerGone;
}

std::size_t sendNow(const SimSocket& socket, std::string_view bytes) {
    const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), kNoSignal | MSG_DONTWAIT);
    return n > 0 ? std::size_t(n) : 0;
}

SimWait sendAll(const SimSocket& socket, const StopSignal& stop, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket.fd(), bytes.data(), bytes.size(), kNoSignal | MSG_DONTWAIT);
        if (n >= 0) {
            bytes.remove_prefix(std::size_t(n));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            std::array<pollfd, 2> fds{pollfd{stop.fd(), POLLIN, 0}, pollfd{socket.fd(), POLLOUT, 0}};
            if (pollBoth(fds, std::nullopt) < 0 || fds[0].revents != 0) return SimWait::Stopped;
        } else if (errno != EINTR) {
            return SimWait::PeerGone;
        }
    }
    return SimWait::Ready;
}

Result<SimSocket> openLoopback(bool ipv6, int port) {
    SimSocket socket(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0));
    if (!socket.isOpen()) return socketError(ipv6 ? "no socket for ::1" : "no socket");
    ::fcntl(socket.fd(), F_SETFD, FD_CLOEXEC);
    const int on = 1;
    // A server that is started again on its port must not wait for the old connections to be forgotten.
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (ipv6) {
        ::setsockopt(socket.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_loopback;
        address.sin6_port = htons(std::uint16_t(port));
        std::memcpy(&storage, &address, size = sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(std::uint16_t(port));
        std::memcpy(&storage, &address, size = sizeof address);
    }
    if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&storage), size) != 0)
        return socketError("port " + std::to_string(port) + " of " + (ipv6 ? "::1" : "127.0.0.1") + " cannot be used");
    if (::listen(socket.fd(), 64) != 0) return socketError("cannot listen");
    return socket;
}

int portOf(const SimSocket& socket) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &storage, sizeof address);
        return ntohs(address.sin6_port);
    }
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof address);
    return ntohs(address.sin_port);
}

SimSocket acceptOne(const SimSocket& listener) {
    SimSocket socket(::accept(listener.fd(), nullptr, nullptr));
    if (!socket.isOpen()) return socket;
    ::fcntl(socket.fd(), F_SETFD, FD_CLOEXEC);
    const int on = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    return socket;
}

void makeWaitsExact() {
#ifdef __linux__
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0); // the default lets a wait end 50 us late
#endif
}

} // namespace looptax
