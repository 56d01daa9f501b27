#include "store/load_session.h"

#include "store/session.h"

namespace looptax {

Result<LoadedSession> loadSession(FileOps& files, const std::string& folder) {
    LoadedSession out;
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal()))
        return Error{ErrorKind::Storage, "there is no session here (no journal.jsonl)", folder,
                     "give the folder that `looptax run` named in its last line", 0};
    auto read = readJournal(files, paths.journal(), [&](JournalLine line) { out.store.apply(line); });
    if (!read) return read.error();
    out.read = read.take();
    // Nothing to show, and nothing that an empty session could be told from.
    if (out.read.lines == 0 && out.read.damagedLine != 0) return damageError(paths, out.read);
    return out;
}

} // namespace looptax
