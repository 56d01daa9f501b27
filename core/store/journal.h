// journal.jsonl, the store of record: append-only, one writer. record/journal_line.h has the form of a line.
#pragma once

#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "base/result.h"
#include "record/journal_line.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

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
