// Newline-delimited JSON as push decoder: lines end in LF or CRLF, blank lines are ignored, any split gives
// the same calls. Whether a line is JSON is its reader's question.
#pragma once

#include "wire/line_splitter.h"
#include "wire/wire_error.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

class NdjsonListener {
public:
    virtual ~NdjsonListener() = default;
    virtual void onNdjsonLine(std::string_view line) = 0; // never blank
};

class NdjsonDecoder {
public:
    explicit NdjsonDecoder(NdjsonListener& listener, WireLimits limits = {});

    bool feed(std::string_view bytes); // false once a limit was passed
    const WireError& error() const { return m_error; }
    // What stands after the last line end, absent when blank. It is never told as a line: a server that was
    // cut in mid-line must not pass for one that finished. Take it only where the body's end was proven by
    // its framing (last chunk or full Content-Length) and the text is whole JSON.
    std::optional<std::string> finish() const;

private:
    NdjsonListener& m_listener;
    WireLimits m_limits;
    LineSplitter m_lines;
    WireError m_error;
    std::int64_t m_count = 0;
};

} // namespace looptax
