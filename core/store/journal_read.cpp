#include "store/journal.h"
#include "store/line_format.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr std::size_t kChunk = std::size_t(1) << 20;

// Sorts lines into accepted, torn and damaged, in the order they come.
class LineJudge {
public:
    explicit LineJudge(const std::function<void(JournalLine)>& onLine)
        : m_onLine(onLine) {}

    // length counts the LF when there is one.
    void take(std::string_view text, LinePlace place, bool whole) {
        ++m_lineNumber;
        ParsedLine parsed = whole ? parseLine(text) : ParsedLine{std::nullopt, false, "the line is cut off"};
        if (!parsed.line) {
            bad(std::move(parsed.problem));
            return;
        }
        JournalLine& line = *parsed.line;
        if (line.seq < m_read.nextSeq) {
            // Whole, but already seen: not what a crash leaves behind. Passing it on would count a turn
            // twice.
            bad("the line has sequence number " + std::to_string(line.seq) + " where " +
                std::to_string(m_read.nextSeq) + " was due");
            damaged();
            return;
        }
        if (line.seq > m_read.nextSeq && m_badLine == 0)
            bad("the line has sequence number " + std::to_string(line.seq) + " where " +
                std::to_string(m_read.nextSeq) + " was due");
        if (m_badLine != 0) damaged();
        if (m_read.damagedLine == 0) m_read.goodBytes = place.offset + place.length;
        ++m_read.lines;
        m_read.nextSeq = line.seq + 1;
        m_read.newer = m_read.newer || parsed.newer;
        line.place = place;
        if (m_onLine) m_onLine(std::move(line));
    }

    JournalRead finish(std::int64_t size) {
        if (m_read.damagedLine == 0) m_read.tornBytes = size - m_read.goodBytes;
        return m_read;
    }

private:
    void bad(std::string why) {
        if (m_badLine != 0) return;
        m_badLine = m_lineNumber;
        m_why = std::move(why);
    }
    void damaged() {
        if (m_read.damagedLine != 0) return;
        m_read.damagedLine = m_badLine;
        m_read.damage = m_why;
    }

    const std::function<void(JournalLine)>& m_onLine;
    JournalRead m_read;
    std::int64_t m_lineNumber = 0;
    std::int64_t m_badLine = 0; // the first one
    std::string m_why;
};

// Cuts the file into lines without ever holding more than one line and one chunk.
Result<std::int64_t> splitLines(FileOps& files, FileOps::Handle file, LineJudge& judge) {
    std::string held;           // a line that is not complete yet
    std::int64_t lineStart = 0; // its place
    std::int64_t dropped = 0;   // bytes of an overlong line that were not kept
    std::int64_t offset = 0;
    const auto give = [&](std::string_view text, std::int64_t end, bool whole) {
        judge.take(text, {lineStart, end - lineStart}, whole && dropped == 0);
        lineStart = end;
        dropped = 0;
    };
    while (true) {
        const auto chunk = files.readAt(file, offset, kChunk);
        if (!chunk) return chunk.error();
        if (chunk->empty()) break;
        std::string_view rest = *chunk;
        while (true) {
            const std::size_t at = rest.find('\n');
            if (at == std::string_view::npos) break;
            const std::int64_t end = offset + std::int64_t(chunk->size() - rest.size() + at) + 1;
            if (held.empty() && dropped == 0) {
                give(rest.substr(0, at), end, true);
            } else {
                held += rest.substr(0, at);
                give(held, end, held.size() < kMaxJournalLine);
                held.clear();
            }
            rest.remove_prefix(at + 1);
        }
        held += rest;
        if (held.size() >= kMaxJournalLine) {
            dropped += std::int64_t(held.size());
            held.clear();
        }
        offset += std::int64_t(chunk->size());
    }
    if (lineStart < offset) give({}, offset, false);
    return offset;
}

} // namespace

Result<JournalRead> readJournal(FileOps& files, const std::string& path,
                                const std::function<void(JournalLine)>& onLine) {
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return file.error();
    LineJudge judge(onLine);
    const auto size = splitLines(files, *file, judge);
    (void)files.close(*file);
    if (!size) return size.error();
    return judge.finish(*size);
}

Result<JournalLine> readLineAt(FileOps& files, const std::string& path, LinePlace place) {
    const Error wrong{ErrorKind::Corrupt, "the line is not what it was", path,
                      "looptax verify says what is wrong with the session", 0};
    if (place.length < 1 || std::size_t(place.length) > kMaxJournalLine) return wrong;
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return file.error();
    auto bytes = files.readAt(*file, place.offset, std::size_t(place.length));
    (void)files.close(*file);
    if (!bytes) return bytes.error();
    if (bytes->size() != std::size_t(place.length) || bytes->back() != '\n') return wrong;
    ParsedLine parsed = parseLine(std::string_view(*bytes).substr(0, bytes->size() - 1));
    if (!parsed.line) return wrong;
    parsed.line->place = place;
    return std::move(*parsed.line);
}

} // namespace looptax
