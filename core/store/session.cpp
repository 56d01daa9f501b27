#include "store/session.h"

#include "base/seeded_random.h"
#include "base/whole_file.h"

namespace looptax {

namespace {

constexpr std::size_t kProbeBytes = 64 << 10;

// A folder can look writable and not be: read-only mounts, quotas, full disks. Only writing tells.
Status probeWrite(FileOps& files, const std::string& folder) {
    const std::string path = joinPath(folder, ".looptax-probe-" + systemRandomHex(8));
    const auto file = files.open(path, OpenMode::CreateExclusive);
    if (!file) {
        Error error = file.error();
        error.where = folder;
        return error;
    }
    const std::string bytes(kProbeBytes, '0');
    Status status;
    const auto written = files.write(*file, bytes);
    if (!written) status = written.error();
    else if (*written != bytes.size())
        status = Error{ErrorKind::Storage, "the disk is full", folder, "free some space or choose another folder", 0};
    if (status) status = files.sync(*file);
    if (const Status closed = files.close(*file); status && !closed) status = closed;
    if (const Status removed = files.remove(path); status && !removed) status = removed;
    if (status) return {};
    Error error = status.error();
    error.where = folder; // the probe's own name tells nobody anything
    return error;
}

Status checkRoom(FileOps& files, const std::string& out) {
    const auto free = files.freeBytes(out);
    if (!free) return free.error();
    if (*free < kMinFreeBytes)
        return Error{ErrorKind::Storage,
                     "only " + std::to_string(*free >> 20) + " MiB are free, a session needs at least " +
                         std::to_string(kMinFreeBytes >> 20) + " MiB",
                     out, "free some space or choose another folder", 0};
    return probeWrite(files, out);
}

Result<std::string> makeFolder(FileOps& files, const Clock& clock, const std::string& out) {
    for (int attempt = 0; attempt < 8; ++attempt) {
        const std::string folder = joinPath(out, compactUtc(clock.wallMs()) + "-" + systemRandomHex(8));
        if (files.exists(folder)) continue;
        if (const Status made = files.makeDirs(folder); !made) return made.error();
        return folder;
    }
    return Error{ErrorKind::Storage, "no free name for a session folder was found", out, {}, 0};
}

} // namespace

std::string SessionPaths::id() const {
    std::string path = folder;
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const std::size_t at = path.rfind('/');
    return at == std::string::npos ? path : path.substr(at + 1);
}

Error damageError(const SessionPaths& paths, const JournalRead& read) {
    return {ErrorKind::Corrupt, read.damage, paths.journal() + " line " + std::to_string(read.damagedLine),
            read.lines > 0 ? "a damaged journal is never written to; it can still be read and reported"
                           : "not one line of it can be read; nothing was changed",
            0};
}

Result<OpenSession> createSession(FileOps& files, const Clock& clock, const std::string& out, const std::string& planText) {
    const bool madeOut = !files.exists(out);
    if (const Status made = files.makeDirs(out); !made) return made.error();
    if (const Status room = checkRoom(files, out); !room) return room.error();
    const auto folder = makeFolder(files, clock, out);
    if (!folder) return folder.error();

    const SessionPaths paths(*folder);
    auto lock = SessionLock::take(files, paths);
    if (!lock) return lock.error();
    if (const Status written = replaceFile(files, paths.plan(), planText); !written) return written.error();
    if (const Status made = files.makeDirs(paths.stateDir()); !made) return made.error();
    auto journal = Journal::create(files, paths.journal()); // syncs the folder: lock, plan and state/ too
    if (!journal) return journal.error();
    if (const Status synced = files.syncDir(out); !synced) return synced.error();
    if (madeOut) {
        if (const Status synced = files.syncDir(parentFolder(out)); !synced) return synced.error();
    }
    return OpenSession{paths, lock.take(), journal.take(), {}, {}};
}

Result<OpenSession> reopenSession(FileOps& files, const std::string& folder, const std::function<void(JournalLine)>& onLine) {
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal()))
        return Error{ErrorKind::Storage, "there is no session here (no journal.jsonl)", folder,
                     "give the folder that `looptax run` named in its last line", 0};
    auto lock = SessionLock::take(files, paths);
    if (!lock) return lock.error();
    const auto read = readJournal(files, paths.journal(), onLine);
    if (!read) return read.error();
    if (read->newer)
        return Error{ErrorKind::Newer, "the session was written by a newer version of looptax", folder,
                     "resume it with that version; reading it works", 0};
    if (read->damagedLine != 0) return damageError(paths, *read);
    auto torn = setTornTailAside(files, paths.journal(), *read);
    if (!torn) return torn.error();
    if (read->lacksLineEnd)
        if (const Status ended = endLastLine(files, paths.journal()); !ended) return ended.error();
    // Archives and version control drop empty folders.
    if (const Status made = files.makeDirs(paths.stateDir()); !made) return made.error();
    auto journal = Journal::reopen(files, paths.journal(), read->nextSeq, read->goodBytes + (read->lacksLineEnd ? 1 : 0));
    if (!journal) return journal.error();
    return OpenSession{paths, lock.take(), journal.take(), *read, torn.take()};
}

} // namespace looptax
