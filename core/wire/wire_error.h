// Why bytes from a server could not be accepted, and how many of them we accept at most. An error stays:
// whatever is fed after it is ignored, so a hostile server cannot talk its way back.
#pragma once

#include <cstdint>
#include <string>

namespace looptax {

enum class WireFault {
    None,
    Protocol,  // not HTTP, or a head that contradicts itself: nothing in it can be trusted
    Framing,   // the head was good, then the body's chunk framing broke: what came before it stands; the stream
               // is cut
    Truncated, // end of file before the end that was promised
    Limit      // larger than WireLimits; nothing past the limit was kept or handed on
};

struct WireError {
    WireFault fault = WireFault::None;
    std::string what; // a sentence without a full stop; never holds bytes of the server's

    explicit operator bool() const { return fault != WireFault::None; }
    bool operator==(const WireError&) const = default;
};

struct WireLimits {
    std::int64_t header_bytes = 64 * 1024;          // status line, headers and 1xx answers together; trailers again as much
    std::int64_t response_bytes = 64 * 1024 * 1024; // body as it came over the wire, chunk framing included
    std::int64_t line_bytes = 1024 * 1024;          // one line of a stream, without its line end
    std::int64_t event_bytes = 4 * 1024 * 1024;     // data of one SSE event
    std::int64_t events = 200'000;                  // events or lines of one response; comments are not counted
};

} // namespace looptax
