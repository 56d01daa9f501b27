// The real file system with one planned fault: the n-th call of those that can fail does, with ENOSPC or EIO.
#pragma once

#include "base/file_ops.h"

#include <cerrno>
#include <optional>
#include <set>

namespace looptax {

class NthFailure final : public FileOps {
public:
    enum class Way { Fail, ShortWrite }; // ShortWrite: a failing write takes half of the bytes

    explicit NthFailure(int n, Way way = Way::Fail)
        : m_left(n)
        , m_way(way) {}

    bool fired() const { return m_left <= 0; }
    // Handles used after their sync failed: there must be none.
    int usesAfterFailedSync() const { return m_usesAfterFailedSync; }
    int openHandles() const { return int(m_handles.size()); }

    Result<Handle> open(const std::string& path, OpenMode mode) override {
        if (due()) return fault(EACCES);
        auto file = m_real.open(path, mode);
        if (file) m_handles.insert(*file);
        return file;
    }
    Result<std::size_t> write(Handle file, std::string_view bytes) override {
        touch(file);
        if (due()) {
            if (m_way == Way::Fail) return fault(ENOSPC);
            return m_real.write(file, bytes.substr(0, bytes.size() / 2));
        }
        return m_real.write(file, bytes);
    }
    Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) override {
        touch(file);
        if (due()) return fault(EIO);
        return m_real.readAt(file, offset, max);
    }
    Result<std::int64_t> size(Handle file) override {
        touch(file);
        if (due()) return fault(EIO);
        return m_real.size(file);
    }
    Status sync(Handle file) override {
        touch(file);
        if (due()) {
            m_failedSync.insert(file);
            return fault(EIO);
        }
        return m_real.sync(file);
    }
    Status truncate(Handle file, std::int64_t size) override {
        touch(file);
        if (due()) return fault(EIO);
        return m_real.truncate(file, size);
    }
    Status close(Handle file) override {
        m_handles.erase(file);
        m_failedSync.erase(file);
        const Status closed = m_real.close(file);
        if (due()) return fault(EIO);
        return closed;
    }
    Result<bool> tryLock(Handle file) override {
        touch(file);
        if (due()) return fault(ENOLCK);
        return m_real.tryLock(file);
    }
    Status rename(const std::string& from, const std::string& to) override {
        if (due()) return fault(EIO);
        return m_real.rename(from, to);
    }
    Status syncDir(const std::string& folder) override {
        if (due()) return fault(EIO);
        return m_real.syncDir(folder);
    }
    Status makeDirs(const std::string& folder) override {
        if (due()) return fault(EROFS);
        return m_real.makeDirs(folder);
    }
    Status remove(const std::string& path) override {
        if (due()) return fault(EIO);
        return m_real.remove(path);
    }
    bool exists(const std::string& path) override { return m_real.exists(path); }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        if (due()) return fault(EIO);
        return m_real.list(folder);
    }
    Result<std::int64_t> freeBytes(const std::string& folder) override {
        if (due()) return fault(EIO);
        return m_free ? Result<std::int64_t>(*m_free) : m_real.freeBytes(folder);
    }
    void setFreeBytes(std::int64_t bytes) { m_free = bytes; }

private:
    bool due() { return --m_left == 0; }
    void touch(Handle file) { m_usesAfterFailedSync += int(m_failedSync.count(file)); }
    static Error fault(int code) { return {ErrorKind::Storage, "planned fault", {}, {}, code}; }

    SystemFileOps m_real;
    int m_left;
    Way m_way;
    std::set<Handle> m_handles;
    std::set<Handle> m_failedSync;
    int m_usesAfterFailedSync = 0;
    std::optional<std::int64_t> m_free;
};

} // namespace looptax
