// The server's side of HTTP/1.1, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

std::string httpHead(int status, const HeaderList& headers);
// A whole response with Content-Length.
std::string httpAnswer(int status, std::string_view type, std::string_view body, HeaderList extra = {});
std::string httpChunk(std::string_view bytes); // empty for no bytes: an empty chunk would end the body
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

struct SimRequest {
    std::string method;
    std::string target; // as sent
    std::string path;   // without the query
    HeaderList headers;
    std::string body;
    int index = 0;                 // of all requests, from 0
    int connection = 0;            // from 0, in the order they were accepted
    std::optional<int> chat_index; // number among chat and completion requests; absent for any other
    std::int64_t arrived_ns = 0;   // the last of its bytes, by the kernel where it says; else their read

    std::optional<std::string> header(std::string_view name) const; // any case
};

// Requests with Content-Length, one after the other on a connection.
class RequestReader {
public:
    void feed(std::string_view bytes) { m_buffer.append(bytes); }
    std::optional<SimRequest> next(); // absent until one is whole
    bool broken() const { return m_broken; }

private:
    std::string m_buffer;
    bool m_broken = false;
};

} // namespace looptax
