#include "wire/http_response_parser.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::size_t kChunkLineLimit = 4096; // a size and its extensions; real servers send under ten bytes

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}

bool sameName(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimBlanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isTokenChar(char c) {
    if (isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
    return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool isControl(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

// Comma-separated list element equal to the word, over all headers of that name.
bool listed(const HttpHead& head, std::string_view name, std::string_view word) {
    for (const auto& [key, value] : head.headers) {
        if (!sameName(key, name)) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            if (sameName(trimBlanks(rest.substr(0, comma)), word)) return true;
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    return false;
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
    for (const auto& [key, value] : headers)
        if (sameName(key, "content-encoding") && !value.empty() && !sameName(value, "identity")) return true;
    return false;
}

HttpResponseParser::HttpResponseParser(HttpListener& listener, WireLimits limits)
    : m_listener(listener)
    , m_limits(limits) {}

void HttpResponseParser::reset() {
    m_state = State::StatusLine;
    m_error = {};
    m_head = {};
    m_line.clear();
    m_wireBytes = m_headBytes = m_trailerBytes = m_bodyBytes = m_left = m_lateBytes = 0;
    m_chunkEndSeen = 0;
    m_headDone = m_closeDelimited = false;
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
        case State::Headers:
            good = takeHeadBytes(bytes);
            break;
        case State::Length:
            good = takeBody(bytes, m_left);
            break;
        case State::UntilClose:
            good = takeBody(bytes, std::int64_t(bytes.size()));
            break;
        case State::ChunkSize:
            good = takeChunkSize(bytes);
            break;
        case State::ChunkData:
            good = takeBody(bytes, m_left);
            break;
        case State::ChunkEnd:
            good = takeChunkEnd(bytes);
            break;
        case State::Trailers:
            good = takeTrailers(bytes);
            break;
        case State::Done:
            m_lateBytes += std::int64_t(bytes.size());
            return true;
        case State::Failed:
            return false;
        }
        if (!good) return false;
    }
    return true;
}

bool HttpResponseParser::finish() {
    switch (m_state) {
    case State::Done:
        return true;
    case State::Failed:
        return false;
    case State::UntilClose:
        end();
        return true;
    case State::StatusLine:
    case State::Headers:
        return fail(WireFault::Truncated, m_wireBytes == 0
                                              ? "the server closed the connection without an answer"
                                              : "the server closed the connection inside the headers");
    default:
        return fail(WireFault::Truncated, "the connection ended before the body was complete");
    }
}

// Byte by byte, so that an error falls on the same byte however the bytes were split.
bool HttpResponseParser::takeHeadBytes(std::string_view& bytes) {
    static constexpr std::string_view kStart = "HTTP/1.";
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (++m_headBytes > m_limits.header_bytes)
            return fail(WireFault::Limit,
                        "headers larger than " + std::to_string(m_limits.header_bytes) + " bytes");
        if (c != '\n') {
            // Known garbage is refused at once: waiting for a line end would wait for a deadline.
            if (m_state == State::StatusLine && m_line.size() < kStart.size() && c != kStart[m_line.size()])
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
    const bool shaped = line.size() >= 12 && (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                        line[9] >= '1' && line[9] <= '5' && isDigit(line[10]) && isDigit(line[11]) &&
                        (line.size() == 12 || line[12] == ' ') &&
                        std::none_of(line.begin(), line.end(), isControl);
    if (!shaped) return fail(WireFault::Protocol, "the status line is not HTTP/1.0 or HTTP/1.1");
    m_head.version_minor = line[7] - '0';
    m_head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    m_head.reason = line.size() > 13 ? std::string(line.substr(13)) : std::string();
    return true;
}

bool HttpResponseParser::takeHeader(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view key = line.substr(0, colon);
    // A blank before the colon or a folded line is how framing headers get hidden from one of two readers.
    if (colon == std::string_view::npos || key.empty() || !std::all_of(key.begin(), key.end(), isTokenChar))
        return fail(WireFault::Protocol, "a header line has no valid name");
    const std::string_view value = trimBlanks(line.substr(colon + 1));
    if (std::any_of(value.begin(), value.end(), isControl))
        return fail(WireFault::Protocol, "a header value holds a control character");
    m_head.headers.emplace_back(key, value);
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
    bool chunked = false;
    for (const auto& [key, value] : m_head.headers) {
        if (sameName(key, "content-length")) {
            if (length) return fail(WireFault::Protocol, "Content-Length is given more than once");
            length = decimal(value);
            if (!length) return fail(WireFault::Protocol, "Content-Length is not a number of bytes");
        } else if (sameName(key, "transfer-encoding")) {
            if (chunked || !sameName(value, "chunked"))
                return fail(WireFault::Protocol, "Transfer-Encoding is not plain chunked");
            chunked = true;
        }
    }
    if (chunked && length)
        return fail(WireFault::Protocol, "both Transfer-Encoding and Content-Length are given");
    if (chunked && m_head.version_minor == 0)
        return fail(WireFault::Protocol, "chunked transfer is not part of HTTP/1.0");
    const bool bodiless = m_head.status == 204 || m_head.status == 304;
    if (!bodiless && length && *length > m_limits.response_bytes)
        return fail(WireFault::Limit, "a body of " + std::to_string(*length) + " bytes, more than " +
                                          std::to_string(m_limits.response_bytes));
    m_headDone = true;
    m_closeDelimited = !bodiless && !chunked && !length;
    m_left = length.value_or(0);
    m_listener.onHead(m_head);
    if (bodiless || (length && *length == 0))
        end();
    else
        m_state = chunked ? State::ChunkSize : length ? State::Length : State::UntilClose;
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
    if (m_left == 0 && m_state == State::Length)
        end();
    else if (m_left == 0)
        m_state = State::ChunkEnd;
    return true;
}

bool HttpResponseParser::takeChunkSize(std::string_view& bytes) {
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (!countBody(1)) return false;
        const bool afterCr = !m_line.empty() && m_line.back() == '\r';
        if (afterCr != (c == '\n')) return fail(WireFault::Framing, "a chunk size line does not end in CRLF");
        if (c != '\n') {
            if (m_line.empty() && hexValue(c) < 0)
                return fail(WireFault::Framing, "a chunk size is not a hex number");
            if (m_line.size() >= kChunkLineLimit)
                return fail(WireFault::Limit, "a chunk extension is too long");
            m_line.push_back(c);
            continue;
        }
        m_line.pop_back();
        std::int64_t size = 0;
        std::size_t digits = 0;
        while (digits < m_line.size() && hexValue(m_line[digits]) >= 0) {
            if (digits == 15) return fail(WireFault::Framing, "a chunk size is absurd");
            size = size * 16 + hexValue(m_line[digits++]);
        }
        const std::string_view rest = trimBlanks(std::string_view(m_line).substr(digits));
        if (!rest.empty() && rest.front() != ';')
            return fail(WireFault::Framing, "a chunk size is not a hex number");
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
    if (c != (m_chunkEndSeen == 0 ? '\r' : '\n'))
        return fail(WireFault::Framing, "a chunk is longer than its size");
    m_chunkEndSeen ^= 1;
    if (m_chunkEndSeen == 0) m_state = State::ChunkSize;
    return true;
}

// Trailers are read to find the end and are not handed on: nothing we measure stands in them.
bool HttpResponseParser::takeTrailers(std::string_view& bytes) {
    while (!bytes.empty()) {
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (++m_trailerBytes > m_limits.header_bytes)
            return fail(WireFault::Limit,
                        "trailers larger than " + std::to_string(m_limits.header_bytes) + " bytes");
        if (c != '\n') {
            m_line.push_back(c);
            continue;
        }
        if (!m_line.empty() && m_line.back() == '\r') m_line.pop_back();
        const bool last = m_line.empty();
        if (!last && m_line.find(':') == std::string::npos)
            return fail(WireFault::Framing, "a trailer line has no name");
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
    if (m_state != State::Done || m_closeDelimited || m_lateBytes > 0) return false;
    if (listed(m_head, "connection", "close")) return false;
    return m_head.version_minor == 1 || listed(m_head, "connection", "keep-alive");
}

} // namespace looptax
