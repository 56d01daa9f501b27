#include "wire/sse_decoder.h"

namespace looptax {

SseDecoder::SseDecoder(SseListener& listener, WireLimits limits)
    : m_listener(listener)
    , m_limits(limits)
    , m_lines(LineEnds::AnyOfThree, limits.line_bytes) {}

bool SseDecoder::fail(std::string what) {
    m_error = {WireFault::Limit, std::move(what)};
    return false;
}

bool SseDecoder::feed(std::string_view bytes) {
    if (m_error) return false;
    const auto stop = m_lines.feed(bytes, [this](std::string_view line) { return takeLine(line); });
    if (stop == LineSplitter::Stop::TooLong)
        return fail("a line of the stream is longer than " + std::to_string(m_limits.line_bytes) + " bytes");
    return stop == LineSplitter::Stop::No;
}

bool SseDecoder::takeLine(std::string_view line) {
    if (line.empty()) return dispatch();
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return takeField(line, {}, line);
    std::string_view value = line.substr(colon + 1);
    if (!value.empty() && value.front() == ' ') value.remove_prefix(1); // one blank only, by the standard
    if (colon == 0) {
        m_listener.onSseComment(value);
        return true;
    }
    return takeField(line.substr(0, colon), value, line);
}

bool SseDecoder::takeField(std::string_view name, std::string_view value, std::string_view line) {
    if (name == "data") {
        if (m_hasData) m_data.push_back('\n');
        if (std::int64_t(m_data.size() + value.size()) > m_limits.event_bytes)
            return fail("an event of the stream is larger than " + std::to_string(m_limits.event_bytes) + " bytes");
        m_data.append(value);
        m_hasData = true;
    } else if (name == "event") {
        m_type = value;
    } else if (name != "id" && name != "retry") { // those two steer a reconnect, which a measurement never does
        if (!countEvent()) return false;
        m_listener.onSseForeignField(name, value, line);
    }
    return true;
}

bool SseDecoder::countEvent() {
    if (++m_events <= m_limits.events) return true;
    return fail("more than " + std::to_string(m_limits.events) + " events in one response");
}

bool SseDecoder::dispatch() {
    // One empty data line is an event with empty data by the standard; no data line is none. But Nest tells a failure by
    // its event line alone.
    if (m_hasData || m_type == "error") {
        if (!countEvent()) return false;
        m_listener.onSseEvent(m_type.empty() ? std::string_view("message") : std::string_view(m_type), m_data);
    }
    m_type.clear();
    m_data.clear();
    m_hasData = false;
    return true;
}

} // namespace looptax
