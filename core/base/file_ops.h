// All file access that must survive a crash goes through this small interface, so that a test can fail the n-th call,
// write short, or lose what was never synced. Paths are UTF-8. Every call says errno in Error::code, and the path in
// Error::where, of open files too.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

enum class OpenMode {
    Read,            // a regular file or a link to one: a FIFO, which nobody may ever write to, is refused without waiting
    ReadAny,         // whatever a person named: FIFOs, devices, /dev/stdin too
    CreateExclusive, // write; fails when the file exists; mode 0600
    CreateForUser,   // the same with mode 0666 less the umask
    Overwrite,       // write from the start of what exists, a FIFO or a device too; cuts nothing off. /dev/stdout,
                     // /dev/fd/N and their like are the descriptors this program was started with
    Append,          // write at the end; the file must exist
    LockFile         // read and write; made when missing. Not through a link: the text of a lock is cut off and written
                     // anew, and a session folder may come from anybody
};

enum class FileKind { Missing, Regular, Folder, Other }; // Other: FIFO, device, socket, a descriptor of our own

// What a path leads to, links followed.
struct FileFacts {
    FileKind kind = FileKind::Missing;
    std::string target; // the path behind the links, where nothing is there yet too
    unsigned mode = 0;  // permission bits; this and the rest of Regular alone
    unsigned owner = 0;
    unsigned group = 0;
    unsigned long links = 0; // names of the file: more than 1 with hard links, 0 where none is known
};

class FileOps {
public:
    using Handle = int;

    virtual ~FileOps() = default;
    virtual Result<Handle> open(const std::string& path, OpenMode mode) = 0;
    // Returns how many bytes were taken: fewer than given is legal and must be checked.
    virtual Result<std::size_t> write(Handle file, std::string_view bytes) = 0;
    // Reads at most max bytes at offset; an empty string is the end of the file. What cannot be read at an offset (a
    // FIFO, a terminal) gives its next bytes.
    virtual Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) = 0;
    virtual Result<std::int64_t> size(Handle file) = 0;
    // The disk begins to take what was written, while the caller goes on; only a sync() afterwards tells that it has.
    virtual void beginSync(Handle file) = 0;
    virtual Status sync(Handle file) = 0; // fdatasync; F_FULLFSYNC on macOS. After an error never reuse the handle.
    virtual Status truncate(Handle file, std::int64_t size) = 0;
    virtual Status close(Handle file) = 0;
    // False when another process holds it. The lock is freed when the handle is closed or its holder dies.
    virtual Result<bool> tryLock(Handle file) = 0;
    virtual Status imitate(Handle file, const FileFacts& like) = 0; // owner, group and mode of another file

    virtual Result<FileFacts> facts(const std::string& path) = 0; // nothing there is no error
    virtual Status rename(const std::string& from, const std::string& to) = 0;
    virtual Status syncDir(const std::string& folder) = 0; // makes a create or rename inside it durable
    virtual Status makeDirs(const std::string& folder) = 0;
    virtual Status remove(const std::string& path) = 0; // a missing file is not an error
    virtual bool exists(const std::string& path) = 0;
    virtual Result<std::vector<std::string>> list(const std::string& folder) = 0; // names, sorted
    virtual Result<std::int64_t> freeBytes(const std::string& folder) = 0;
};

class SystemFileOps final : public FileOps {
public:
    Result<Handle> open(const std::string& path, OpenMode mode) override;
    Result<std::size_t> write(Handle file, std::string_view bytes) override;
    Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) override;
    Result<std::int64_t> size(Handle file) override;
    void beginSync(Handle file) override;
    Status sync(Handle file) override;
    Status truncate(Handle file, std::int64_t size) override;
    Status close(Handle file) override;
    Result<bool> tryLock(Handle file) override;
    Status imitate(Handle file, const FileFacts& like) override;
    Result<FileFacts> facts(const std::string& path) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status syncDir(const std::string& folder) override;
    Status makeDirs(const std::string& folder) override;
    Status remove(const std::string& path) override;
    bool exists(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<std::int64_t> freeBytes(const std::string& folder) override;

private:
    Handle remember(Handle file, const std::string& path);
    std::string pathOf(Handle file);

    std::mutex m_mutex; // one object serves the window and its workers
    std::map<Handle, std::string> m_paths;
};

std::string parentFolder(const std::string& path);
std::string joinPath(const std::string& folder, const std::string& name);

} // namespace looptax
