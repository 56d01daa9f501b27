// Push parser of HTTP/1.0 and 1.1 responses (RFC 9112), one at a time on a kept-alive connection. Bytes may
// be split anywhere: the listener hears the same head, the same body bytes in the same order and the same
// end. As lenient as curl (7.88) where an odd head has one meaning, and then it is an oddity; framing that two
// readers could take differently is an error, because a body that ends in the wrong place is a wrong
// measurement.
#pragma once

#include "wire/wire_error.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

struct HttpHead {
    int version_minor = 1; // HTTP/1.x
    int status = 0;        // 200..999: 1xx answers are skipped
    std::string reason;
    std::vector<std::pair<std::string, std::string>> headers; // as sent, values trimmed

    // First header of that name in any case; absent when there is none.
    std::optional<std::string_view> find(std::string_view name) const;
    // True when a Content-Encoding names a compression: we never asked for one. Proxies also put words there
    // that are none ("none", "utf-8").
    bool isEncoded() const;
};

class HttpListener {
public:
    virtual ~HttpListener() = default;
    virtual void onHead(const HttpHead& head) = 0;
    virtual void onBody(std::string_view bytes) = 0; // never empty; chunk framing removed
    virtual void onBodyEnd() = 0;                    // the body is whole
};

class HttpResponseParser {
public:
    explicit HttpResponseParser(HttpListener& listener, WireLimits limits = {});

    // False once the response has failed. Bytes after the end are counted, not parsed.
    bool feed(std::string_view bytes);
    // The peer sent its end of file. It is a clean end only where the body is delimited by it.
    bool finish();
    // The next response of the same connection; only after done().
    void reset();

    bool done() const { return m_state == State::Done; } // head and whole body were read
    bool started() const { return m_wireBytes > 0; }     // at least one byte of the response came
    // Done, both sides keep the connection by the head, and nothing came after the end.
    bool mayKeepAlive() const;
    // Bytes fed after the end: late or duplicate data. Such a connection must not be used again.
    std::int64_t lateBytes() const { return m_lateBytes; }
    const WireError& error() const { return m_error; }
    const HttpHead& head() const { return m_head; }
    // What the answer does against RFC 9112 and was taken all the same: sentences without a full stop and
    // without bytes of the server's, each once. Mostly a proxy's work.
    const std::vector<std::string>& oddities() const { return m_oddities; }

private:
    enum class State { StatusLine, Headers, Length, UntilClose, ChunkSize, ChunkData, ChunkEnd, Trailers, Done, Failed };

    bool fail(WireFault fault, std::string what);
    bool takeHeadBytes(std::string_view& bytes);
    bool takeStatusLine(std::string_view line);
    bool takeHeader(std::string_view line);
    bool takeFolded(std::string_view line);
    bool takeValue(std::string_view text, std::string& value);
    void odd(const char* what);
    bool endOfHead();
    bool beginBody();
    bool takeBody(std::string_view& bytes, std::int64_t atMost);
    bool takeChunkSize(std::string_view& bytes);
    bool takeChunkEnd(std::string_view& bytes);
    bool takeTrailers(std::string_view& bytes);
    bool countBody(std::int64_t bytes);
    void end();

    HttpListener& m_listener;
    WireLimits m_limits;
    State m_state = State::StatusLine;
    WireError m_error;
    HttpHead m_head;
    std::string m_line; // the unfinished line of head, chunk size or trailers
    std::int64_t m_wireBytes = 0;
    std::int64_t m_headBytes = 0;
    std::int64_t m_trailerBytes = 0;
    std::int64_t m_bodyBytes = 0; // on the wire, framing included
    std::int64_t m_left = 0;      // of Content-Length or of the chunk
    std::int64_t m_lateBytes = 0;
    int m_chunkEndSeen = 0; // 0 or 1: the CR after a chunk's data
    bool m_closeDelimited = false;
    bool m_chunkedInOld = false; // HTTP/1.0: such a connection is closed (RFC 9112 section 6.1)
    std::vector<std::string> m_oddities;
};

} // namespace looptax
