// The real file layer with a fault in it: the n-th call fails (once, or from then on), or a write takes less
// than it is given. Counts the calls that can fail, so that a loop over n knows when it has seen all, and
// watches the handles: none may leak, none may be used after its sync failed. Any thread may call it.
#pragma once

#include "base/file_ops.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace looptax {

class FaultyFileOps final : public FileOps {
    template <class Look> auto locked(Look look) const {
        const std::lock_guard lock(m_mutex);
        return look();
    }

public:
    static constexpr int kUsual = 0; // the errno that such a call gives on a bad day: ENOSPC for a write...

    // n counts from 1, from now on; 0 = no fault.
    void failCall(int n, int errnoCode = kUsual, bool fromThenOn = false) {
        const std::lock_guard lock(m_mutex);
        m_calls = 0;
        m_failAt = n;
        m_errno = errnoCode;
        m_stays = fromThenOn;
    }
    // When the call that is to fail is a write, it takes half and reports that half as a success.
    void shortenInsteadOfFailing(bool on) { m_shorten = on; }
    void writeShort(bool on) { m_short = on; } // every write takes half, every read a few bytes
    void setFreeBytes(std::int64_t bytes) { m_free = bytes; }
    void atSync(std::function<void()> call) { m_atSync = std::move(call); }

    int calls() const {
        return locked([&] { return m_calls; });
    }
    bool fired() const {
        return locked([&] { return m_failAt > 0 && m_calls >= m_failAt; });
    }
    // What the call that failed was: "write", "sync"...
    std::string failed() const {
        return locked([&] { return m_failed; });
    }
    int openHandles() const {
        return locked([&] { return int(m_handles.size()); });
    }
    int usesAfterFailedSync() const {
        return locked([&] { return m_usesAfterFailedSync; });
    }

    Result<Handle> open(const std::string& path, OpenMode mode) override {
        if (fails("open")) return error(path, EACCES);
        auto file = m_files.open(path, mode);
        if (file) locked([&] { return m_handles.insert(*file).second; });
        return file;
    }
    Result<std::size_t> write(Handle file, std::string_view bytes) override {
        touch(file);
        if (fails("write")) {
            if (m_shorten) return m_files.write(file, bytes.substr(0, bytes.size() / 2));
            // A disk that fills up takes a part first.
            if (bytes.size() > 1) (void)m_files.write(file, bytes.substr(0, bytes.size() / 2));
            return error("file", ENOSPC);
        }
        if (m_short && bytes.size() > 1) bytes = bytes.substr(0, (bytes.size() + 1) / 2);
        return m_files.write(file, bytes);
    }
    Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) override {
        touch(file);
        if (fails("read")) return error("file", EIO);
        return m_files.readAt(file, offset, m_short ? std::max<std::size_t>(1, std::min<std::size_t>(max, 7)) : max);
    }
    Result<std::int64_t> size(Handle file) override {
        touch(file);
        if (fails("size")) return error("file", EIO);
        return m_files.size(file);
    }
    void beginSync(Handle file) override {
        touch(file);
        m_files.beginSync(file);
    }
    Status sync(Handle file) override {
        touch(file);
        if (m_atSync) m_atSync();
        if (fails("sync")) {
            locked([&] { return m_failedSync.insert(file).second; });
            return error("file", EIO);
        }
        return m_files.sync(file);
    }
    Status truncate(Handle file, std::int64_t size) override {
        touch(file);
        if (fails("truncate")) return error("file", EIO);
        return m_files.truncate(file, size);
    }
    Status close(Handle file) override {
        // The descriptor is gone either way, as on a real system.
        locked([&] { return m_handles.erase(file) + m_failedSync.erase(file); });
        const bool bad = fails("close");
        const Status status = m_files.close(file);
        if (bad) return error("file", EIO);
        return status;
    }
    Result<bool> tryLock(Handle file) override {
        touch(file);
        if (fails("lock")) return error("file", ENOLCK);
        return m_files.tryLock(file);
    }
    Status imitate(Handle file, const FileFacts& like) override {
        touch(file);
        if (fails("imitate")) return error("file", EPERM);
        return m_files.imitate(file, like);
    }
    Result<FileFacts> facts(const std::string& path) override {
        if (fails("facts")) return error(path, EACCES);
        return m_files.facts(path);
    }
    Status rename(const std::string& from, const std::string& to) override {
        if (fails("rename")) return error(to, EIO);
        return m_files.rename(from, to);
    }
    Status syncDir(const std::string& folder) override {
        if (fails("syncDir")) return error(folder, EIO);
        return m_files.syncDir(folder);
    }
    Status makeDirs(const std::string& folder) override {
        if (fails("makeDirs")) return error(folder, EROFS);
        return m_files.makeDirs(folder);
    }
    Status remove(const std::string& path) override {
        if (fails("remove")) return error(path, EIO);
        return m_files.remove(path);
    }
    bool exists(const std::string& path) override { return m_files.exists(path); }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        if (fails("list")) return error(folder, EIO);
        return m_files.list(folder);
    }
    Result<std::int64_t> freeBytes(const std::string& folder) override {
        if (fails("freeBytes")) return error(folder, EIO);
        return m_free ? Result<std::int64_t>(*m_free) : m_files.freeBytes(folder);
    }

private:
    bool fails(const char* what) {
        const std::lock_guard lock(m_mutex);
        ++m_calls;
        const bool now = m_failAt > 0 && (m_stays ? m_calls >= m_failAt : m_calls == m_failAt);
        if (now && m_calls == m_failAt) m_failed = what;
        return now;
    }
    void touch(Handle file) {
        const std::lock_guard lock(m_mutex);
        m_usesAfterFailedSync += int(m_failedSync.count(file));
    }
    Error error(const std::string& where, int usual) const {
        const std::lock_guard lock(m_mutex);
        return {ErrorKind::Storage, "injected failure", where, {}, m_errno == kUsual ? usual : m_errno};
    }

    SystemFileOps m_files;
    mutable std::mutex m_mutex; // of what follows; settings that are no number are made before any thread begins
    int m_calls = 0;
    int m_failAt = 0;
    int m_errno = kUsual;
    bool m_stays = false;
    bool m_shorten = false;
    bool m_short = false;
    std::string m_failed;
    std::set<Handle> m_handles;
    std::set<Handle> m_failedSync;
    int m_usesAfterFailedSync = 0;
    std::optional<std::int64_t> m_free;
    std::function<void()> m_atSync;
};

} // namespace looptax
