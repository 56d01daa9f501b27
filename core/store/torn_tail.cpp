#include "store/journal.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr std::int64_t kChunk = std::int64_t(1) << 20;

Status copyRange(FileOps& files, const std::string& path, FileOps::Handle from, std::int64_t begin, std::int64_t end,
                 FileOps::Handle to) {
    while (begin < end) {
        const auto chunk = files.readAt(from, begin, std::size_t(std::min(end - begin, kChunk)));
        if (!chunk) return chunk.error();
        if (chunk->empty()) return Error{ErrorKind::Storage, "the journal became shorter meanwhile", path, {}, 0};
        const auto written = files.write(to, *chunk);
        if (!written) return written.error();
        if (*written == 0) return Error{ErrorKind::Storage, "the disk is full", path, "free some space", 0};
        begin += std::int64_t(*written);
    }
    return {};
}

// The copy is on the disk, name and all, before the original is cut.
Status copyTail(FileOps& files, const std::string& path, const JournalRead& read, const std::string& aside) {
    const auto from = files.open(path, OpenMode::Read);
    if (!from) return from.error();
    const auto to = files.open(aside, OpenMode::CreateExclusive);
    Status status = to ? Status{} : Status{to.error()};
    if (to) {
        status = copyRange(files, path, *from, read.goodBytes, read.goodBytes + read.tornBytes, *to);
        if (status) status = files.sync(*to);
        if (const Status closed = files.close(*to); status && !closed) status = closed;
        if (status) status = files.syncDir(parentFolder(path));
        if (!status) (void)files.remove(aside);
    }
    (void)files.close(*from);
    return status;
}

Status cutBack(FileOps& files, const std::string& path, std::int64_t size) {
    const auto file = files.open(path, OpenMode::Append);
    if (!file) return file.error();
    Status status = files.truncate(*file, size);
    if (status) status = files.sync(*file);
    if (const Status closed = files.close(*file); status && !closed) status = closed;
    return status;
}

} // namespace

Status endLastLine(FileOps& files, const std::string& path) {
    const auto file = files.open(path, OpenMode::Append);
    if (!file) return file.error();
    const auto written = files.write(*file, "\n");
    Status status = written ? Status{} : Status{written.error()};
    if (status && *written == 0) status = Error{ErrorKind::Storage, "the disk is full", path, "free some space", 0};
    if (status) status = files.sync(*file);
    if (const Status closed = files.close(*file); status && !closed) status = closed;
    return status;
}

Result<std::string> setTornTailAside(FileOps& files, const std::string& path, const JournalRead& read) {
    if (read.damagedLine != 0) return Error{ErrorKind::Corrupt, "a damaged journal is not cut back", path, {}, 0};
    if (read.tornBytes == 0) return std::string{};
    int n = 1;
    while (files.exists(path + "." + std::to_string(n) + ".torn")) ++n;
    const std::string aside = path + "." + std::to_string(n) + ".torn";
    if (const Status copied = copyTail(files, path, read, aside); !copied) return copied.error();
    if (const Status cut = cutBack(files, path, read.goodBytes); !cut) return cut.error();
    return aside;
}

} // namespace looptax
