#include "base/whole_file.h"

#include "base/seeded_random.h"
#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <sys/stat.h>

namespace looptax {

static constexpr std::size_t kLeastRead = std::size_t(1) << 14;
static constexpr std::size_t kMostRead = std::size_t(1) << 18;

Result<std::string> readFile(FileOps& files, const std::string& path, std::int64_t limit, OpenMode mode) {
    const auto file = files.open(path, mode);
    if (!file) return file.error();
    std::string out;
    Result<std::string> result = std::string{};
    while (true) {
        // A little at first: a state file is read between two turns, and what it is read into is filled with zeros.
        auto chunk = files.readAt(*file, std::int64_t(out.size()), std::clamp<std::size_t>(out.size(), kLeastRead, kMostRead));
        if (!chunk) {
            result = chunk.error().code == EISDIR ? Error{ErrorKind::Storage, "it is a folder, not a file", path, {}, EISDIR}
                                                  : chunk.error();
            break;
        }
        if (chunk->empty()) {
            result = std::move(out);
            break;
        }
        out += *chunk;
        if (std::int64_t(out.size()) > limit) {
            result = Error{ErrorKind::Storage, "the file is larger than " + std::to_string(limit) + " bytes", path, {}, 0};
            break;
        }
    }
    (void)files.close(*file);
    return result;
}

namespace {

// Writes all and closes, synced where that means something.
Status writeAndClose(FileOps& files, FileOps::Handle file, std::string_view content, bool synced) {
    Status status;
    while (status && !content.empty()) {
        const auto n = files.write(file, content);
        if (!n) status = n.error();
        else if (*n == 0)
            status = Error{ErrorKind::Storage, "cannot write: disk full", {}, "free some space or choose another folder", ENOSPC};
        else content.remove_prefix(*n);
    }
    if (status && synced) status = files.sync(file);
    if (const auto closed = files.close(file); status && !closed) status = closed;
    return status;
}

// The path that the caller knows, not that of a temporary file.
Status about(const std::string& path, const Status& status) {
    if (status) return status;
    Error error = status.error();
    error.where = path;
    return error;
}

enum class Replaced { Yes, No, NotPossible };

struct Replacement {
    Replaced replaced = Replaced::Yes;
    Status status;
};

// like: the file that is replaced, null where there is none. No other file has the temporary one's name, so nobody's is
// lost. Content that does not fit on the disk leaves the old one as it was.
Replacement replaceTarget(FileOps& files, const std::string& target, const FileFacts* like, std::string_view content) {
    const std::string temporary = joinPath(parentFolder(target), ".looptax-" + systemRandomHex(8));
    const auto file = files.open(temporary, like ? OpenMode::CreateExclusive : OpenMode::CreateForUser);
    if (!file) return {Replaced::NotPossible, file.error()};
    if (const Status same = like ? files.imitate(*file, *like) : Status{}; !same) {
        (void)files.close(*file);
        (void)files.remove(temporary);
        return {Replaced::NotPossible, same};
    }
    Status status = writeAndClose(files, *file, content, true);
    const bool complete = status.ok();
    if (complete) status = files.rename(temporary, target);
    if (!status) {
        (void)files.remove(temporary);
        return {complete ? Replaced::NotPossible : Replaced::No, status};
    }
    // It has arrived. A folder that cannot be read cannot be synced either, and a report can be made again.
    (void)files.syncDir(parentFolder(target));
    return {};
}

// The first line of a session's journal, from which everything else of it is made.
bool isJournal(FileOps& files, const std::string& path) {
    constexpr std::string_view kBegin = R"({"v":1,"seq":)";
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return false;
    const auto head = files.readAt(*file, 0, kBegin.size());
    (void)files.close(*file);
    return head && *head == kBegin;
}

} // namespace

Status replaceFile(FileOps& files, const std::string& path, std::string_view content) {
    const std::string temporary = path + ".new";
    // Left behind by a crash; ours alone, since a session has one writer.
    if (auto status = files.remove(temporary); !status) return about(path, status);
    const auto file = files.open(temporary, OpenMode::CreateExclusive);
    if (!file) return about(path, file.error());
    Status status = writeAndClose(files, *file, content, true);
    if (status) status = files.rename(temporary, path);
    if (!status) {
        (void)files.remove(temporary);
        return about(path, status);
    }
    return files.syncDir(parentFolder(path));
}

Status writeUserFile(FileOps& files, const std::string& path, std::string_view content) {
    if (path.empty()) return Error{ErrorKind::Storage, "the name of the file to write is empty", {}, "name a file", ENOENT};
    const auto facts = files.facts(path);
    if (!facts) return about(path, facts.error());
    if (facts->kind == FileKind::Folder)
        return Error{ErrorKind::Storage, "cannot write: it is a folder", path, "name a file inside it", EISDIR};
    if (facts->kind == FileKind::Missing) return about(path, replaceTarget(files, facts->target, nullptr, content).status);

    if (facts->kind == FileKind::Regular && isJournal(files, facts->target))
        return Error{ErrorKind::Storage, "cannot write: it is the journal of a session, which cannot be made again", path,
                     "choose another name", EEXIST};

    // Opened first: a file that may not be written is not to be replaced either.
    const auto file = files.open(facts->target, OpenMode::Overwrite);
    if (!file) return about(path, file.error());
    const bool regular = facts->kind == FileKind::Regular;
    if (regular && facts->links == 1) {
        const Replacement done = replaceTarget(files, facts->target, &*facts, content);
        if (done.replaced != Replaced::NotPossible) {
            (void)files.close(*file);
            return about(path, done.status);
        }
    }
    if (const Status emptied = regular ? files.truncate(*file, 0) : Status{}; !emptied) {
        (void)files.close(*file);
        return about(path, emptied);
    }
    return about(path, writeAndClose(files, *file, content, regular));
}

} // namespace looptax
