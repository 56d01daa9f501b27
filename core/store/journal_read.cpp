#include "base/words.h"
#include "record/journal_line.h"
#include "store/journal.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr std::size_t kChunk = std::size_t(1) << 20;

// How a line ended in the file.
enum class LineEnd { Lf, None, TooLong };

// What made a line unreadable, where its bytes tell; else what its parser said.
std::string causeOf(std::string_view text, bool firstLine, std::string problem) {
    const auto begins = [&](std::string_view with) { return text.substr(0, with.size()) == with; };
    using namespace std::string_view_literals;
    if (firstLine && (begins("\xFF\xFE"sv) || begins("\xFE\xFF"sv) || begins("{\0"sv) || begins("\0{"sv)))
        return "the file was saved as UTF-16; save it as UTF-8";
    for (const std::string_view marker : {"<<<<<<<"sv, "|||||||"sv, "======="sv, ">>>>>>>"sv})
        if (begins(marker)) return "a merge conflict marker of git is in the journal";
    if (text.find('\0') != std::string_view::npos) return "the line has zero bytes in it";
    return problem;
}

// Sorts lines into accepted, torn and damaged, in the order they come.
class LineJudge {
public:
    explicit LineJudge(const std::function<void(JournalLine)>& onLine) : m_onLine(onLine) {}

    // text is without its LF, place counts it.
    void take(std::string_view text, LinePlace place, LineEnd end) {
        ++m_lineNumber;
        const bool first = place.offset == 0;
        // A writer never makes such a line, so not even an unfinished one is a torn write.
        if (end == LineEnd::TooLong) return damaged("the line is longer than a reader takes");
        m_marked = m_marked || (first && text.substr(0, kByteOrderMark.size()) == kByteOrderMark);
        if (end == LineEnd::None) return takeTail(text, place, first);
        const std::string_view kept = withoutAdditions(text, first);
        if (kept.empty()) {
            // Nothing is missing where nothing was: the sequence numbers prove it.
            ++m_blank;
            return passed(place);
        }
        ParsedLine parsed = parseLine(kept);
        if (!parsed.line) return damaged(causeOf(text, first, std::move(parsed.problem)));
        if (text.back() != kept.back()) ++m_longer;
        accept(std::move(parsed), place);
    }

    JournalRead finish(std::int64_t size) {
        if (m_read.damagedLine == 0) m_read.tornBytes = size - m_read.goodBytes;
        if (m_marked) m_read.changes.emplace_back("a byte order mark was put before the first line");
        if (m_longer > 0)
            m_read.changes.push_back("the line ends of " + counted(m_longer, "line", "lines") + " of " +
                                     std::to_string(m_read.lines) +
                                     " were changed (CR LF or blanks, as by git with autocrlf or an editor)");
        if (m_blank > 0) m_read.changes.push_back(counted(m_blank, "blank line was", "blank lines were") + " added");
        if (m_read.lacksLineEnd) m_read.changes.emplace_back("the last line lacks its line end");
        return std::move(m_read);
    }

private:
    // The end of the file, without a LF: a whole line, a write that was cut off, or a file whose line ends are gone.
    void takeTail(std::string_view text, LinePlace place, bool first) {
        const std::size_t last = text.find_last_not_of('\0');
        const std::string_view written = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
        const std::string_view kept = withoutAdditions(written, first);
        if (kept.empty()) return; // zeros or blanks: torn
        if (ParsedLine parsed = parseLine(kept); parsed.line) {
            if (kept.back() != written.back()) ++m_longer;
            m_read.lacksLineEnd = true;
            return accept(std::move(parsed), {place.offset, std::int64_t(written.size())});
        }
        if (holdsSeal(text))
            return damaged("whole lines run into each other or end in no LF: the line ends were changed or lost");
        // Before the first line a cut write must at least begin as one: else this is another file under this name.
        constexpr std::string_view kBegin = "{\"v\":";
        if (m_read.lines == 0 && kept.substr(0, kBegin.size()) != kBegin.substr(0, kept.size()))
            return damaged(causeOf(text, first, "the file is not a journal"));
    }

    void accept(ParsedLine parsed, LinePlace place) {
        JournalLine& line = *parsed.line;
        if (line.seq != m_read.nextSeq)
            damaged("the line has sequence number " + std::to_string(line.seq) + " where " + std::to_string(m_read.nextSeq) +
                    " was due");
        // Whole, but already seen: not what a crash leaves behind. Passing it on would count a turn twice.
        if (line.seq < m_read.nextSeq) return;
        passed(place);
        ++m_read.lines;
        m_read.nextSeq = line.seq + 1;
        m_read.newer = m_read.newer || parsed.newer;
        line.place = place;
        if (m_onLine) m_onLine(std::move(line));
    }

    void passed(LinePlace place) {
        if (m_read.damagedLine == 0) m_read.goodBytes = place.offset + place.length;
    }
    void damaged(std::string why) {
        if (m_read.damagedLine != 0) return;
        m_read.damagedLine = m_lineNumber;
        m_read.damage = std::move(why);
    }

    const std::function<void(JournalLine)>& m_onLine;
    JournalRead m_read;
    std::int64_t m_lineNumber = 0;
    std::int64_t m_longer = 0; // lines with something between them and their LF
    std::int64_t m_blank = 0;
    bool m_marked = false; // a byte order mark
};

// Cuts the file into lines without ever holding more than one line and one chunk.
Result<std::int64_t> splitLines(FileOps& files, FileOps::Handle file, LineJudge& judge) {
    std::string held;           // a line that is not complete yet
    std::int64_t lineStart = 0; // its place
    std::int64_t dropped = 0;   // bytes of an overlong line that were not kept
    std::int64_t offset = 0;
    const auto give = [&](std::string_view text, std::int64_t end, LineEnd how) {
        judge.take(text, {lineStart, end - lineStart}, dropped == 0 ? how : LineEnd::TooLong);
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
                give(rest.substr(0, at), end, LineEnd::Lf);
            } else {
                held += rest.substr(0, at);
                give(held, end, held.size() < kMaxJournalLine ? LineEnd::Lf : LineEnd::TooLong);
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
    if (lineStart < offset) give(held, offset, LineEnd::None);
    return offset;
}

} // namespace

Result<JournalRead> readJournal(FileOps& files, const std::string& path, const std::function<void(JournalLine)>& onLine) {
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
    if (bytes->size() != std::size_t(place.length)) return wrong;
    std::string_view text = *bytes;
    if (text.back() == '\n') text.remove_suffix(1); // the last line may lack it
    ParsedLine parsed = parseLine(withoutAdditions(text, place.offset == 0));
    if (!parsed.line) return wrong;
    parsed.line->place = place;
    return std::move(*parsed.line);
}

} // namespace looptax
