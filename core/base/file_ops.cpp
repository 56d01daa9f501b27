#include "base/file_ops.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace looptax {

namespace {

Error failed(const std::string& doing, const std::string& path) {
    const int code = errno;
    Error error{ErrorKind::Storage, "cannot " + doing + ": " + std::strerror(code), path, {}, code};
    if (code == ENOSPC || code == EDQUOT) error.hint = "free some space or choose another folder";
    if (code == EACCES || code == EROFS || code == EPERM) error.hint = "choose a folder you may write to";
    return error;
}

std::string name(FileOps::Handle file) { return "file " + std::to_string(file); }

} // namespace

Result<FileOps::Handle> SystemFileOps::open(const std::string& path, OpenMode mode) {
    int flags = O_CLOEXEC;
    switch (mode) {
    case OpenMode::Read: flags |= O_RDONLY; break;
    case OpenMode::CreateExclusive: flags |= O_WRONLY | O_CREAT | O_EXCL; break;
    case OpenMode::Append: flags |= O_WRONLY | O_APPEND; break;
    case OpenMode::LockFile: flags |= O_RDWR | O_CREAT; break;
    }
    const int file = ::open(path.c_str(), flags, 0600);
    if (file < 0) return failed("open the file", path);
    return file;
}

Result<std::size_t> SystemFileOps::write(Handle file, std::string_view bytes) {
    while (true) {
        const ssize_t n = ::write(file, bytes.data(), bytes.size());
        if (n >= 0) return std::size_t(n);
        if (errno != EINTR) return failed("write", name(file));
    }
}

Result<std::string> SystemFileOps::readAt(Handle file, std::int64_t offset, std::size_t max) {
    std::string out(max, '\0');
    while (true) {
        const ssize_t n = ::pread(file, out.data(), max, offset);
        if (n >= 0) {
            out.resize(std::size_t(n));
            return out;
        }
        if (errno != EINTR) return failed("read", name(file));
    }
}

Result<std::int64_t> SystemFileOps::size(Handle file) {
    struct stat info {};
    if (::fstat(file, &info) != 0) return failed("look at the file", name(file));
    return std::int64_t(info.st_size);
}

Status SystemFileOps::sync(Handle file) {
#ifdef F_FULLFSYNC
    if (::fcntl(file, F_FULLFSYNC) == 0) return {};
#endif
    if (::fdatasync(file) != 0) return failed("bring the data to the disk", name(file));
    return {};
}

Status SystemFileOps::truncate(Handle file, std::int64_t size) {
    if (::ftruncate(file, size) != 0) return failed("cut the file back", name(file));
    return {};
}

Status SystemFileOps::close(Handle file) {
    // EINTR on Linux means closed all the same: trying again could close a stranger's descriptor.
    if (::close(file) != 0 && errno != EINTR) return failed("close", name(file));
    return {};
}

Result<bool> SystemFileOps::tryLock(Handle file) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failed("lock", name(file));
}

Status SystemFileOps::rename(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename " + from, to);
    return {};
}

Status SystemFileOps::syncDir(const std::string& folder) {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return failed("open the folder", folder);
    const bool synced = ::fsync(file) == 0 || errno == EINVAL; // some file systems have nothing to sync here
    const Status result = synced ? Status{} : Status{failed("bring the folder to the disk", folder)};
    ::close(file);
    return result;
}

Status SystemFileOps::makeDirs(const std::string& folder) {
    for (std::size_t at = 1; at <= folder.size(); ++at) {
        if (at < folder.size() && folder[at] != '/') continue;
        const std::string part = folder.substr(0, at);
        if (::mkdir(part.c_str(), 0777) != 0 && errno != EEXIST) return failed("make the folder", part);
    }
    struct stat info {};
    if (::stat(folder.c_str(), &info) != 0) return failed("look at the folder", folder);
    if (!S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        return failed("use it as a folder", folder);
    }
    return {};
}

Status SystemFileOps::remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("remove", path);
    return {};
}

bool SystemFileOps::exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<std::vector<std::string>> SystemFileOps::list(const std::string& folder) {
    DIR* dir = ::opendir(folder.c_str());
    if (dir == nullptr) return failed("read the folder", folder);
    std::vector<std::string> out;
    while (const dirent* item = ::readdir(dir)) {
        const std::string itemName = item->d_name;
        if (itemName != "." && itemName != "..") out.push_back(itemName);
    }
    ::closedir(dir);
    std::sort(out.begin(), out.end());
    return out;
}

Result<std::int64_t> SystemFileOps::freeBytes(const std::string& folder) {
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0) return failed("ask for free space", folder);
    return std::int64_t(info.f_bavail) * std::int64_t(info.f_frsize);
}

Result<std::string> readFile(FileOps& files, const std::string& path, std::int64_t limit) {
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return file.error();
    std::string out;
    Result<std::string> result = std::string{};
    while (true) {
        auto chunk = files.readAt(*file, std::int64_t(out.size()), std::size_t(1) << 18);
        if (!chunk) {
            result = chunk.error();
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

Status replaceFile(FileOps& files, const std::string& path, std::string_view content) {
    const std::string temporary = path + ".new";
    // Left behind by a crash; ours alone, since a session has one writer.
    if (auto status = files.remove(temporary); !status) return status;
    const auto file = files.open(temporary, OpenMode::CreateExclusive);
    if (!file) return file.error();
    Status status;
    std::string_view rest = content;
    while (status && !rest.empty()) {
        const auto n = files.write(*file, rest);
        if (!n) {
            status = n.error();
        } else if (*n == 0) {
            status = Error{ErrorKind::Storage, "the disk took no more bytes", temporary, "free some space", 0};
        } else {
            rest.remove_prefix(*n);
        }
    }
    if (status) status = files.sync(*file);
    if (const auto closed = files.close(*file); status && !closed) status = closed;
    if (status) status = files.rename(temporary, path);
    if (!status) {
        (void)files.remove(temporary);
        return status;
    }
    return files.syncDir(parentFolder(path));
}

std::string parentFolder(const std::string& path) {
    const std::size_t at = path.rfind('/');
    if (at == std::string::npos) return ".";
    return at == 0 ? "/" : path.substr(0, at);
}

std::string joinPath(const std::string& folder, const std::string& name) {
    if (folder.empty()) return name;
    return folder.back() == '/' ? folder + name : folder + "/" + name;
}

} // namespace looptax
