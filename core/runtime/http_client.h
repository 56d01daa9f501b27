// HTTP/1.1 client for measuring, used in blocking style on one worker thread. Exactly one send a request: nothing is
// ever sent again, no redirect is followed, no encoding but identity is accepted. Stamps are
// CLOCK_MONOTONIC, ns.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "domain/outcome.h"
#include "domain/plan.h"
#include "domain/url.h"
#include "runtime/host_lookup.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

class HttpConnection;

struct HttpRequest {
    std::string method = "GET";
    std::string path; // "/v1/chat/completions"; the prefix of the address is put before it
    std::string body; // JSON; empty with GET
};

// What a reader of a streamed body tells back after each read.
struct BodyState {
    bool outputBegan = false; // the first non-empty delta came: idle takes over from first_output
    bool complete = false;    // the terminator came: read no further
    bool failed = false;      // an error object or a broken event came: read no further
};

class HttpStreamListener {
public:
    virtual ~HttpStreamListener() = default;
    virtual void onSent(std::int64_t stampNs, std::optional<double> connectMs) = 0;
    virtual void onHead(std::int64_t stampNs, int status) = 0;
    virtual BodyState onBody(const ReadStamp& stamp, std::string_view bytes) = 0;
};

struct HttpEnd {
    Outcome outcome = Outcome::Ok; // Ok: the body is whole, or the listener said complete or failed
    bool bodyWhole = false;
    int status = 0;
    std::string location;                       // of a redirect that was not followed
    std::optional<std::int64_t> retry_after_ms; // see retryAfterMs()
    std::vector<std::string> oddities;          // HttpResponseParser::oddities()
    std::string text;                           // what happened
    std::string hint;                           // what to try; may be empty
    std::int64_t end_ns = 0;                    // stamp of the last read, or of the deadline
    std::optional<std::int64_t> write_done_ns;  // the kernel had taken the whole request
    bool clockStepped = false;                  // the wall clock was set meanwhile: from then on stamps are this program's own
    bool lateBytes = false;                     // bytes after the end of the body
};

class HttpClient {
public:
    // resolver: systemAddresses() when left out
    HttpClient(Url url, std::string apiKey, Deadlines deadlines, Clock& clock, HostResolver resolver = {});
    explicit HttpClient(std::unique_ptr<HttpConnection> connection);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    HttpEnd send(const HttpRequest& request, HttpStreamListener& listener, const CancelFlag& cancel);

    // For metadata: the whole body as it came, at most limit bytes, within timeoutMs over all, connecting included.
    struct Answer {
        int status = 0;
        std::string body;
    };
    Result<Answer> fetch(const HttpRequest& request, std::int64_t timeoutMs, const CancelFlag& cancel,
                         std::size_t limit = std::size_t(16) << 20);

    // Text of the server's in which the key reads "[API key]", also one that was cut off inside the key: some servers
    // quote the key that they refuse, and what they say goes into the journal and onto the screen.
    std::string withoutKey(std::string text) const;
    const std::string& apiKey() const;

    // "POST http://127.0.0.1:8080/v1/chat/completions": what messages name, for a wrong address shows nowhere else.
    std::string asked(const HttpRequest& request) const;

    void drop();                        // the next request connects anew
    const std::string& address() const; // "127.0.0.1:8080" of the last connection; empty before

private:
    std::unique_ptr<HttpConnection> m_connection;
};

} // namespace looptax
