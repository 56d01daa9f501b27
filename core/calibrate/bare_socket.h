// The floor that our client is held against: one request on a blocking socket, read by a plain poll() loop that
// stamps and keeps the bytes. No HTTP client, no decoder, no journal: what is left is the kernel and the server.
// Its stamp is what any program sees, taken when poll() has returned; or the kernel's own, the least there is.
#pragma once

#include "analysis/instrument.h"
#include "base/result.h"
#include "domain/message.h"
#include "runtime/runtime_client.h"

#include <cstdint>
#include <string>

namespace looptax {

enum class BareStamps { Poll, Kernel };

class BareSocket {
public:
    static Result<BareSocket> connect(int port, BareStamps stamps); // 127.0.0.1
    BareSocket(BareSocket&& other) noexcept;
    BareSocket& operator=(BareSocket&&) = delete;
    ~BareSocket();

    // False: the kernel's stamps are wanted and this system has none.
    bool canStamp() const { return m_stamps == BareStamps::Poll || m_asked; }

    struct Answer {
        TimedChat times; // gap_ms is the caller's
        std::string text;
    };
    // An OpenAI-style streamed chat. The bytes are looked at when the stream is over.
    Result<Answer> chat(const Messages& messages, const std::string& model, const CancelFlag& cancel);

private:
    BareSocket(int fd, BareStamps stamps);
    int m_fd;
    BareStamps m_stamps;
    bool m_asked; // the kernel, and it does
};

} // namespace looptax
