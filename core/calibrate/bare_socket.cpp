#include "calibrate/bare_socket.h"

#include "base/clock.h"
#include "base/json_fwd.h"
#include "base/receive_stamp.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace looptax {

namespace {

constexpr int kSliceMs = 100;
constexpr int kMostSlices = 300; // half a minute without a byte

struct Piece {
    std::int64_t at_ns;
    std::size_t end; // of the bytes read so far
};

Error broken(const std::string& what, int code = errno) {
    return {ErrorKind::Unreachable,
            what + (code != 0 ? std::string(": ") + std::strerror(code) : ""),
            "the scripted server",
            {},
            code};
}

std::string requestText(const Messages& messages, const std::string& model) {
    Json list = Json::array();
    for (const Message& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
    const std::string body = Json{{"model", model},       {"messages", list},   {"stream", true},
                                  {"cache_prompt", true}, {"max_tokens", 4096}, {"stream_options", {{"include_usage", true}}}}
                                 .dump();
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

// What a chunk says, if it says anything. Each of the server's chunks is one event on a line of its own.
std::string contentOf(std::string_view line) {
    constexpr std::string_view kData = "data: {";
    if (line.substr(0, kData.size()) != kData) return {};
    const Json json = Json::parse(line.substr(kData.size() - 1), nullptr, false);
    if (!json.is_object() || !json.contains("choices") || json["choices"].empty()) return {};
    const Json& delta = json["choices"][0]["delta"];
    return delta.is_object() && delta.contains("content") && delta["content"].is_string() ? delta["content"].get<std::string>()
                                                                                          : std::string();
}

} // namespace

Result<BareSocket> BareSocket::connect(int port, BareStamps stamps) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return broken("no socket");
    BareSocket out(fd, stamps);
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return broken("cannot connect");
    return out;
}

BareSocket::BareSocket(int fd, BareStamps stamps)
    : m_fd(fd)
    , m_stamps(stamps)
    , m_asked(stamps == BareStamps::Kernel && askForStamps(fd)) {}

BareSocket::BareSocket(BareSocket&& other) noexcept
    : m_fd(std::exchange(other.m_fd, -1))
    , m_stamps(other.m_stamps)
    , m_asked(other.m_asked) {}

BareSocket::~BareSocket() {
    if (m_fd >= 0) ::close(m_fd);
}

Result<BareSocket::Answer> BareSocket::chat(const Messages& messages, const std::string& model, const CancelFlag& cancel) {
    const SystemClock clock;
    const std::string request = requestText(messages, model);
    std::string bytes;
    bytes.reserve(1 << 20);
    std::vector<Piece> pieces;
    pieces.reserve(10'000);
    std::array<char, 65'536> buffer;

    Answer answer;
    ArrivalClock arrivals;
    if (m_asked) arrivals.begin(clock);
    answer.times.sent_ns = clock.monotonicNs();
    if (::send(m_fd, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
        return broken("cannot send the whole request");
    constexpr std::string_view kEnd = "\r\n0\r\n\r\n";
    int idle = 0;
    while (bytes.size() < kEnd.size() || std::string_view(bytes).substr(bytes.size() - kEnd.size()) != kEnd) {
        pollfd ready{m_fd, POLLIN, 0};
        const int count = ::poll(&ready, 1, kSliceMs);
        const std::int64_t now = clock.monotonicNs();
        if (cancel) return Error{ErrorKind::Cancelled, "stopped", {}, {}, 0};
        if (count < 0 && errno != EINTR) return broken("cannot wait");
        if (count <= 0) {
            if (++idle > kMostSlices) return broken("nothing was heard for half a minute", 0);
            continue;
        }
        idle = 0;
        StampedRead read;
        if (m_asked) read = receiveStamped(m_fd, buffer.data(), buffer.size());
        else read.count = ::recv(m_fd, buffer.data(), buffer.size(), 0);
        if (read.count <= 0) return broken("the answer was cut", read.count < 0 ? errno : 0);
        bytes.append(buffer.data(), std::size_t(read.count));
        pieces.push_back({m_asked ? arrivals.arrival(read, clock).value_or(now) : now, bytes.size()});
    }
    answer.times.end_ns = pieces.back().at_ns;

    const std::size_t body = bytes.find("\r\n\r\n") + 4;
    std::optional<std::int64_t> first, last;
    std::int64_t tokens = 0;
    std::size_t piece = 0;
    for (std::size_t at = body; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1);
        const std::string text = contentOf(std::string_view(bytes).substr(at, end - at));
        at = end + 1;
        if (text.empty()) continue;
        while (pieces[piece].end < at) ++piece;
        last = pieces[piece].at_ns;
        if (!first) first = last;
        if (last == first) answer.times.first_read_tokens = tokens + 1;
        ++tokens;
        answer.text += text;
    }
    for (const Piece& p : pieces) answer.times.reads += p.end > body ? 1 : 0;
    if (first) answer.times.ttft_ms = double(*first - answer.times.sent_ns) / 1e6;
    if (first && *last > *first)
        answer.times.decode_tps = double(tokens - answer.times.first_read_tokens) / (double(*last - *first) / 1e9);
    return answer;
}

} // namespace looptax
