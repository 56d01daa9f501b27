// Cuts a byte stream into lines, whatever the pieces it comes in. A byte order mark at offset 0 is dropped.
// Copies only a line that spans two pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace looptax {

enum class LineEnds {
    LfOrCrlf,  // NDJSON: a lone CR belongs to the line
    AnyOfThree // SSE: LF, CRLF or CR
};

class LineSplitter {
public:
    LineSplitter(LineEnds ends, std::int64_t lineLimit) : m_ends(ends), m_limit(lineLimit) {}

    enum class Stop { No, Taker, TooLong };

    // Calls take(line) for each finished line; take returns false to stop. A line ends at its CR at once:
    // waiting for the LF that may follow would hold back an event that is complete.
    template <class Take> Stop feed(std::string_view bytes, Take&& take) {
        skipMark(bytes);
        while (!bytes.empty()) {
            if (m_skipLf) {
                m_skipLf = false;
                if (bytes.front() == '\n') {
                    bytes.remove_prefix(1);
                    continue;
                }
            }
            const std::size_t end = findEnd(bytes);
            if (end == std::string_view::npos) {
                if (overLimit(bytes.size())) return Stop::TooLong;
                m_pending.append(bytes);
                return Stop::No;
            }
            if (overLimit(end)) return Stop::TooLong;
            std::string_view line = bytes.substr(0, end);
            if (!m_pending.empty()) {
                m_pending.append(line);
                line = m_pending;
            }
            m_skipLf = bytes[end] == '\r';
            bytes.remove_prefix(end + 1);
            if (m_ends == LineEnds::LfOrCrlf && !line.empty() && line.back() == '\r') line.remove_suffix(1);
            const bool more = take(line);
            m_pending.clear();
            if (!more) return Stop::Taker;
        }
        return Stop::No;
    }

    // The line that has not ended yet.
    std::string_view pending() const { return m_pending; }

private:
    static constexpr std::string_view kMark = "\xEF\xBB\xBF";

    bool overLimit(std::size_t more) const { return std::int64_t(m_pending.size() + more) > m_limit; }

    std::size_t findEnd(std::string_view bytes) const {
        if (m_ends == LineEnds::LfOrCrlf) return bytes.find('\n');
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (bytes[i] == '\n' || bytes[i] == '\r') return i;
        return std::string_view::npos;
    }

    void skipMark(std::string_view& bytes) {
        while (m_markSeen < kMark.size() && !bytes.empty()) {
            if (bytes.front() != kMark[m_markSeen]) {
                m_pending.assign(kMark.substr(0, m_markSeen)); // it only looked like a mark
                m_markSeen = kMark.size();
                return;
            }
            bytes.remove_prefix(1);
            ++m_markSeen;
        }
    }

    LineEnds m_ends;
    std::int64_t m_limit;
    std::string m_pending;
    std::size_t m_markSeen = 0;
    bool m_skipLf = false;
};

} // namespace looptax
