// All file access that must survive a crash goes through this small interface, so that a test can fail the n-th call,
// write short, or lose what was never synced. Paths are UTF-8. Every call says errno in Error::code.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

enum class OpenMode {
    Read,
    CreateExclusive, // write; fails when the file exists; mode 0600
    Append,          // write at the end; the file must exist
    LockFile         // read and write; made when missing
};

class FileOps {
public:
    using Handle = int;

    virtual ~FileOps() = default;
    virtual Result<Handle> open(const std::string& path, OpenMode mode) = 0;
    // Returns how many bytes were taken: fewer than given is legal and must be checked.
    virtual Result<std::size_t> write(Handle file, std::string_view bytes) = 0;
    // Reads at most max bytes at offset; an empty string is the end of the file.
    virtual Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) = 0;
    virtual Result<std::int64_t> size(Handle file) = 0;
    virtual Status sync(Handle file) = 0; // fdatasync; F_FULLFSYNC on macOS. After an error never reuse the handle.
    virtual Status truncate(Handle file, std::int64_t size) = 0;
    virtual Status close(Handle file) = 0;
    // False when another process holds it. The lock is freed when the handle is closed or its holder dies.
    virtual Result<bool> tryLock(Handle file) = 0;

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
    Status sync(Handle file) override;
    Status truncate(Handle file, std::int64_t size) override;
    Status close(Handle file) override;
    Result<bool> tryLock(Handle file) override;
    Status rename(const std::string& from, const std::string& to) override;
    Status syncDir(const std::string& folder) override;
    Status makeDirs(const std::string& folder) override;
    Status remove(const std::string& path) override;
    bool exists(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& folder) override;
    Result<std::int64_t> freeBytes(const std::string& folder) override;
};

// The whole file, refused above the limit.
Result<std::string> readFile(FileOps& files, const std::string& path, std::int64_t limit = std::int64_t(1) << 30);

// Old content or new content after a crash at any point, never a mix and never empty: temporary file in the same
// folder, write, sync, close, rename, sync of the folder (each step checked).
Status replaceFile(FileOps& files, const std::string& path, std::string_view content);

std::string parentFolder(const std::string& path);
std::string joinPath(const std::string& folder, const std::string& name);

} // namespace looptax
