#include "base/file_ops.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <optional>
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

// The descriptor that a path is another name of. Opening such a name would begin at the start of a file that >> goes on
// with, and fails for sockets.
std::optional<int> descriptorNamed(std::string_view path) {
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (path.substr(0, folder.size()) != folder) continue;
        const auto number = parseInteger(path.substr(folder.size()));
        if (number && *number >= 0 && *number < 1'000'000) return int(*number);
    }
    return std::nullopt;
}

} // namespace

FileOps::Handle SystemFileOps::remember(Handle file, const std::string& path) {
    const std::lock_guard<std::mutex> guard(m_mutex);
    m_paths[file] = path;
    return file;
}

std::string SystemFileOps::pathOf(Handle file) {
    const std::lock_guard<std::mutex> guard(m_mutex);
    const auto known = m_paths.find(file);
    return known == m_paths.end() ? std::string() : known->second;
}

Result<FileOps::Handle> SystemFileOps::open(const std::string& path, OpenMode mode) {
    int flags = O_CLOEXEC;
    switch (mode) {
    case OpenMode::Read: flags |= O_RDONLY | O_NONBLOCK; break; // of no effect on regular files
    case OpenMode::ReadAny: flags |= O_RDONLY; break;
    case OpenMode::CreateExclusive:
    case OpenMode::CreateForUser: flags |= O_WRONLY | O_CREAT | O_EXCL; break;
    case OpenMode::Overwrite: flags |= O_WRONLY | O_NOCTTY; break;
    case OpenMode::Append: flags |= O_WRONLY | O_APPEND; break;
    case OpenMode::LockFile: flags |= O_RDWR | O_CREAT | O_NOFOLLOW; break;
    }
    const auto own = mode == OpenMode::Overwrite ? descriptorNamed(path) : std::nullopt;
    const int file =
        own ? ::fcntl(*own, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), flags, mode == OpenMode::CreateForUser ? 0666 : 0600);
    if (file < 0) {
        Error error = failed("open the file", path);
        if ((mode == OpenMode::Read || mode == OpenMode::ReadAny) && error.code == EACCES)
            error.hint = "ask its owner for the right to read it";
        return error;
    }
    struct stat info {};
    if (mode == OpenMode::Read && ::fstat(file, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
        ::close(file);
        return Error{ErrorKind::Storage, "it is not a regular file", path, "a pipe or a device cannot be read here", EINVAL};
    }
    return remember(file, path);
}

Result<std::size_t> SystemFileOps::write(Handle file, std::string_view bytes) {
    while (true) {
        const ssize_t n = ::write(file, bytes.data(), bytes.size());
        if (n >= 0) return std::size_t(n);
        if (errno != EINTR) return failed("write", pathOf(file));
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
        if (errno == ESPIPE) {
            const ssize_t next = ::read(file, out.data(), max);
            if (next >= 0) {
                out.resize(std::size_t(next));
                return out;
            }
        }
        if (errno != EINTR) return failed("read", pathOf(file));
    }
}

Result<std::int64_t> SystemFileOps::size(Handle file) {
    struct stat info {};
    if (::fstat(file, &info) != 0) return failed("look at the file", pathOf(file));
    return std::int64_t(info.st_size);
}

void SystemFileOps::beginSync(Handle file) {
#ifdef SYNC_FILE_RANGE_WRITE
    // What fails here fails in the sync() that follows: it waits for these pages too.
    (void)::sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)file;
#endif
}

Status SystemFileOps::sync(Handle file) {
#ifdef F_FULLFSYNC
    if (::fcntl(file, F_FULLFSYNC) == 0) return {};
#endif
    if (::fdatasync(file) != 0) return failed("bring the data to the disk", pathOf(file));
    return {};
}

Status SystemFileOps::truncate(Handle file, std::int64_t size) {
    if (::ftruncate(file, size) != 0) return failed("cut the file back", pathOf(file));
    return {};
}

Status SystemFileOps::close(Handle file) {
    // EINTR on Linux means closed all the same: trying again could close a stranger's descriptor.
    // Forgotten before: another thread may be given the number at once.
    std::string path;
    {
        const std::lock_guard<std::mutex> guard(m_mutex);
        path = std::move(m_paths[file]);
        m_paths.erase(file);
    }
    if (::close(file) != 0 && errno != EINTR) return failed("close", path);
    return {};
}

Result<bool> SystemFileOps::tryLock(Handle file) {
    if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return failed("lock", pathOf(file));
}

Status SystemFileOps::imitate(Handle file, const FileFacts& like) {
    struct stat info {};
    if (::fstat(file, &info) != 0) return failed("look at the file", pathOf(file));
    const bool sameOwner = info.st_uid == like.owner && info.st_gid == like.group;
    if (!sameOwner && ::fchown(file, like.owner, like.group) != 0) return failed("set the owner", pathOf(file));
    if (::fchmod(file, mode_t(like.mode)) != 0) return failed("set the mode", pathOf(file));
    return {};
}

Result<FileFacts> SystemFileOps::facts(const std::string& path) {
    FileFacts out;
    out.target = path;
    struct stat info {};
    const bool there = ::stat(path.c_str(), &info) == 0;
    if (!there && errno != ENOENT) return failed("look at the file", path);
    if (there && S_ISDIR(info.st_mode)) {
        out.kind = FileKind::Folder;
        std::array<char, 4096> to{};
        const ssize_t length = ::readlink(path.c_str(), to.data(), to.size()); // fails for what is no link
        if (length > 0) out.target.assign(to.data(), std::size_t(length));
        return out;
    }
    out.kind = !there ? FileKind::Missing : S_ISREG(info.st_mode) ? FileKind::Regular : FileKind::Other;
    constexpr int kMostLinks = 40; // as many as the kernel follows
    struct stat step {};
    for (int i = 0; out.kind != FileKind::Other; ++i) {
        if (descriptorNamed(out.target)) {
            out.kind = FileKind::Other;
            return out;
        }
        const bool known = ::lstat(out.target.c_str(), &step) == 0;
        if (!known && errno != ENOENT) return failed("look at the file", path);
        if (!known || !S_ISLNK(step.st_mode)) break;
        std::array<char, 4096> next{};
        const ssize_t length = ::readlink(out.target.c_str(), next.data(), next.size());
        if (length < 0) return failed("follow the link", out.target);
        if (i >= kMostLinks) {
            errno = ELOOP;
            return failed("follow the link", path);
        }
        const std::string to(next.data(), std::size_t(length));
        out.target = to.substr(0, 1) == "/" ? to : joinPath(parentFolder(out.target), to);
    }
    if (out.kind != FileKind::Regular) return out;
    // Links of /proc name a file that may have another name by now, or none: then it has no name to be replaced under.
    if (step.st_dev != info.st_dev || step.st_ino != info.st_ino) {
        out.target = path;
        return out;
    }
    out.mode = unsigned(info.st_mode & 07777);
    out.owner = unsigned(info.st_uid);
    out.group = unsigned(info.st_gid);
    out.links = static_cast<unsigned long>(info.st_nlink);
    return out;
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
