#include "runtime/http_connection.h"

#include "runtime/http_client.h"
#include "wire/http_response_parser.h"

#include <QHostAddress>
#include <QHostInfo>
#include <QNetworkProxy>
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
constexpr std::int64_t kDrainNs = 200'000'000;      // for the last chunk after the terminator

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

HttpConnection::HttpConnection(Url url, std::string apiKey, Deadlines deadlines, Clock& clock)
    : m_url(std::move(url)), m_apiKey(std::move(apiKey)), m_deadlines(deadlines), m_clock(clock) {}

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
    close();
    const std::int64_t began = m_clock.monotonicNs();
    const std::int64_t deadline = began + m_deadlines.connect * 1'000'000;
    std::vector<std::string> hosts;
    if (!m_pinnedHost.empty()) {
        hosts.push_back(m_pinnedHost);
    } else if (QHostAddress literal; literal.setAddress(QString::fromStdString(m_url.host))) {
        hosts.push_back(m_url.host);
    } else {
        const QHostInfo info = QHostInfo::fromName(QString::fromStdString(m_url.host));
        for (const QHostAddress& address : info.addresses()) hosts.push_back(address.toString().toStdString());
        if (hosts.empty())
            return {Outcome::TimeoutConnect, "no address is known for " + m_url.host + ": " + info.errorString().toStdString(), {}};
    }
    ConnectResult result;
    for (const std::string& host : hosts) {
        result = connectTo(host, deadline, cancel);
        if (result.outcome == Outcome::Cancelled) return result;
        if (result.outcome != Outcome::Ok) continue;
        m_pinnedHost = host;
        result.connectMs = double(m_clock.monotonicNs() - began) / 1e6;
        return result;
    }
    return result;
}

ConnectResult HttpConnection::connectTo(const std::string& host, std::int64_t deadlineNs, const CancelFlag& cancel) {
    auto* tls = m_url.tls ? new QSslSocket : nullptr;
    m_socket.reset(tls != nullptr ? tls : new QTcpSocket);
    // Qt obeys http_proxy even for 127.0.0.1: a dead proxy would be tried first, unseen.
    m_socket->setProxy(QNetworkProxy::NoProxy);
    const auto port = quint16(m_url.port);
    if (tls != nullptr) {
        tls->setPeerVerifyName(QString::fromStdString(m_url.host));
        tls->connectToHostEncrypted(QString::fromStdString(host), port, QString::fromStdString(m_url.host));
    } else {
        m_socket->connectToHost(QString::fromStdString(host), port);
    }
    const auto ready = [&] {
        return tls != nullptr ? tls->isEncrypted() : m_socket->state() == QAbstractSocket::ConnectedState;
    };
    Url shown = m_url;
    shown.host = host;
    while (!ready()) {
        if (cancel) {
            close();
            return {Outcome::Cancelled, "cancelled", {}};
        }
        const std::int64_t now = m_clock.monotonicNs();
        if (now >= deadlineNs) {
            close();
            return {Outcome::TimeoutConnect,
                    "no connection to " + shown.authority() + " within " + std::to_string(m_deadlines.connect) + " ms", {}};
        }
        const int slice = std::max(1, sliceUntil(deadlineNs, now));
        if (m_socket->state() != QAbstractSocket::ConnectedState) (void)m_socket->waitForConnected(slice);
        else if (tls != nullptr) (void)tls->waitForEncrypted(slice);
        const bool failed = m_socket->state() == QAbstractSocket::UnconnectedState;
        if (!ready() && failed) {
            const std::string reason = m_socket->errorString().toStdString();
            close();
            return {Outcome::TimeoutConnect, "no connection to " + shown.authority() + ": " + reason, {}};
        }
    }
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
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
