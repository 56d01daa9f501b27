#include "runtime/http_connection.h"

#include "base/text.h"
#include "runtime/byte_stream.h"
#include "runtime/http_client.h"
#include "runtime/tcp_connect.h"
#include "runtime/tls_trust.h"
#include "wire/http_response_parser.h"

#include <QSslConfiguration>
#include <QSslSocket>

#include <algorithm>
#include <unistd.h>

namespace looptax {

namespace {

constexpr int kSliceMs = 50;                    // how late a cancel may be noticed
constexpr std::int64_t kSoonNs = 1'000'000'000; // a server that keeps connections keeps them longer
constexpr std::int64_t kDrainNs = 200'000'000;  // for the last chunk after the terminator
constexpr const char* kUnreachableHint = "is the runtime running, and is this its address? looptax probe says what answers";

int sliceUntil(std::int64_t deadlineNs, std::int64_t nowNs) {
    return int(std::clamp<std::int64_t>((deadlineNs - nowNs + 999'999) / 1'000'000, 0, kSliceMs));
}

} // namespace

HttpConnection::HttpConnection(Url url, std::string apiKey, Deadlines deadlines, Clock& clock, HostResolver resolver)
    : m_url(std::move(url))
    , m_apiKey(std::move(apiKey))
    , m_deadlines(deadlines)
    , m_clock(clock)
    , m_resolver(std::move(resolver)) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::close() { m_stream.reset(); }

std::optional<std::int64_t> HttpConnection::writeDoneNs() const { return m_stream ? m_stream->writeDoneNs() : std::nullopt; }
bool HttpConnection::wasClockStepped() const { return m_stream && m_stream->wasClockStepped(); }

ConnectResult HttpConnection::ensure(const CancelFlag& cancel) {
    // An end of file shows as readable with nothing to read. Bytes nobody asked for are no better: the next answer would begin
    // with them.
    if (m_stream && m_stream->isQuiet()) return {};
    const std::int64_t began = m_clock.monotonicNs();
    if (m_stream && began - m_lastReadNs < kSoonNs) m_mayKeep = false;
    close();
    ConnectResult result = connectAny(began + m_deadlines.connect * 1'000'000, cancel);
    if (result.outcome == Outcome::Ok) result.connectMs = double(m_clock.monotonicNs() - began) / 1e6;
    else close();
    return result;
}

ConnectResult HttpConnection::connectAny(std::int64_t deadlineNs, const CancelFlag& cancel) {
    std::vector<std::string> hosts{m_pinnedHost};
    if (m_pinnedHost.empty()) {
        const auto found = lookUp(m_url.host, m_resolver, deadlineNs, m_clock, cancel);
        if (!found) {
            const bool cancelled = found.error().kind == ErrorKind::Cancelled;
            return {cancelled ? Outcome::Cancelled : Outcome::TimeoutConnect, found.error().what, found.error().hint, {}};
        }
        hosts = *found;
    }
    ConnectResult result{Outcome::TimeoutConnect, "no address is known for " + m_url.host, {}, {}};
    std::vector<std::string> tried;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        // A share each: one address that swallows everything must not use up the time of the others.
        const std::int64_t now = m_clock.monotonicNs();
        result = connectTo(hosts[i], now + (deadlineNs - now) / std::int64_t(hosts.size() - i), cancel);
        if (result.outcome == Outcome::Ok) m_pinnedHost = hosts[i];
        if (result.outcome != Outcome::TimeoutConnect) return result;
        tried.push_back(result.text);
    }
    result.text = joined(tried, "; ");
    return result;
}

namespace {

ConnectResult lateBy(std::int64_t deadlineNs, std::int64_t began, const std::string& what, const char* hint) {
    const std::int64_t ms = (std::max<std::int64_t>(0, deadlineNs - began) + 999'999) / 1'000'000;
    return {Outcome::TimeoutConnect, what + " within " + std::to_string(ms) + " ms", hint, {}};
}

} // namespace

ConnectResult HttpConnection::connectTo(const std::string& host, std::int64_t deadlineNs, const CancelFlag& cancel) {
    Url shown = m_url;
    shown.host = host;
    const std::int64_t began = m_clock.monotonicNs();
    // No proxy comes into it, whatever the environment says.
    const TcpAttempt tcp = connectTcp(host, m_url.port, deadlineNs, m_clock, cancel);
    if (tcp.end == TcpAttempt::Cancelled) return {Outcome::Cancelled, "cancelled", {}, {}};
    if (tcp.end == TcpAttempt::TimedOut)
        return lateBy(deadlineNs, began, "no connection to " + shown.authority(), kUnreachableHint);
    if (tcp.end == TcpAttempt::Failed)
        return {Outcome::TimeoutConnect, "no connection to " + shown.authority() + ": " + tcp.reason, kUnreachableHint, {}};
    if (m_url.tls) {
        ConnectResult result = encrypt(tcp.fd, shown.authority(), deadlineNs, cancel);
        if (result.outcome != Outcome::Ok) return result;
    } else {
        m_stream = std::make_unique<PlainStream>(tcp.fd, m_clock);
    }
    m_address = shown.authority();
    return {};
}

ConnectResult HttpConnection::encrypt(int fd, const std::string& authority, std::int64_t deadlineNs, const CancelFlag& cancel) {
    const std::int64_t began = m_clock.monotonicNs();
    auto tls = std::make_unique<QSslSocket>();
    if (!tls->setSocketDescriptor(fd)) {
        ::close(fd);
        return {
            Outcome::TimeoutConnect, "no encrypted connection to " + authority + ": " + tls->errorString().toStdString(), {}, {}};
    }
    const auto configuration = tlsConfiguration();
    if (!configuration)
        return {Outcome::Protocol,
                configuration.error().what + " (" + configuration.error().where + ")",
                configuration.error().hint,
                {}};
    tls->setSslConfiguration(*configuration);
    tls->setPeerVerifyName(QString::fromStdString(m_url.host));
    tls->startClientEncryption();
    while (!tls->isEncrypted()) {
        if (cancel) return {Outcome::Cancelled, "cancelled", {}, {}};
        const std::int64_t now = m_clock.monotonicNs();
        if (now >= deadlineNs) return lateBy(deadlineNs, began, "no encrypted connection to " + authority, kNoTlsHint);
        (void)tls->waitForEncrypted(std::max(1, sliceUntil(deadlineNs, now)));
        if (tls->isEncrypted() || tls->state() == QAbstractSocket::ConnectedState) continue;
        const TlsRefusal refusal = explainTls(*tls, m_url.host, m_url.authority());
        return {Outcome::Protocol, refusal.what, refusal.hint, {}};
    }
    m_stream = std::make_unique<TlsStream>(std::move(tls), m_clock);
    return {};
}

std::int64_t HttpConnection::write(const HttpRequest& request, const std::function<void(std::int64_t)>& stamped) {
    std::string bytes = request.method + " " + m_url.path + request.path + " HTTP/1.1\r\nHost: " + m_url.authority() +
                        "\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n";
    if (!m_apiKey.empty()) bytes += "Authorization: Bearer " + m_apiKey + "\r\n";
    if (!request.body.empty() || request.method == "POST")
        bytes += "Content-Type: application/json\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
    bytes += "\r\n" + request.body;
    const std::int64_t stamp = m_clock.monotonicNs();
    m_stream->write(std::move(bytes));
    stamped(stamp);
    return stamp;
}

ReadResult HttpConnection::read(std::int64_t deadlineNs, const CancelFlag& cancel) {
    ReadResult result;
    while (true) {
        const std::int64_t now = m_clock.monotonicNs();
        result.stamp.ns = now;
        if (cancel) {
            result.kind = ReadResult::Cancelled;
            return result;
        }
        // What has come is read even when the time is over.
        Received got = m_stream->receive(sliceUntil(deadlineNs, now));
        if (got.kind == Received::Nothing && now >= deadlineNs) {
            result.kind = ReadResult::TimedOut;
            return result;
        }
        if (got.kind == Received::Nothing) continue;
        result.stamp = got.stamp;
        result.bytes = std::move(got.bytes);
        if (got.kind == Received::Closed) result.kind = ReadResult::Closed;
        else m_lastReadNs = result.stamp.ns;
        return result;
    }
}

bool HttpConnection::drain(HttpResponseParser& parser, const CancelFlag& cancel) {
    const std::int64_t deadline = m_clock.monotonicNs() + kDrainNs;
    while (!parser.done()) {
        const ReadResult read = this->read(deadline, cancel);
        if (read.kind != ReadResult::Bytes || read.stamp.ns > deadline || !parser.feed(read.bytes)) return false;
    }
    return true;
}

} // namespace looptax
