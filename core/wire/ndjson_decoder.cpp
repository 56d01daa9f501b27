#include "wire/ndjson_decoder.h"

namespace looptax {

namespace {
bool isBlank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }
} // namespace

NdjsonDecoder::NdjsonDecoder(NdjsonListener& listener, WireLimits limits)
    : m_listener(listener)
    , m_limits(limits)
    , m_lines(LineEnds::LfOrCrlf, limits.line_bytes) {}

bool NdjsonDecoder::feed(std::string_view bytes) {
    if (m_error) return false;
    const auto stop = m_lines.feed(bytes, [this](std::string_view line) {
        if (isBlank(line)) return true;
        if (++m_count > m_limits.events) return false;
        m_listener.onNdjsonLine(line);
        return true;
    });
    if (stop == LineSplitter::Stop::TooLong)
        m_error = {WireFault::Limit, "a line of the stream is longer than " + std::to_string(m_limits.line_bytes) + " bytes"};
    else if (stop == LineSplitter::Stop::Taker)
        m_error = {WireFault::Limit, "more than " + std::to_string(m_limits.events) + " lines in one response"};
    return !m_error;
}

std::optional<std::string> NdjsonDecoder::finish() const {
    if (isBlank(m_lines.pending())) return std::nullopt;
    return std::string(m_lines.pending());
}

} // namespace looptax
