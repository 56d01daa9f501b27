#include "wire/http_response_parser.h"

#include <algorithm>
#include <array>

namespace looptax {

namespace {

// Content codings that compress: the IANA registry, the old names of RFC 9110, and what is used unregistered.
constexpr std::array<std::string_view, 13> kCompressions{
    "gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd", "dcb", "dcz", "exi", "xz", "bzip2", "pack200-gzip"};

constexpr std::size_t kChunkLineLimit = 4096; // a size and its extensions; real servers send under ten bytes

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

bool sameName(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimBlanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isTokenChar(char c) {
    if (isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
    return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool isControl(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

bool isFraming(std::string_view name) { return sameName(name, "content-length") || sameName(name, "transfer-encoding"); }

// The elements of a comma-separated list over all headers of that name, trimmed; of an empty value an empty one.
std::vector<std::string_view> listOf(const HttpHead& head, std::string_view name) {
    std::vector<std::string_view> out;
    for (const auto& [key, value] : head.headers) {
        if (!sameName(key, name)) continue;
        std::string_view rest = value;
        for (std::size_t comma = 0; comma != std::string_view::npos;) {
            comma = rest.find(',');
            out.push_back(trimBlanks(rest.substr(0, comma)));
            if (comma != std::string_view::npos) rest.remove_prefix(comma + 1);
        }
    }
    return out;
}

bool listed(const HttpHead& head, std::string_view name, std::string_view word) {
    const auto all = listOf(head, name);
    return std::any_of(all.begin(), all.end(), [&](std::string_view one) { return sameName(one, word); });
}

std::optional<std::int64_t> decimal(std::string_view text) {
    if (text.empty() || text.size() > 18) return std::nullopt; // 18 digits fit; more is no length of anything
    std::int64_t value = 0;
    for (char c : text) {
        if (!isDigit(c)) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

int hexValue(char c) {
    if (isDigit(c)) return c - '0';
    const char l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

} // namespace

std::optional<std::string_view> HttpHead::find(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (sameName(key, name)) return value;
    return std::nullopt;
}

bool HttpHead::isEncoded() const {
    return std::any_of(kCompressions.begin(), kCompressions.end(),
                       [this](std::string_view word) { return listed(*this, "content-encoding", word); });
}

HttpResponseParser::HttpResponseParser(HttpListener& listener, WireLimits limits) : m_listener(listener), m_limits(limits) {}

void HttpResponseParser::reset() {
    m_state = State::StatusLine;
    m_error = {};
    m_head = {};
    m_line.clear();
    m_wireBytes = m_headBytes = m_trailerBytes = m_bodyBytes = m_left = m_lateBytes = 0;
    m_chunkEndSeen = 0;
    m_closeDelimited = m_chunkedInOld = false;
    m_oddities.clear();
}

void HttpResponseParser::odd(const char* what) {
    if (std::find(m_oddities.begin(), m_oddities.end(), what) == m_oddities.end()) m_oddities.emplace_back(what);
}

bool HttpResponseParser::fail(WireFault fault, std::string what) {
    m_state = State::Failed;
    m_error = {fault, std::move(what)};
    m_line = {};
    return false;
}

bool HttpResponseParser::feed(std::string_view bytes) {
    if (m_state == State::Failed) return false;
    m_wireBytes += std::int64_t(bytes.size());
    while (!bytes.empty()) {
        bool good = true;
        switch (m_state) {
        case State::StatusLine:
        case State::Headers: good = takeHeadBytes(bytes); break;
        case State::Length: good = takeBody(bytes, m_left); break;
        case State::UntilClose: good = takeBody(bytes, std::int64_t(bytes.size())); break;
        case State::ChunkSize: good = takeChunkSize(bytes); break;
        case State::ChunkData: good = takeBody(bytes, m_left); break;
        case State::ChunkEnd: good = takeChunkEnd(bytes); break;
        case State::Trailers: good = takeTrailers(bytes); break;
        case State::Done: m_lateBytes += std::int64_t(bytes.size()); return true;
        case State::Failed: return false;
        }
        if (!good) return false;
    }
    return true;
}

bool HttpResponseParser::finish() {
    switch (m_state) {
    case State::Done: return true;
    case State::Failed: return false;
    case State::UntilClose: end(); return true;
    case State::StatusLine:
    case State::Headers:
        return fail(WireFault::Truncated, m_wireBytes == 0 ? "the server closed the connection without an answer"
                                                           : "the server closed the connection inside the headers");
    default: return fail(WireFault::Truncated, "the connection ended before the body was complete");
    }
}

// Byte by byte, so that an error falls on the same byte however the bytes were split.
bool HttpResponseParser::takeHeadBytes(std::string_view& bytes) {
    static constexpr std::string_view kStart = "HTTP/1.";
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (++m_headBytes > m_limits.header_bytes)
            return fail(WireFault::Limit, "headers larger than " + std::to_string(m_limits.header_bytes) + " bytes");
        if (c != '\n') {
            // Known garbage is refused at once: waiting for a line end would wait for a deadline.
            if (m_state == State::StatusLine && m_line.size() < kStart.size() && lower(c) != lower(kStart[m_line.size()]))
                return fail(WireFault::Protocol, "the answer is not HTTP/1");
            m_line.push_back(c);
            continue;
        }
        if (!m_line.empty() && m_line.back() == '\r') m_line.pop_back();
        const std::string line = std::exchange(m_line, {});
        if (m_state == State::StatusLine) {
            if (!takeStatusLine(line)) return false;
            m_state = State::Headers;
        } else if (!line.empty()) {
            if (!takeHeader(line)) return false;
        } else {
            return endOfHead();
        }
    }
    return true;
}

bool HttpResponseParser::takeStatusLine(std::string_view line) {
    // HTTP/1.x SP three digits, then nothing or SP and a reason
    const auto isBlank = [](char c) { return c == ' ' || c == '\t'; };
    const std::size_t blanks =
        line.size() < 9 ? 0 : std::size_t(std::find_if_not(line.begin() + 8, line.end(), isBlank) - line.begin()) - 8;
    const std::string_view rest = line.substr(std::min(line.size(), 8 + blanks));
    const bool shaped = blanks > 0 && (line[7] == '0' || line[7] == '1') && rest.size() >= 3 && rest[0] >= '1' &&
                        isDigit(rest[0]) && isDigit(rest[1]) && isDigit(rest[2]) && (rest.size() == 3 || !isDigit(rest[3])) &&
                        std::none_of(line.begin(), line.end(), isControl);
    if (!shaped) return fail(WireFault::Protocol, "the status line is not HTTP/1.0 or HTTP/1.1");
    if (line.substr(0, 4) != "HTTP" || blanks != 1 || line[8] != ' ' || (rest.size() > 3 && rest[3] != ' '))
        odd("the status line is not written as HTTP/1.1 wants it");
    m_head.version_minor = line[7] - '0';
    m_head.status = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
    m_head.reason = std::string(trimBlanks(rest.substr(3)));
    return true;
}

// A framing header that is folded, or has a blank before its colon, is seen by some readers and not by others (curl
// does not see it): that is how a body's end gets hidden. On any other header both are read the same by all.
bool HttpResponseParser::takeHeader(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t') return takeFolded(line);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return fail(WireFault::Protocol, "a header line has no colon");
    const std::string_view written = line.substr(0, colon);
    const std::string_view key = trimBlanks(written);
    if (std::any_of(key.begin(), key.end(), isControl))
        return fail(WireFault::Protocol, "a header name contains a control character");
    if (key.size() != written.size() && isFraming(key))
        return fail(WireFault::Protocol, "a header that frames the body has a blank before its colon");
    if (key.size() != written.size()) odd("a header has a blank before its colon");
    if (key.empty() || !std::all_of(key.begin(), key.end(), isTokenChar)) odd("a header name is not valid");
    std::string value;
    if (!takeValue(line.substr(colon + 1), value)) return false;
    m_head.headers.emplace_back(key, std::move(value));
    return true;
}

bool HttpResponseParser::takeFolded(std::string_view line) {
    if (m_head.headers.empty()) return fail(WireFault::Protocol, "the first header line begins with a blank");
    auto& [key, value] = m_head.headers.back();
    if (isFraming(key)) return fail(WireFault::Protocol, "a header that frames the body is folded over two lines");
    odd("a header is folded over two lines");
    std::string more;
    if (!takeValue(line, more)) return false;
    if (!more.empty()) value += (value.empty() ? "" : " ") + more;
    return true;
}

bool HttpResponseParser::takeValue(std::string_view text, std::string& value) {
    value = std::string(trimBlanks(text));
    for (char& c : value) {
        if (!isControl(c)) continue;
        // Some readers end the line or the text there.
        if (c == '\0' || c == '\r') return fail(WireFault::Protocol, "a header value contains a NUL or a carriage return");
        odd("a header value contains a control character");
        c = ' ';
    }
    return true;
}

bool HttpResponseParser::endOfHead() {
    if (m_head.status == 101) return fail(WireFault::Protocol, "the server switches to another protocol");
    if (m_head.status < 200) { // interim: the answer proper follows
        m_head = {};
        m_state = State::StatusLine;
        return true;
    }
    return beginBody();
}

bool HttpResponseParser::beginBody() {
    std::optional<std::int64_t> length;
    const auto lengths = listOf(m_head, "content-length");
    for (const std::string_view one : lengths) {
        const auto number = decimal(one);
        if (!number) return fail(WireFault::Protocol, "Content-Length is not a number of bytes");
        if (length && *length != *number) return fail(WireFault::Protocol, "two different Content-Lengths are given");
        length = number;
    }
    if (lengths.size() > 1) odd("Content-Length is given more than once");
    // Who writes chunked twice has encoded once, and identity is no encoding: so does curl read it.
    const auto encodings = listOf(m_head, "transfer-encoding");
    bool chunked = false;
    for (const std::string_view one : encodings) {
        if (sameName(one, "chunked")) chunked = true;
        else if (!one.empty() && !sameName(one, "identity"))
            return fail(WireFault::Protocol, "Transfer-Encoding names an encoding that is not chunked");
    }
    if (chunked && encodings.size() > 1) odd("Transfer-Encoding says more than chunked: the body is read as chunked once");
    if (!chunked && !encodings.empty()) odd("Transfer-Encoding names no encoding: the body is read as it comes");
    if (chunked && length) return fail(WireFault::Protocol, "both Transfer-Encoding and Content-Length are given");
    m_chunkedInOld = chunked && m_head.version_minor == 0;
    if (m_chunkedInOld) odd("the body is chunked, which HTTP/1.0 does not have");
    const auto contents = listOf(m_head, "content-encoding");
    if (!m_head.isEncoded() &&
        std::any_of(contents.begin(), contents.end(), [](std::string_view one) { return !sameName(one, "identity"); }))
        odd("Content-Encoding names no compression: the body is read as it comes");
    const bool bodiless = m_head.status == 204 || m_head.status == 304;
    if (!bodiless && length && *length > m_limits.response_bytes)
        return fail(WireFault::Limit,
                    "a body of " + std::to_string(*length) + " bytes, more than " + std::to_string(m_limits.response_bytes));
    m_closeDelimited = !bodiless && !chunked && !length;
    m_left = length.value_or(0);
    m_listener.onHead(m_head);
    if (bodiless || (length && *length == 0)) end();
    else m_state = chunked ? State::ChunkSize : length ? State::Length : State::UntilClose;
    return true;
}

bool HttpResponseParser::countBody(std::int64_t bytes) {
    m_bodyBytes += bytes;
    if (m_bodyBytes <= m_limits.response_bytes) return true;
    return fail(WireFault::Limit, "a body larger than " + std::to_string(m_limits.response_bytes) + " bytes");
}

bool HttpResponseParser::takeBody(std::string_view& bytes, std::int64_t atMost) {
    const std::int64_t room = m_limits.response_bytes - m_bodyBytes;
    const std::int64_t wanted = std::min(atMost, std::int64_t(bytes.size()));
    const std::int64_t taken = std::min(wanted, room);
    if (taken > 0) m_listener.onBody(bytes.substr(0, std::size_t(taken)));
    bytes.remove_prefix(std::size_t(taken));
    if (!countBody(taken < wanted ? taken + 1 : taken)) return false;
    if (m_state == State::UntilClose) return true;
    m_left -= taken;
    if (m_left == 0 && m_state == State::Length) end();
    else if (m_left == 0) m_state = State::ChunkEnd;
    return true;
}

bool HttpResponseParser::takeChunkSize(std::string_view& bytes) {
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (!countBody(1)) return false;
        const bool afterCr = !m_line.empty() && m_line.back() == '\r';
        if (afterCr && c != '\n') return fail(WireFault::Framing, "a chunk size line does not end in CRLF");
        if (c != '\n') {
            if (m_line.empty() && hexValue(c) < 0) return fail(WireFault::Framing, "a chunk size is not a hex number");
            if (m_line.size() >= kChunkLineLimit) return fail(WireFault::Limit, "a chunk extension is too long");
            m_line.push_back(c);
            continue;
        }
        if (afterCr) m_line.pop_back();
        else odd("chunk lines end in LF alone");
        if (m_line.empty()) return fail(WireFault::Framing, "a chunk size is not a hex number");
        std::int64_t size = 0;
        std::size_t digits = 0;
        while (digits < m_line.size() && hexValue(m_line[digits]) >= 0) {
            if (digits == 15) return fail(WireFault::Framing, "a chunk size is absurd");
            size = size * 16 + hexValue(m_line[digits++]);
        }
        const std::string_view rest = trimBlanks(std::string_view(m_line).substr(digits));
        if (!rest.empty() && rest.front() != ';') return fail(WireFault::Framing, "a chunk size is not a hex number");
        m_line.clear();
        m_left = size;
        m_state = size == 0 ? State::Trailers : State::ChunkData;
        return true;
    }
    return true;
}

bool HttpResponseParser::takeChunkEnd(std::string_view& bytes) {
    const char c = bytes.front();
    bytes.remove_prefix(1);
    if (!countBody(1)) return false;
    const bool cr = c == '\r' && m_chunkEndSeen == 0;
    if (!cr && c != '\n') return fail(WireFault::Framing, "a chunk is longer than its size");
    if (!cr && m_chunkEndSeen == 0) odd("chunk lines end in LF alone");
    m_chunkEndSeen = cr ? 1 : 0;
    if (!cr) m_state = State::ChunkSize;
    return true;
}

// Trailers are read to find the end and are not handed on: nothing we measure stands in them.
bool HttpResponseParser::takeTrailers(std::string_view& bytes) {
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (++m_trailerBytes > m_limits.header_bytes)
            return fail(WireFault::Limit, "trailers larger than " + std::to_string(m_limits.header_bytes) + " bytes");
        if (c != '\n') {
            m_line.push_back(c);
            continue;
        }
        if (!m_line.empty() && m_line.back() == '\r') m_line.pop_back();
        const bool last = m_line.empty();
        if (!last && m_line.find(':') == std::string::npos) return fail(WireFault::Framing, "a trailer line has no name");
        m_line.clear();
        if (last) {
            end();
            return true;
        }
    }
    return true;
}

void HttpResponseParser::end() {
    m_state = State::Done;
    m_listener.onBodyEnd();
}

bool HttpResponseParser::mayKeepAlive() const {
    if (m_state != State::Done || m_closeDelimited || m_chunkedInOld || m_lateBytes > 0) return false;
    if (listed(m_head, "connection", "close")) return false;
    return m_head.version_minor == 1 || listed(m_head, "connection", "keep-alive");
}

} // namespace looptax
