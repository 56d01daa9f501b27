// The floor that our client is held against: one request on a blocking socket, read by a plain poll() and
// recv() loop that stamps and keeps the bytes. No HTTP client, no decoder, no journal: what is left is the
// kernel and the server.
#pragma once

#include "base/result.h"
#include "domain/message.h"
#include "runtime/runtime_client.h"
#include "stats/instrument.h"

#include <cstdint>
#include <string>

namespace looptax {

class BareSocket {
public:
    static Result<BareSocket> connect(int port); // 127.0.0.1
    BareSocket(BareSocket&& other) noexcept;
    BareSocket& operator=(BareSocket&&) = delete;
    ~BareSocket();

    struct Answer {
        TimedChat times; // gap_ms is the caller's
        std::string text;
    };
    // An OpenAI-style streamed chat. The bytes are looked at when the stream is over.
    Result<Answer> chat(const Messages& messages, const std::string& model, const CancelFlag& cancel);

private:
    explicit BareSocket(int fd)
        : m_fd(fd) {}
    int m_fd;
};

} // namespace looptax
