// The real file layer with a fault in it: the n-th call fails with an errno (once, or from then on), or every
// write takes half of what it is given. Counts the calls that can fail, so that a loop over n knows when it
// has seen all.
#pragma once

#include "base/file_ops.h"

#include <algorithm>
#include <string>

namespace looptax {

class FaultyFileOps final : public FileOps {
public:
    // n counts from 1, from now on; 0 = no fault.
    void failCall(int n, int errnoCode, bool fromThenOn = false) {
        m_calls = 0;
        m_failAt = n;
        m_errno = errnoCode;
        m_stays = fromThenOn;
    }
    void writeShort(bool on) { m_short = on; }
    int calls() const { return m_calls; }
    // What the call that failed was: "write", "sync"...
    const std::string& failed() const { return m_failed; }

    Result<Handle> open(const std::string& path, OpenMode mode) override {
        if (fails("open")) return error(path);
        return m_files.open(path, mode);
    }
    Result<std::size_t> write(Handle file, std::string_view bytes) override {
        if (fails("write")) {
            // A disk that fills up takes a part first.
            if (bytes.size() > 1) (void)m_files.write(file, bytes.substr(0, bytes.size() / 2));
            return error("file");
        }
        if (m_short && bytes.size() > 1) bytes = bytes.substr(0, (bytes.size() + 1) / 2);
        return m_files.write(file, bytes);
    }
    Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) override {
        if (fails("read")) return error("file");
        return m_files.readAt(file, offset,
                              m_short ? std::max<std::size_t>(1, std::min<std::size_t>(max, 7)) : max);
    }
    Result<std::int64_t> size(Handle file) override {
        if (fails("size")) return error("file");
        return m_files.size(file);
    }
    Status sync(Handle file) override {
        if (fails("sync")) return error("file");
        return m_files.sync(file);
    }
    Status truncate(Handle file, std::int64_t size) override {
        if (fails("truncate")) return error("file");
        return m_files.truncate(file, size);
    }
    Status close(Handle file) override {
        // The descriptor is gone either way, as on a real system.
        const bool bad = fails("close");
        const Status status = m_files.close(file);
        if (bad) return error("file");
        return status;
    }
    Result<bool> tryLock(Handle file) override {
        if (fails("lock")) return error("file");
        return m_files.tryLock(file);
    }
    Status rename(const std::string& from, const std::string& to) override {
        if (fails("rename")) return error(to);
        return m_files.rename(from, to);
    }
    Status syncDir(const std::string& folder) override {
        if (fails("syncDir")) return error(folder);
        return m_files.syncDir(folder);
    }
    Status makeDirs(const std::string& folder) override {
        if (fails("makeDirs")) return error(folder);
        return m_files.makeDirs(folder);
    }
    Status remove(const std::string& path) override {
        if (fails("remove")) return error(path);
        return m_files.remove(path);
    }
    bool exists(const std::string& path) override { return m_files.exists(path); }
    Result<std::vector<std::string>> list(const std::string& folder) override {
        if (fails("list")) return error(folder);
        return m_files.list(folder);
    }
    Result<std::int64_t> freeBytes(const std::string& folder) override {
        if (fails("freeBytes")) return error(folder);
        return m_files.freeBytes(folder);
    }

private:
    bool fails(const char* what) {
        ++m_calls;
        const bool now = m_failAt > 0 && (m_stays ? m_calls >= m_failAt : m_calls == m_failAt);
        if (now && m_calls == m_failAt) m_failed = what;
        return now;
    }
    Error error(const std::string& where) const {
        return {ErrorKind::Storage, "injected failure", where, {}, m_errno};
    }

    SystemFileOps m_files;
    int m_calls = 0;
    int m_failAt = 0;
    int m_errno = 0;
    bool m_stays = false;
    bool m_short = false;
    std::string m_failed;
};

} // namespace looptax
