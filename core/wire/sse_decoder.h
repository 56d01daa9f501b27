// Server-sent events (WHATWG HTML, "event stream interpretation") as push decoder: any split gives the same
// calls. An event whose blank line never came is not dispatched; one of type `error` is also without data. Two things are told
// that a browser swallows: comments, because servers send them as pings, and fields outside the standard, because llama.cpp
// before autumn 2025 reported an error in mid-stream as `error: {...}`, which a reader of `data` alone takes for an empty
// success.
#pragma once

#include "wire/line_splitter.h"
#include "wire/wire_error.h"

#include <string>
#include <string_view>

namespace looptax {

class SseListener {
public:
    virtual ~SseListener() = default;
    // type is "message" unless an event: line said otherwise; data lines are joined by LF.
    virtual void onSseEvent(std::string_view type, std::string_view data) = 0;
    virtual void onSseComment(std::string_view text) = 0; // a ping: output it is not
    // A line that is no field of the standard, told as it is read: `error` and `{...}`, or all of a line
    // without colon as the name. line is the whole of it.
    virtual void onSseForeignField(std::string_view name, std::string_view value, std::string_view line) = 0;
};

class SseDecoder {
public:
    explicit SseDecoder(SseListener& listener, WireLimits limits = {});

    bool feed(std::string_view bytes); // false once a limit was passed
    const WireError& error() const { return m_error; }
    // True when the stream stopped inside a line or an event: what was pending is not an event.
    bool hasPending() const { return m_hasData || !m_lines.pending().empty(); }
    // The line that has not ended yet: no field by the standard.
    std::string_view unfinishedLine() const { return m_lines.pending(); }

private:
    bool takeLine(std::string_view line);
    bool takeField(std::string_view name, std::string_view value, std::string_view line);
    bool dispatch();
    bool countEvent();
    bool fail(std::string what);

    SseListener& m_listener;
    WireLimits m_limits;
    LineSplitter m_lines;
    WireError m_error;
    std::string m_type;
    std::string m_data;
    bool m_hasData = false;
    std::int64_t m_events = 0;
};

} // namespace looptax
