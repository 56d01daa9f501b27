#include "runtime/http_connection.h"

#include "base/text.h"
#include "runtime/http_client.h"
#include "runtime/tcp_connect.h"
#include "runtime/tls_trust.h"
#include "wire/http_response_parser.h"

#include <QSslConfiguration>
#include <QSslSocket>
#include <QTcpSocket>

#include <algorithm>

#ifdef Q_OS_LINUX
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace looptax {

namespace {

constexpr int kSliceMs = 50;                        // how late a cancel may be noticed
constexpr std::int64_t kSoonNs = 1'000'000'000;      // a server that keeps connections keeps them longer
constexpr std::int64_t kDrainNs = 200'000'000;      // for the last chunk after the terminator
constexpr const char* kUnreachableHint = "is the runtime running, and is this its address? looptax probe says what answers";

// The kernel delays its acknowledgements, and a server with Nagle on then holds the next chunk back for 40 ms. The
// option is not sticky: it is asked for again after each read.
void quickAck(QTcpSocket& socket) {
#ifdef Q_OS_LINUX
    int one = 1;
    (void)::setsockopt(int(socket.socketDescriptor()), IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
#else
    (void)socket;
#endif
}

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

void HttpConnection::close() {
    if (m_socket) m_socket->abort();
    m_socket.reset();
}

bool HttpConnection::alive() {
    if (!m_socket || m_socket->state() != QAbstractSocket::ConnectedState) return false;
    // An end of file shows as readable with nothing to read. Bytes nobody asked for are no better: the next answer
    // would begin with them.
    (void)m_socket->waitForReadyRead(0);
    return m_socket->state() == QAbstractSocket::ConnectedState && m_socket->bytesAvailable() == 0;
}

ConnectResult HttpConnection::ensure(const CancelFlag& cancel) {
    if (alive()) return {};
    const std::int64_t began = m_clock.monotonicNs();
    if (m_socket && began - m_lastReadNs < kSoonNs) m_mayKeep = false;
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

ConnectResult HttpConnection::connectTo(const std::string& host, std::int64_t deadlineNs, const CancelFlag& cancel) {
    Url shown = m_url;
    shown.host = host;
    const std::int64_t began = m_clock.monotonicNs();
    const auto late = [&](const char* what, const char* hint) {
        const std::int64_t ms = (std::max<std::int64_t>(0, deadlineNs - began) + 999'999) / 1'000'000;
        return ConnectResult{Outcome::TimeoutConnect, what + shown.authority() + " within " + std::to_string(ms) + " ms", hint, {}};
    };
    // No proxy comes into it, whatever the environment says: Qt would obey http_proxy even for 127.0.0.1.
    const TcpAttempt tcp = connectTcp(host, m_url.port, deadlineNs, m_clock, cancel);
    if (tcp.end == TcpAttempt::Cancelled) return {Outcome::Cancelled, "cancelled", {}, {}};
    if (tcp.end == TcpAttempt::TimedOut) return late("no connection to ", kUnreachableHint);
    if (tcp.end == TcpAttempt::Failed)
        return {Outcome::TimeoutConnect, "no connection to " + shown.authority() + ": " + tcp.reason, kUnreachableHint, {}};
    auto* tls = m_url.tls ? new QSslSocket : nullptr;
    m_socket.reset(tls != nullptr ? tls : new QTcpSocket);
    m_socket->setSocketDescriptor(tcp.fd);
    if (tls != nullptr) {
        const auto configuration = tlsConfiguration();
        if (!configuration)
            return {Outcome::Protocol, configuration.error().what + " (" + configuration.error().where + ")", configuration.error().hint, {}};
        tls->setSslConfiguration(*configuration);
        tls->setPeerVerifyName(QString::fromStdString(m_url.host));
        tls->startClientEncryption();
    }
    while (tls != nullptr && !tls->isEncrypted()) {
        if (cancel) return {Outcome::Cancelled, "cancelled", {}, {}};
        const std::int64_t now = m_clock.monotonicNs();
        if (now >= deadlineNs) return late("no encrypted connection to ", kNoTlsHint);
        (void)tls->waitForEncrypted(std::max(1, sliceUntil(deadlineNs, now)));
        if (tls->isEncrypted() || tls->state() == QAbstractSocket::ConnectedState) continue;
        const TlsRefusal refusal = explainTls(*tls, m_url.host, m_url.authority());
        return {Outcome::Protocol, refusal.what, refusal.hint, {}};
    }
    quickAck(*m_socket);
    m_address = shown.authority();
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
    m_socket->write(bytes.data(), qint64(bytes.size()));
    m_socket->flush();
    stamped(stamp);
    return stamp;
}

ReadResult HttpConnection::read(std::int64_t deadlineNs, const CancelFlag& cancel) {
    ReadResult result;
    while (true) {
        if (cancel) {
            result.kind = ReadResult::Cancelled;
            result.stamp = m_clock.monotonicNs();
            return result;
        }
        if (m_socket->bytesAvailable() == 0 && m_socket->state() == QAbstractSocket::ConnectedState) {
            const std::int64_t now = m_clock.monotonicNs();
            if (now >= deadlineNs) {
                result.kind = ReadResult::TimedOut;
                result.stamp = now;
                return result;
            }
            // Also writes what the kernel did not take at once.
            (void)m_socket->waitForReadyRead(std::max(1, sliceUntil(deadlineNs, now)));
        }
        result.stamp = m_clock.monotonicNs();
        if (m_socket->bytesAvailable() > 0) {
            result.bytes = m_socket->readAll().toStdString();
            m_lastReadNs = result.stamp;
            if (m_socket->state() == QAbstractSocket::ConnectedState) quickAck(*m_socket);
            return result;
        }
        if (m_socket->state() != QAbstractSocket::ConnectedState) {
            result.kind = ReadResult::Closed;
            return result;
        }
    }
}

bool HttpConnection::drain(HttpResponseParser& parser, const CancelFlag& cancel) {
    const std::int64_t deadline = m_clock.monotonicNs() + kDrainNs;
    while (!parser.done()) {
        const ReadResult read = this->read(deadline, cancel);
        if (read.kind != ReadResult::Bytes || !parser.feed(read.bytes)) return false;
    }
    return true;
}

} // namespace looptax
