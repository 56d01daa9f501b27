// Loopback sockets that misbehave as networks do, without any network.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace looptax {

// Containers often have no ::1. Tests then assert what must happen without it.
inline bool hasIpv6Loopback() {
    const int s = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return false;
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool bound = ::bind(s, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(s);
    return bound;
}

// Bound and never listening: the kernel refuses connections, and nobody else can take the port while this lives.
class RefusingPort {
public:
    explicit RefusingPort(const char* ip = "127.0.0.1", int port = 0) : m_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        m_address.sin_family = AF_INET;
        m_address.sin_port = htons(std::uint16_t(port));
        ::inet_pton(AF_INET, ip, &m_address.sin_addr);
        m_ok = ::bind(m_fd, reinterpret_cast<const sockaddr*>(&m_address), sizeof m_address) == 0;
        socklen_t size = sizeof m_address;
        ::getsockname(m_fd, reinterpret_cast<sockaddr*>(&m_address), &size);
    }
    ~RefusingPort() { ::close(m_fd); }
    RefusingPort(const RefusingPort&) = delete;
    RefusingPort& operator=(const RefusingPort&) = delete;
    bool ok() const { return m_ok; }
    int port() const { return ntohs(m_address.sin_port); }

protected:
    int m_fd;
    sockaddr_in m_address{};
    bool m_ok = false;
};

// Takes connections and never says a word.
class SilentPort : public RefusingPort {
public:
    explicit SilentPort(const char* ip = "127.0.0.1", int port = 0, int backlog = 64) : RefusingPort(ip, port) {
        m_ok = m_ok && ::listen(m_fd, backlog) == 0;
    }
};

// Swallows every attempt to connect, as a firewall that drops packets: its queue is full and nobody takes
// from it.
class BlackHole : public SilentPort {
public:
    explicit BlackHole(const char* ip = "127.0.0.1", int port = 0) : SilentPort(ip, port, 0) {
        for (int i = 0; i < 8 && m_ok; ++i) {
            const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            m_filling.push_back(s);
            ::connect(s, reinterpret_cast<const sockaddr*>(&m_address), sizeof m_address);
            pollfd fd{s, POLLOUT, 0};
            if (::poll(&fd, 1, 200) == 0) return; // this one hangs: so will the next
        }
        m_ok = false;
    }
    ~BlackHole() {
        for (const int s : m_filling) ::close(s);
    }

private:
    std::vector<int> m_filling;
};

} // namespace looptax
