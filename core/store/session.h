// The session folder: everything of one sweep. Names inside are ours; what people type are labels in files.
#pragma once

#include "base/clock.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "store/journal.h"

#include <functional>
#include <memory>
#include <string>

namespace looptax {

struct SessionPaths {
    explicit SessionPaths(std::string folderPath) : folder(std::move(folderPath)) {}
    std::string folder;
    std::string plan() const { return joinPath(folder, "plan.json"); }
    std::string journal() const { return joinPath(folder, "journal.jsonl"); }
    std::string lock() const { return joinPath(folder, "lock"); }
    std::string stateDir() const { return joinPath(folder, "state"); }
    std::string runtimeLog() const { return joinPath(folder, "runtime.log"); }
    std::string turnsCsv() const { return joinPath(folder, "turns.csv"); }
    std::string summaryJson() const { return joinPath(folder, "summary.json"); }
    std::string reportMd() const { return joinPath(folder, "report.md"); }
    std::string reportHtml() const { return joinPath(folder, "report.html"); }
    std::string explanations() const { return joinPath(folder, "explanations.jsonl"); }
    std::string chartsDir() const { return joinPath(folder, "charts"); }
    std::string id() const; // last part of the path
};

// A folder it cannot write to, or with less than this free, is refused before anything is measured. Bytes.
inline constexpr std::int64_t kMinFreeBytes = std::int64_t(16) << 20;

// Held while a sweep writes; freed when this object or the process ends. The lock file names the holder for
// people.
class SessionLock {
public:
    // A living holder is an error of kind Storage that names its process. So is a journal, state/, charts/ or runtime.log that
    // is a link: whoever takes the lock is about to write there.
    static Result<SessionLock> take(FileOps& files, const SessionPaths& paths);
    SessionLock(SessionLock&& other) noexcept;
    SessionLock& operator=(SessionLock&&) = delete;
    ~SessionLock();

private:
    SessionLock(FileOps& files, FileOps::Handle file) : m_files(&files), m_file(file) {}
    FileOps* m_files; // null once moved from
    FileOps::Handle m_file;
};

// What is said of a journal with a damaged line. Kind Corrupt.
Error damageError(const SessionPaths& paths, const JournalRead& read);

struct OpenSession {
    SessionPaths paths;
    SessionLock lock;
    std::unique_ptr<Journal> journal;
    JournalRead recovered; // what reopening found; a new session's is empty
    std::string tornFile;  // where a torn tail was put; empty when none was
};

// Makes <out>/<utc date-time>-<8 random chars>/ with plan.json, state/ and an empty journal, each durable;
// refuses a folder it cannot write to or with less than kMinFreeBytes free (probe write).
Result<OpenSession> createSession(FileOps& files, const Clock& clock, const std::string& out, const std::string& planText);

// For --resume: takes the lock (a dead holder's too), sets a torn tail aside, ends a last line that lacks its LF, makes
// a missing state/ and opens the journal for appending. A damaged or newer journal is an error, and nothing but the
// lock is touched. onLine sees what the journal holds, before that is known.
Result<OpenSession> reopenSession(FileOps& files, const std::string& folder, const std::function<void(JournalLine)>& onLine);

} // namespace looptax
