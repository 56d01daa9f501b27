#include "runtime/http_client.h"

#include "base/text.h"
#include "base/words.h"
#include "domain/api_key.h"
#include "runtime/http_connection.h"
#include "runtime/retry_after.h"
#include "wire/http_response_parser.h"

#include <algorithm>

namespace looptax {

namespace {

// Between parser and caller: keeps what the caller said of the body.
class Relay final : public HttpListener {
public:
    Relay(HttpStreamListener& listener, const Clock& clock) : m_listener(listener), m_clock(clock) {}
    void onHead(const HttpHead& head) override {
        m_status = head.status;
        m_encoded = head.isEncoded();
        if (m_encoded) m_encoding = std::string(*head.find("Content-Encoding"));
        if (const auto location = head.find("Location")) m_location = std::string(*location);
        m_retryAfterMs = retryAfterMs(head, m_clock.wallMs());
        m_listener.onHead(m_stamp.ns, head.status);
    }
    void onBody(std::string_view bytes) override {
        if (m_encoded || m_state.failed) return;
        m_state = m_listener.onBody(m_stamp, bytes);
    }
    void onBodyEnd() override {}

    ReadStamp m_stamp;
    int m_status = 0;
    bool m_encoded = false;
    std::string m_encoding;
    std::string m_location;
    std::optional<std::int64_t> m_retryAfterMs;
    BodyState m_state;

private:
    HttpStreamListener& m_listener;
    const Clock& m_clock;
};

constexpr const char* kProxyHint = "a proxy in between may be at fault; give the runtime's own address";

Outcome outcomeOf(WireFault fault) {
    switch (fault) {
    case WireFault::Limit: return Outcome::Limit;
    case WireFault::Protocol: return Outcome::Protocol;
    case WireFault::Framing:
    case WireFault::Truncated:
    case WireFault::None: break;
    }
    return Outcome::Cut;
}

// An alert record: what a TLS server says to plain HTTP.
bool looksLikeTls(const std::string& bytes) { return bytes.size() >= 2 && bytes[0] == 0x15 && bytes[1] == 0x03; }

// Which deadline is next, and what it means when it passes.
struct Due {
    std::int64_t at = 0;
    Outcome outcome = Outcome::TimeoutTotal;
};

Due nextDue(const Deadlines& d, std::int64_t sent, std::int64_t lastProgress, bool outputBegan) {
    const Due total{sent + d.total * 1'000'000, Outcome::TimeoutTotal};
    const Due other = outputBegan ? Due{lastProgress + d.idle * 1'000'000, Outcome::TimeoutIdle}
                                  : Due{sent + d.first_output * 1'000'000, Outcome::TimeoutFirst};
    return other.at <= total.at ? other : total;
}

std::string passedText(const Deadlines& d, Outcome outcome) {
    if (outcome == Outcome::TimeoutIdle) return "output began, then nothing came for " + secondsText(d.idle);
    if (outcome == Outcome::TimeoutFirst) return "no output within " + secondsText(d.first_output) + " of the send";
    return "the turn took longer than " + secondsText(d.total);
}

} // namespace

HttpClient::HttpClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock, HostResolver resolver)
    : m_connection(std::make_unique<HttpConnection>(std::move(url), std::move(apiKey), deadlines, clock, std::move(resolver))) {}

HttpClient::HttpClient(std::unique_ptr<HttpConnection> connection) : m_connection(std::move(connection)) {}

HttpClient::~HttpClient() = default;

void HttpClient::drop() { m_connection->close(); }
const std::string& HttpClient::address() const { return m_connection->address(); }

std::string HttpClient::withoutKey(std::string text) const { return looptax::withoutKey(std::move(text), apiKey()); }
const std::string& HttpClient::apiKey() const { return m_connection->apiKey(); }

std::string HttpClient::asked(const HttpRequest& request) const {
    return request.method + " " + m_connection->url().text() + request.path;
}

HttpEnd HttpClient::send(const HttpRequest& request, HttpStreamListener& listener, const CancelFlag& cancel) {
    HttpEnd end;
    HttpConnection& connection = *m_connection;
    Clock& clock = connection.clock();
    const auto give = [&](Outcome outcome, std::string text) {
        end.outcome = outcome;
        end.text = std::move(text);
        if (end.end_ns == 0) end.end_ns = clock.monotonicNs();
        connection.close();
        return end;
    };
    const auto connected = connection.ensure(cancel);
    end.hint = connected.hint;
    if (connected.outcome != Outcome::Ok) return give(connected.outcome, connected.text);

    Relay relay(listener, clock);
    HttpResponseParser parser(relay);
    const std::int64_t sent = connection.write(request, [&](std::int64_t stamp) { listener.onSent(stamp, connected.connectMs); });
    const Deadlines& deadlines = connection.deadlines();
    std::int64_t lastProgress = sent;
    while (true) {
        const Due due = nextDue(deadlines, sent, lastProgress, relay.m_state.outputBegan);
        const ReadResult read = connection.read(due.at, cancel);
        end.end_ns = read.stamp.ns;
        end.write_done_ns = connection.writeDoneNs();
        end.clockStepped = connection.wasClockStepped();
        if (read.kind == ReadResult::Cancelled) return give(Outcome::Cancelled, "cancelled");
        if (read.kind == ReadResult::TimedOut) return give(due.outcome, passedText(deadlines, due.outcome));
        relay.m_stamp = read.stamp;
        lastProgress = read.stamp.ns;
        const bool fine = read.bytes.empty() || parser.feed(read.bytes);
        end.status = relay.m_status;
        end.location = relay.m_location;
        end.retry_after_ms = relay.m_retryAfterMs;
        if (end.oddities.size() != parser.oddities().size()) end.oddities = parser.oddities();
        if (relay.m_encoded) {
            end.hint = kProxyHint;
            return give(Outcome::Protocol, "the server sent a body in the encoding " + stripControls(relay.m_encoding) +
                                               " though only identity was asked for");
        }
        if (relay.m_state.complete || relay.m_state.failed || parser.done()) {
            end.bodyWhole = parser.done();
            end.lateBytes = parser.lateBytes() > 0;
            // A terminator whose last chunk is still on its way: wait for it briefly, so that the connection lives on.
            if (relay.m_state.complete && !parser.done()) end.bodyWhole = connection.drain(parser, cancel);
            end.oddities = parser.oddities();
            if (!parser.done() || !parser.mayKeepAlive() || !connection.mayKeep()) connection.close();
            return end;
        }
        if (!fine) {
            const WireFault fault = parser.error().fault;
            const Outcome outcome = outcomeOf(fault);
            // Only where it began as HTTP: what is none is mostly another port.
            if (fault == WireFault::Framing || (fault == WireFault::Protocol && parser.head().status != 0)) end.hint = kProxyHint;
            if (relay.m_status == 0 && looksLikeTls(read.bytes))
                end.hint = "the server speaks TLS there: the address begins with https://";
            return give(outcome, "the answer cannot be read: " + parser.error().what);
        }
        // Bytes that never stop coming leave no silence in which read() would see a deadline pass.
        const Due passed = nextDue(deadlines, sent, lastProgress, relay.m_state.outputBegan);
        if (passed.outcome != Outcome::TimeoutIdle && read.kind == ReadResult::Bytes && read.stamp.ns > passed.at)
            return give(passed.outcome, passedText(deadlines, passed.outcome));
        if (read.kind == ReadResult::Closed) {
            if (parser.finish()) {
                end.bodyWhole = true;
                connection.close();
                return end;
            }
            return give(Outcome::Cut, parser.started() ? "the connection ended in the middle of the answer"
                                                       : "the connection ended before any answer");
        }
    }
}

Result<HttpClient::Answer> HttpClient::fetch(const HttpRequest& request, std::int64_t timeoutMs, const CancelFlag& cancel,
                                             std::size_t limit) {
    class Collect final : public HttpStreamListener {
    public:
        explicit Collect(std::size_t max) : m_max(max) {}
        void onSent(std::int64_t, std::optional<double>) override {}
        void onHead(std::int64_t, int) override {}
        BodyState onBody(const ReadStamp&, std::string_view bytes) override {
            m_body += bytes;
            return {true, false, m_body.size() > m_max};
        }
        std::string m_body;

    private:
        std::size_t m_max;
    };
    const Deadlines kept = m_connection->deadlines();
    Clock& clock = m_connection->clock();
    const std::int64_t began = clock.monotonicNs();
    m_connection->setDeadlines({std::min(kept.connect, timeoutMs), timeoutMs, timeoutMs, timeoutMs});
    Collect collect(limit);
    HttpEnd end;
    for (bool again = true; again;) {
        again = false;
        const auto connected = m_connection->ensure(cancel);
        if (connected.outcome != Outcome::Ok) {
            end.outcome = connected.outcome;
            end.text = connected.text;
            end.hint = connected.hint;
            break;
        }
        const std::int64_t left = std::max<std::int64_t>(1, timeoutMs - (clock.monotonicNs() - began) / 1'000'000);
        m_connection->setDeadlines({left, left, left, left});
        end = send(request, collect, cancel);
        // The server closed a kept connection while the request was on its way. Metadata may be asked for twice; a chat may not.
        again = !connected.connectMs && end.outcome == Outcome::Cut && end.status == 0;
        if (again) m_connection->distrust();
    }
    m_connection->setDeadlines(kept);
    const std::string where = end.status != 0 ? asked(request) : m_connection->url().authority();
    if (end.outcome == Outcome::Cancelled) return Error{ErrorKind::Cancelled, "cancelled", where, {}, 0};
    if (end.outcome != Outcome::Ok || !end.bodyWhole || collect.m_body.size() > limit) {
        const bool reached = end.status != 0;
        return Error{reached ? ErrorKind::Protocol : ErrorKind::Unreachable,
                     end.text.empty() ? "the answer is too large" : end.text, where,
                     !end.hint.empty() || reached ? end.hint : "is the runtime running, and is this its address?", 0};
    }
    if (end.status >= 300 && end.status < 400)
        return Error{ErrorKind::Protocol, "the server redirects to " + withoutKey(end.location), where,
                     "give that address instead", 0};
    return Answer{end.status, std::move(collect.m_body)};
}

} // namespace looptax
