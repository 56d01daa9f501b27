#include "sim/http_text.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

bool sameName(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view reasonOf(int status) {
    switch (status) {
    case 200: return "OK";
    case 302: return "Found";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Status";
    }
}

} // namespace

std::string httpHead(int status, const HeaderList& headers) {
    std::string head = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reasonOf(status)) + "\r\n";
    for (const auto& [key, value] : headers) head += key + ": " + value + "\r\n";
    return head + "\r\n";
}

std::string httpAnswer(int status, std::string_view type, std::string_view body, HeaderList extra) {
    extra.insert(extra.begin(), {{"Content-Type", std::string(type)}, {"Content-Length", std::to_string(body.size())}});
    return httpHead(status, extra) + std::string(body);
}

std::string httpChunk(std::string_view bytes) {
    if (bytes.empty()) return {};
    static constexpr char kHex[] = "0123456789abcdef";
    std::string size;
    for (std::size_t n = bytes.size(); n > 0; n /= 16) size.insert(size.begin(), kHex[n % 16]);
    return size + "\r\n" + std::string(bytes) + "\r\n";
}

std::optional<std::string> SimRequest::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (sameName(key, name)) return value;
    return std::nullopt;
}

std::optional<SimRequest> RequestReader::next() {
    // As real servers do: a client that speaks TLS hears at once that nobody here does.
    if (!m_buffer.empty() && (m_buffer[0] < 'A' || m_buffer[0] > 'Z')) m_broken = true;
    const std::size_t end = m_buffer.find("\r\n\r\n");
    if (m_broken || end == std::string::npos) return std::nullopt;
    SimRequest request;
    const std::vector<std::string> lines = splitOn(std::string_view(m_buffer).substr(0, end), '\n');
    const std::vector<std::string> words = splitOn(trimmed(lines.front()), ' ');
    if (words.size() != 3 || words[2].rfind("HTTP/1.", 0) != 0) {
        m_broken = true;
        return std::nullopt;
    }
    request.method = words[0];
    request.target = words[1];
    request.path = words[1].substr(0, words[1].find('?'));
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(':');
        if (colon == std::string::npos) continue;
        request.headers.emplace_back(lines[i].substr(0, colon), trimmed(std::string_view(lines[i]).substr(colon + 1)));
    }
    const auto length = parseInteger(request.header("content-length").value_or("0"));
    if (!length || *length < 0) {
        m_broken = true;
        return std::nullopt;
    }
    const std::size_t size = end + 4 + std::size_t(*length);
    if (m_buffer.size() < size) return std::nullopt;
    request.body = m_buffer.substr(end + 4, std::size_t(*length));
    m_buffer.erase(0, size);
    return request;
}

} // namespace looptax
