// A plain blocking HTTP client for tests: sends exactly the bytes given and stamps every read. It knows
// nothing of deadlines or retries, so what it sees is what the server did. Gives up after ten silent seconds.
#pragma once

#include "wire/http_response_parser.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

struct RawReply {
    int status = 0; // 0 = no head was read
    HttpHead head;
    std::string body;
    WireError error;     // Truncated when the connection ended first
    bool reset = false;  // by a TCP reset
    bool silent = false; // gave up waiting
    bool keeps = false;  // the connection may be used again
    std::int64_t late_bytes = 0;
    std::vector<std::pair<std::int64_t, std::size_t>> reads; // CLOCK_MONOTONIC ns after the read, bytes
    std::int64_t sent_ns = 0;
};

class RawHttp {
public:
    explicit RawHttp(int port, bool ipv6 = false) : m_fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{10, 0};
        const int on = 1;
        ::setsockopt(m_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(std::uint16_t(port));
        four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(std::uint16_t(port));
        six.sin6_addr = in6addr_loopback;
        m_error = ipv6 ? ::connect(m_fd, reinterpret_cast<const sockaddr*>(&six), sizeof six)
                       : ::connect(m_fd, reinterpret_cast<const sockaddr*>(&four), sizeof four);
        if (m_error != 0) m_error = errno;
    }
    ~RawHttp() { close(); }
    RawHttp(const RawHttp&) = delete;
    RawHttp& operator=(const RawHttp&) = delete;

    int connectError() const { return m_error; } // errno, 0 = connected
    void close() {
        if (m_fd >= 0) ::close(m_fd);
        m_fd = -1;
    }

    static std::string request(std::string_view method, std::string_view path, std::string_view body = {},
                               std::string_view extraHeaders = {}) {
        std::string text = std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n";
        if (!body.empty()) text += "Content-Type: application/json\r\n";
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(extraHeaders) + "\r\n";
        return text + std::string(body);
    }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t n = ::send(m_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(std::size_t(n));
        }
        return true;
    }

    // The other side's kernel has all that was sent.
    bool allAcknowledged() const {
        int left = 0;
        return ::ioctl(m_fd, TIOCOUTQ, &left) == 0 && left == 0; // SIOCOUTQ of a socket
    }

    // Reads one response to its end, at most maxBytes of it.
    RawReply receive(std::size_t maxBytes = std::size_t(64) << 20) {
        RawReply reply;
        Collector collector(reply);
        HttpResponseParser parser(collector);
        std::array<char, 65'536> buffer;
        std::size_t got = 0;
        while (got < maxBytes) {
            const ssize_t n = ::recv(m_fd, buffer.data(), buffer.size(), 0);
            reply.reads.emplace_back(nowNs(), n > 0 ? std::size_t(n) : 0);
            if (n <= 0) {
                reply.reset = n < 0 && errno == ECONNRESET;
                reply.silent = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
                parser.finish();
                break;
            }
            got += std::size_t(n);
            if (!parser.feed({buffer.data(), std::size_t(n)}) || parser.done()) break;
        }
        reply.error = parser.error();
        reply.keeps = parser.mayKeepAlive();
        reply.late_bytes = parser.lateBytes();
        return reply;
    }

    RawReply exchange(std::string_view requestBytes) {
        const std::int64_t sent = nowNs();
        send(requestBytes);
        RawReply reply = receive();
        reply.sent_ns = sent;
        return reply;
    }
    RawReply get(std::string_view path, std::string_view extraHeaders = {}) {
        return exchange(request("GET", path, {}, extraHeaders));
    }
    RawReply post(std::string_view path, std::string_view body, std::string_view extraHeaders = {}) {
        return exchange(request("POST", path, body, extraHeaders));
    }

    static std::int64_t nowNs() {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
    }

private:
    struct Collector final : HttpListener {
        explicit Collector(RawReply& r) : reply(r) {}
        void onHead(const HttpHead& head) override {
            reply.head = head;
            reply.status = head.status;
        }
        void onBody(std::string_view bytes) override { reply.body += bytes; }
        void onBodyEnd() override {}
        RawReply& reply;
    };

    int m_fd = -1;
    int m_error = 0;
};

} // namespace looptax
