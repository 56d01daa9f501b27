// How the bytes of a connection come and go once it stands: over a descriptor of our own, whose reads the kernel stamps, or
// through Qt's TLS, whose reads only this program can stamp. Blocking style, on one thread.
#pragma once

#include "base/clock.h"
#include "base/receive_stamp.h"
#include "base/result.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

class QSslSocket;

namespace looptax {

struct Received {
    enum Kind { Nothing, Bytes, Closed } kind = Nothing; // Closed: an end of file, or an error of the connection
    ReadStamp stamp;                                     // of the last of the bytes; with Nothing and Closed of now
    std::string bytes;
};

class ByteStream {
public:
    virtual ~ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    virtual bool isQuiet() = 0; // open, and neither bytes nor its end wait to be read
    // Sends what the kernel takes now; receive() sends the rest.
    virtual void write(std::string bytes) = 0;
    virtual Received receive(int mostMs) = 0;
    // When the kernel had taken all that was last written; absent before.
    std::optional<std::int64_t> writeDoneNs() const { return m_writeDone; }
    // The wall clock was set since the last write: the kernel's stamps are not used.
    virtual bool wasClockStepped() const { return false; }

protected:
    explicit ByteStream(Clock& clock) : m_clock(clock) {}

    Clock& m_clock;
    std::optional<std::int64_t> m_writeDone;
};

// Takes the descriptor of a connection that connectTcp() made.
class PlainStream final : public ByteStream {
public:
    PlainStream(int fd, Clock& clock);
    ~PlainStream() override;
    bool isQuiet() override;
    void write(std::string bytes) override;
    Received receive(int mostMs) override;
    bool wasClockStepped() const override { return m_arrivals.wasStepped(); }

private:
    void sendMore();

    int m_fd;
    ArrivalClock m_arrivals;
    std::string m_unsent;
    std::string m_buffer;
};

class TlsStream final : public ByteStream {
public:
    TlsStream(std::unique_ptr<QSslSocket> socket, Clock& clock); // encrypted already
    ~TlsStream() override;
    bool isQuiet() override;
    void write(std::string bytes) override;
    Received receive(int mostMs) override;

private:
    bool isOpen() const;
    void noteWritten();

    std::unique_ptr<QSslSocket> m_socket;
};

} // namespace looptax
