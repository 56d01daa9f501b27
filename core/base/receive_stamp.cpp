#include "base/receive_stamp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

#ifdef __linux__
#include <ctime>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#endif

namespace looptax {

namespace {

constexpr std::int64_t kClockStepNs = 200'000;

} // namespace

bool askForStamps(int fd) {
#ifdef __linux__
    const auto ask = [](int socket) {
        const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
        return ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) == 0;
    };
    // The kernel stamps as long as some socket has asked, and begins a moment after the first one did: one that stays open
    // saves each new connection that moment.
    [[maybe_unused]] static const bool s_asked = ask(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return ask(fd);
#else
    (void)fd;
    return false;
#endif
}

StampedRead receiveStamped(int fd, char* buffer, std::size_t size) {
    iovec piece{buffer, size};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    StampedRead read;
#ifdef __linux__
    alignas(cmsghdr) std::array<char, 256> control{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    read.count = ::recvmsg(fd, &message, 0);
    if (read.count <= 0) return read;
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SO_TIMESTAMPING) continue;
        scm_timestamping stamps{};
        std::memcpy(&stamps, CMSG_DATA(one), sizeof stamps);
        const auto& software = stamps.ts[0];
        if (software.tv_sec != 0) read.realtime_ns = std::int64_t(software.tv_sec) * 1'000'000'000 + software.tv_nsec;
    }
#else
    read.count = ::recvmsg(fd, &message, 0);
#endif
    return read;
}

void ArrivalClock::begin(const Clock& clock) {
    m_offset = clock.realtimeOffsetNs();
    m_earliest = clock.monotonicNs();
    m_stepped = false;
}

std::optional<std::int64_t> ArrivalClock::arrival(const StampedRead& read, const Clock& clock) {
    if (!read.realtime_ns || !m_offset || m_stepped) return std::nullopt;
    const auto offset = clock.realtimeOffsetNs();
    if (!offset) return std::nullopt;
    if (*offset - *m_offset > kClockStepNs || *m_offset - *offset > kClockStepNs) {
        m_stepped = true;
        return std::nullopt;
    }
    const std::int64_t at =
        *read.realtime_ns - *m_offset; // one offset for all of them: what lies between two is the kernel's alone
    const std::int64_t now = clock.monotonicNs();
    if (at < m_earliest - kClockStepNs || at > now + kClockStepNs) return std::nullopt;
    return std::clamp(at, m_earliest, now);
}

} // namespace looptax
