// A connection whose server is a list of pieces of bytes: each read gives the next one. No socket, no time but the fake clock's.
#pragma once

#include "chat_lab.h"

#include "runtime/chat_stream.h"
#include "runtime/http_client.h"
#include "runtime/http_connection.h"
#include "support/fake_clock.h"

#include <string>
#include <utility>
#include <vector>

namespace looptax {

class RecordedConnection final : public HttpConnection {
public:
    // closes: the server ends the connection after the last piece; else it falls silent.
    RecordedConnection(std::vector<std::string> pieces, bool closes, FakeClock& clock)
        : HttpConnection(parseUrl("http://127.0.0.1:8080").take(), {}, {1'000, 60'000, 60'000, 120'000}, clock, {})
        , m_pieces(std::move(pieces))
        , m_closes(closes)
        , m_fake(clock) {}

    ConnectResult ensure(const CancelFlag&) override { return {}; }
    std::int64_t write(const HttpRequest&, const std::function<void(std::int64_t)>& stamped) override {
        const std::int64_t stamp = m_fake.monotonicNs();
        stamped(stamp);
        return stamp;
    }
    ReadResult read(std::int64_t deadlineNs, const CancelFlag&) override {
        ReadResult result;
        if (m_next == m_pieces.size() && !m_closes) m_fake.advance(std::max<std::int64_t>(0, deadlineNs - m_fake.monotonicNs()));
        else m_fake.advance(1'000);
        result.stamp.ns = m_fake.monotonicNs();
        if (m_next < m_pieces.size()) result.bytes = m_pieces[m_next++];
        else result.kind = m_closes ? ReadResult::Closed : ReadResult::TimedOut;
        return result;
    }
    void close() override {}

private:
    std::vector<std::string> m_pieces;
    std::size_t m_next = 0;
    bool m_closes;
    FakeClock& m_fake;
};

struct Played {
    ChatEnd end;
    Heard heard;
};

inline Played play(Dialect dialect, std::vector<std::string> pieces, bool closes = false) {
    FakeClock clock;
    HttpClient http(std::make_unique<RecordedConnection>(std::move(pieces), closes, clock));
    Played played;
    const CancelFlag cancel{false};
    played.end = chatOver(http, dialect, "/chat", "{}", played.heard, cancel);
    return played;
}

// The body as an answer with status 200.
inline std::string chunked(std::string_view body, std::string_view type = "text/event-stream") {
    std::string out = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    constexpr char kHex[] = "0123456789abcdef";
    for (std::size_t at = 0; at < body.size();) {
        const std::string_view piece = body.substr(at, 61);
        out += {kHex[piece.size() / 16], kHex[piece.size() % 16], '\r', '\n'};
        out += piece;
        out += "\r\n";
        at += piece.size();
    }
    return out + "0\r\n\r\n";
}
inline std::string withLength(std::string_view body, std::string_view status = "200 OK") {
    return "HTTP/1.1 " + std::string(status) +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}
inline std::string untilClose(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + std::string(body);
}

} // namespace looptax
