#include "runtime/tcp_connect.h"

#include "base/receive_stamp.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr std::int64_t kSliceMs = 50; // how late a cancel may be noticed

TcpAttempt failed(int fd, const std::string& reason) {
    if (fd >= 0) ::close(fd);
    return {TcpAttempt::Failed, -1, reason};
}

TcpAttempt given(int fd, TcpAttempt::End end) {
    ::close(fd);
    return {end, -1, {}};
}

} // namespace

TcpAttempt connectTcp(const std::string& address, int port, std::int64_t deadlineNs, Clock& clock, const CancelFlag& cancel) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int code = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0)
        return failed(-1, ::gai_strerror(code));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    const int fd = ::socket(found->ai_family, SOCK_STREAM, 0);
    if (fd < 0) return failed(-1, std::strerror(errno));
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
    ::setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    askForStamps(fd);
    if (::connect(fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) return failed(fd, std::strerror(errno));
    while (true) {
        if (cancel) return given(fd, TcpAttempt::Cancelled);
        const std::int64_t now = clock.monotonicNs();
        pollfd wait{fd, POLLOUT, 0};
        const auto slice = std::clamp<std::int64_t>((deadlineNs - now + 999'999) / 1'000'000, 0, kSliceMs);
        const int ready = ::poll(&wait, 1, int(slice));
        if (ready < 0 && errno != EINTR) return failed(fd, std::strerror(errno));
        if (ready > 0) break;
        if (now >= deadlineNs) return given(fd, TcpAttempt::TimedOut);
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return failed(fd, std::strerror(error));
    return {TcpAttempt::Connected, fd, {}};
}

} // namespace looptax
