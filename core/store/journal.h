// journal.jsonl, the store of record: one JSON object a line, append-only, one writer.
// {"v":1,"seq":n,"type":...,...,"crc":"8 hex"} + LF, CRC-32C over the bytes before ,"crc". seq counts from 1.
#pragma once

#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

inline constexpr int kJournalVersion = 1;
// Longer lines are neither written nor read: a hostile file must not fill the memory. The longest honest one
// holds a 64 MiB reply as base64 (bytes_json.h).
inline constexpr std::size_t kMaxJournalLine = std::size_t(96) << 20;

// Where a line stands in the file, so that a reply can be read again instead of being kept in memory. Bytes,
// LF included.
struct LinePlace {
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

// A line as it stands in the file. Line types: session plan warmup run_start turn_start turn_done turn_fail
// run_end amendment note session_end; others (of a newer version) are kept and passed on.
struct JournalLine {
    std::int64_t seq = 0;
    std::string type;
    std::shared_ptr<const Json> body; // the whole object but crc; immutable, shared
    LinePlace place;
};

// "{...,\"crc\":\"...\"}\n" of a body that has v, seq and type already. Bytes that are not UTF-8 become
// U+FFFD: what must not lose a byte goes through putBytes().
std::string sealLine(const Json& body);

// Begun: the disk takes the line while the caller goes on, until sync(). Synced: fdatasync before append() returns.
enum class Durability { Buffered, Begun, Synced };

class Journal {
public:
    // Makes the file, syncs it and its folder. The file must not exist.
    static Result<std::unique_ptr<Journal>> create(FileOps& files, const std::string& path);
    // Goes on after recovery; nextSeq and size are what readJournal() found.
    static Result<std::unique_ptr<Journal>> reopen(FileOps& files, const std::string& path, std::int64_t nextSeq,
                                                   std::int64_t size);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // One write() a line. fields is an object that holds neither v, seq, type nor crc; "t" (ISO wall time) is
    // the caller's. After a failed write the file is cut back to the last good line if possible; after a
    // failed sync the descriptor is closed and never used again (the kernel may have dropped the pages and
    // calls the next sync a success). Every later append() fails with the same error.
    Result<JournalLine> append(std::string_view type, Json fields, Durability durability);
    // All lines so far are on the disk.
    Status sync();
    // Syncs what was buffered, then closes.
    Status close();

private:
    Journal(FileOps& files, std::string path, FileOps::Handle file, std::int64_t nextSeq, std::int64_t size);
    Error breakWith(Error error);
    void letGo(); // closes the descriptor, whatever that says

    FileOps& m_files;
    std::string m_path;
    FileOps::Handle m_file;
    bool m_open = true;
    bool m_unsynced = false;
    std::int64_t m_nextSeq;
    std::int64_t m_size;
    Status m_broken;
};

struct JournalRead {
    std::int64_t lines = 0; // accepted
    std::int64_t nextSeq = 1;
    std::int64_t goodBytes = 0; // up to the end of the last line before any bad one
    // The one write that a crash can cut off: bytes after the last line end that hold no whole line. Zeros count, which
    // some file systems leave after a power cut.
    std::int64_t tornBytes = 0;
    bool lacksLineEnd = false; // the last line is whole, only its LF is missing
    // Any other line that cannot be read, or a whole line out of sequence: damage, never repaired. Counts from 1.
    std::int64_t damagedLine = 0;
    std::string damage;
    bool newer = false; // a line has v > 1
    // What another program changed around the lines while every check sum still holds: sentences for people.
    std::vector<std::string> changes;
};

// Streams the file line by line; onLine sees every accepted line, those after damage too.
Result<JournalRead> readJournal(FileOps& files, const std::string& path, const std::function<void(JournalLine)>& onLine);

// One line again, checked again: the reply of a turn, when somebody wants to see it.
Result<JournalLine> readLineAt(FileOps& files, const std::string& path, LinePlace place);

// Copies the torn tail to <path>.<n>.torn (synced), then cuts the journal back and syncs it. The name of the
// copy, or nothing when no tail was torn.
Result<std::string> setTornTailAside(FileOps& files, const std::string& path, const JournalRead& read);

// Gives a last line that lacks it its LF, synced: what is appended next must not run into it. After it the journal is
// one byte longer than goodBytes.
Status endLastLine(FileOps& files, const std::string& path);

} // namespace looptax
