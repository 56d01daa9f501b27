#include "runtime/byte_stream.h"

#include <QSslSocket>

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr std::size_t kMostOfARead = 65'536;

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0; // connectTcp() sets SO_NOSIGPIPE
#endif

// The kernel delays its acknowledgements, and a server with Nagle on then holds the next chunk back for 40 ms. The
// option is not sticky: it is asked for again after each read.
void quickAck(int fd) {
#ifdef TCP_QUICKACK
    const int one = 1;
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
#else
    (void)fd;
#endif
}

short waitFor(int fd, short events, int mostMs) {
    pollfd wait{fd, events, 0};
    return ::poll(&wait, 1, mostMs) > 0 ? wait.revents : short(0); // a signal ends a wait early, and the caller waits again
}

} // namespace

PlainStream::PlainStream(int fd, Clock& clock) : ByteStream(clock), m_fd(fd), m_buffer(kMostOfARead, '\0') { quickAck(fd); }

PlainStream::~PlainStream() { ::close(m_fd); }

bool PlainStream::isQuiet() { return waitFor(m_fd, POLLIN, 0) == 0; }

void PlainStream::write(std::string bytes) {
    m_arrivals.begin(m_clock);
    m_writeDone.reset();
    m_unsent = std::move(bytes);
    sendMore();
}

void PlainStream::sendMore() {
    while (!m_unsent.empty()) {
        const ssize_t sent = ::send(m_fd, m_unsent.data(), m_unsent.size(), kNoSignal);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (sent < 0) return m_unsent.clear(); // the server went away; what it said before that can still be read
        m_unsent.erase(0, std::size_t(sent));
        if (m_unsent.empty()) m_writeDone = m_clock.monotonicNs();
    }
}

Received PlainStream::receive(int mostMs) {
    const short ready = waitFor(m_fd, short(m_unsent.empty() ? POLLIN : POLLIN | POLLOUT), mostMs);
    const std::int64_t woke = m_clock.monotonicNs();
    Received out;
    out.stamp.ns = woke;
    if ((ready & ~POLLOUT) != 0) {
        const StampedRead read = receiveStamped(m_fd, m_buffer.data(), m_buffer.size());
        if (read.count > 0) {
            if (const auto arrived = m_arrivals.arrival(read, m_clock)) {
                out.stamp.ns = *arrived;
                out.stamp.wake_lag_ns = std::max<std::int64_t>(0, woke - *arrived);
            }
            out.kind = Received::Bytes;
            out.bytes.assign(m_buffer, 0, std::size_t(read.count));
            quickAck(m_fd);
            return out;
        }
        if (read.count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) {
            out.kind = Received::Closed;
            return out;
        }
    }
    if ((ready & POLLOUT) != 0) sendMore();
    return out;
}

TlsStream::TlsStream(std::unique_ptr<QSslSocket> socket, Clock& clock) : ByteStream(clock), m_socket(std::move(socket)) {
    quickAck(int(m_socket->socketDescriptor()));
}

TlsStream::~TlsStream() { m_socket->abort(); }

bool TlsStream::isOpen() const { return m_socket->state() == QAbstractSocket::ConnectedState; }

bool TlsStream::isQuiet() {
    if (isOpen()) (void)m_socket->waitForReadyRead(0);
    return isOpen() && m_socket->bytesAvailable() == 0;
}

void TlsStream::write(std::string bytes) {
    m_writeDone.reset();
    m_socket->write(bytes.data(), qint64(bytes.size()));
    m_socket->flush();
    noteWritten();
}

void TlsStream::noteWritten() {
    if (!m_writeDone && m_socket->bytesToWrite() == 0 && m_socket->encryptedBytesToWrite() == 0)
        m_writeDone = m_clock.monotonicNs();
}

Received TlsStream::receive(int mostMs) {
    Received out;
    if (m_socket->bytesAvailable() > 0) {
        out.stamp.ns = m_clock.monotonicNs();
    } else if (!isOpen()) {
        out.stamp.ns = m_clock.monotonicNs();
    } else if (m_writeDone) {
        // waitForReadyRead() has read and decrypted by the time it returns: the stamp is taken before.
        (void)waitFor(int(m_socket->socketDescriptor()), POLLIN, mostMs);
        out.stamp.ns = m_clock.monotonicNs();
        (void)m_socket->waitForReadyRead(0);
    } else {
        (void)m_socket->waitForReadyRead(std::max(1, mostMs)); // also writes the rest
        out.stamp.ns = m_clock.monotonicNs();
        noteWritten();
    }
    if (m_socket->bytesAvailable() > 0) {
        out.kind = Received::Bytes;
        out.bytes = m_socket->readAll().toStdString();
        if (isOpen()) quickAck(int(m_socket->socketDescriptor()));
    } else if (!isOpen()) {
        out.kind = Received::Closed;
    }
    return out;
}

} // namespace looptax
