// The connection under HttpClient: connects, checks that a kept connection still lives, writes once, reads with a stamp.
// Every address of the host is tried in turn, each with its share of the connect deadline; the first that takes the
// connection is kept for the life of the object, so that a session measures one server.
#pragma once

#include "base/clock.h"
#include "domain/plan.h"
#include "domain/url.h"
#include "runtime/host_lookup.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace looptax {

class ByteStream;
class HttpResponseParser;
struct HttpRequest;

struct ConnectResult {
    // TimeoutConnect whenever no connection came about, refused ones too; Protocol where TLS was refused; Cancelled.
    Outcome outcome = Outcome::Ok;
    std::string text;
    std::string hint;
    std::optional<double> connectMs; // absent where the connection was kept
};

struct ReadResult {
    enum Kind { Bytes, Closed, TimedOut, Cancelled } kind = Bytes;
    ReadStamp stamp;
    std::string bytes;
};

// What is virtual can be played from memory.
class HttpConnection {
public:
    HttpConnection(Url url, std::string apiKey, Deadlines deadlines, Clock& clock, HostResolver resolver);
    virtual ~HttpConnection();

    virtual ConnectResult ensure(const CancelFlag& cancel);
    // Head and body in one write; stamped runs with the time just before it. Returns that stamp.
    virtual std::int64_t write(const HttpRequest& request, const std::function<void(std::int64_t)>& stamped);
    virtual ReadResult read(std::int64_t deadlineNs, const CancelFlag& cancel);
    bool drain(HttpResponseParser& parser, const CancelFlag& cancel);
    virtual void close();
    std::optional<std::int64_t> writeDoneNs() const; // of the last write; absent: the kernel has not taken all of it
    bool wasClockStepped() const;                    // since the last write, so that the kernel's stamps are not used
    // False once a kept connection was found closed just after an answer that had not announced it (a llama-server router
    // does so): a request written into such a connection is lost, and whether the end has arrived yet is a matter of luck.
    bool mayKeep() const { return m_mayKeep; }
    void distrust() { m_mayKeep = false; }

    Clock& clock() { return m_clock; }
    const std::string& apiKey() const { return m_apiKey; }
    const Url& url() const { return m_url; }
    const Deadlines& deadlines() const { return m_deadlines; }
    void setDeadlines(const Deadlines& deadlines) { m_deadlines = deadlines; }
    const std::string& address() const { return m_address; }

private:
    ConnectResult connectAny(std::int64_t deadlineNs, const CancelFlag& cancel);
    ConnectResult encrypt(int fd, const std::string& authority, std::int64_t deadlineNs, const CancelFlag& cancel);
    ConnectResult connectTo(const std::string& host, std::int64_t deadlineNs, const CancelFlag& cancel);

    Url m_url;
    std::string m_apiKey;
    Deadlines m_deadlines;
    Clock& m_clock;
    HostResolver m_resolver;
    std::unique_ptr<ByteStream> m_stream; // made on the thread that uses it
    std::string m_address;                // of the connection; pinned: a session measures one server
    std::string m_pinnedHost;
    std::int64_t m_lastReadNs = 0;
    bool m_mayKeep = true;
};

} // namespace looptax
