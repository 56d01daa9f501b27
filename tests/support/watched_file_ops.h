// A file layer that watches where it is called from: nothing of a window may read or write on the thread of its loop.
// And it can stand for a disk that hangs: every call waits until it is released.
#pragma once

#include "base/file_ops.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>
#include <QThread>

#include <condition_variable>
#include <mutex>
#include <string>

namespace looptax {

class WatchedFileOps final : public FileOps {
public:
    explicit WatchedFileOps(FileOps& files) : m_files(files) {}

    // Calls that were made on the thread of the window: "open /a/b". Each once.
    QStringList onWindowThread() const {
        const std::lock_guard lock(m_mutex);
        return m_wrong;
    }
    void hang() {
        const std::lock_guard lock(m_mutex);
        m_hangs = true;
    }
    void release() {
        const std::lock_guard lock(m_mutex);
        m_hangs = false;
        m_released.notify_all();
    }
    int hanging() const { // calls that wait
        const std::lock_guard lock(m_mutex);
        return m_hanging;
    }

    Result<Handle> open(const std::string& path, OpenMode mode) override { return enter("open", path).open(path, mode); }
    Result<std::size_t> write(Handle file, std::string_view bytes) override { return enter("write").write(file, bytes); }
    Result<std::string> readAt(Handle file, std::int64_t offset, std::size_t max) override {
        return enter("read").readAt(file, offset, max);
    }
    Result<std::int64_t> size(Handle file) override { return enter("size").size(file); }
    void beginSync(Handle file) override { enter("beginSync").beginSync(file); }
    Status sync(Handle file) override { return enter("sync").sync(file); }
    Status truncate(Handle file, std::int64_t size) override { return enter("truncate").truncate(file, size); }
    Status close(Handle file) override { return enter("close").close(file); }
    Result<bool> tryLock(Handle file) override { return enter("lock").tryLock(file); }
    Status rename(const std::string& from, const std::string& to) override { return enter("rename", to).rename(from, to); }
    Status syncDir(const std::string& folder) override { return enter("syncDir", folder).syncDir(folder); }
    Status makeDirs(const std::string& folder) override { return enter("makeDirs", folder).makeDirs(folder); }
    Status remove(const std::string& path) override { return enter("remove", path).remove(path); }
    bool exists(const std::string& path) override { return enter("exists", path).exists(path); }
    Result<std::vector<std::string>> list(const std::string& folder) override { return enter("list", folder).list(folder); }
    Status imitate(Handle file, const FileFacts& like) override { return enter("imitate").imitate(file, like); }
    Result<FileFacts> facts(const std::string& path) override { return enter("facts", path).facts(path); }
    Result<std::int64_t> freeBytes(const std::string& folder) override { return enter("freeBytes", folder).freeBytes(folder); }

private:
    FileOps& enter(const char* call, const std::string& path = {}) {
        std::unique_lock lock(m_mutex);
        const QCoreApplication* app = QCoreApplication::instance();
        if (app != nullptr && QThread::currentThread() == app->thread()) {
            const QString what = QStringLiteral("%1 %2").arg(QLatin1String(call), QString::fromStdString(path));
            if (!m_wrong.contains(what)) m_wrong << what;
            return m_files; // a test that hangs tells less than one that fails
        }
        ++m_hanging;
        m_released.wait(lock, [this] { return !m_hangs; });
        --m_hanging;
        return m_files;
    }

    FileOps& m_files;
    mutable std::mutex m_mutex;
    std::condition_variable m_released;
    bool m_hangs = false;
    int m_hanging = 0;
    QStringList m_wrong;
};

} // namespace looptax
