// journal.jsonl, the store of record: one JSON object a line, append-only, one writer.
// {"v":1,"seq":n,"type":...,...,"crc":"8 hex"} + LF, CRC-32C over the bytes before ,"crc".
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

// A line as it stands in the file. Line types: session plan warmup run_start turn_start turn_done turn_fail run_end
// amendment note session_end; others (of a newer version) are kept and passed on.
struct JournalLine {
    std::int64_t seq = 0;
    std::string type;
    std::shared_ptr<const Json> body; // the whole object but crc; immutable, shared
};

// "{...,\"crc\":\"...\"}\n" of a body that has v, seq and type already.
std::string sealLine(const Json& body);

enum class Durability { Buffered, Synced }; // Synced: fdatasync before append() returns

class Journal {
public:
    // Makes the file, syncs it and its folder. The file must not exist.
    static Result<std::unique_ptr<Journal>> create(FileOps& files, const std::string& path);
    // Goes on after recovery; nextSeq and size are what readJournal() found.
    static Result<std::unique_ptr<Journal>> reopen(FileOps& files, const std::string& path, std::int64_t nextSeq,
                                                   std::int64_t size);
    ~Journal();

    // One write() a line. fields must not hold v, seq, type or crc; "t" (ISO wall time) is the caller's.
    // After an error the file is cut back to the last good line if possible and every later append() fails the same.
    Result<JournalLine> append(std::string_view type, const Json& fields, Durability durability);
    Status close();

private:
    Journal(FileOps& files, std::string path, FileOps::Handle file, std::int64_t nextSeq, std::int64_t size);
    FileOps& m_files;
    std::string m_path;
    FileOps::Handle m_file;
    std::int64_t m_nextSeq;
    std::int64_t m_size;
    Status m_broken;
};

struct JournalRead {
    std::int64_t lines = 0;      // accepted
    std::int64_t nextSeq = 1;
    std::int64_t goodBytes = 0;  // up to the end of the last accepted line
    std::int64_t tornBytes = 0;  // a tail after it with no valid line in it
    // A bad line with valid ones after it: damage, never repaired. The line number counts from 1.
    std::int64_t damagedLine = 0;
    std::string damage;
    bool newer = false; // a line has v > 1
};

// Streams the file line by line (limits: line 80 MiB); onLine sees every accepted line, those after damage too.
Result<JournalRead> readJournal(FileOps& files, const std::string& path,
                                const std::function<void(JournalLine)>& onLine);

// Copies the torn tail to <path>.<n>.torn (synced), then cuts the journal back and syncs it.
Status setTornTailAside(FileOps& files, const std::string& path, const JournalRead& read);

} // namespace looptax
