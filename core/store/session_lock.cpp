#include "base/text.h"
#include "store/session.h"

#include <array>
#include <unistd.h>

namespace looptax {

namespace {

constexpr std::size_t kHolderBytes = 512;

std::string holderText() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return "process " + std::to_string(::getpid()) + " on " + host.data() + "\n";
}

// A session that somebody handed over may contain links to the user's own files: what is written into it must stay in it.
Status refuseLinks(FileOps& files, const SessionPaths& paths) {
    for (const std::string& path : {paths.journal(), paths.stateDir(), paths.runtimeLog(), paths.chartsDir()}) {
        const auto facts = files.facts(path);
        if (!facts) return facts.error();
        if (facts->target != path)
            return Error{ErrorKind::Storage,
                         "it is a link to " + stripControls(facts->target) + "; nothing is written through links of a session",
                         path, "put the real file or folder in its place, or remove the link", 0};
    }
    return {};
}

} // namespace

Result<SessionLock> SessionLock::take(FileOps& files, const SessionPaths& paths) {
    if (const Status own = refuseLinks(files, paths); !own) return own.error();
    const auto file = files.open(paths.lock(), OpenMode::LockFile);
    if (!file) return file.error();
    const auto got = files.tryLock(*file);
    if (!got || !*got) {
        const auto text = files.readAt(*file, 0, kHolderBytes);
        (void)files.close(*file);
        if (!got) return got.error();
        // The text comes from a file anybody may have written.
        std::string holder = text ? std::string(trimmed(stripControls(*text))) : std::string();
        if (holder.empty()) holder = "another process";
        return Error{ErrorKind::Storage, "the session is in use by " + holder, paths.folder,
                     "wait for it to end, or open the session for reading", 0};
    }
    SessionLock lock(files, *file); // from here on: its end wipes the text, which before would be the holder's
    // The kernel's lock is the truth; the text only tells people whom to ask, so a stale one is overwritten.
    Status named = files.truncate(*file, 0);
    if (named) {
        const std::string text = holderText();
        const auto written = files.write(*file, text);
        if (!written) named = written.error();
    }
    if (!named) {
        Error error = named.error();
        error.where = paths.lock();
        return error;
    }
    return lock;
}

SessionLock::SessionLock(SessionLock&& other) noexcept : m_files(other.m_files), m_file(other.m_file) { other.m_files = nullptr; }

SessionLock::~SessionLock() {
    if (m_files == nullptr) return;
    // The file stays: removing it would let two later openers lock two different files of one name.
    (void)m_files->truncate(m_file, 0);
    (void)m_files->close(m_file);
}

} // namespace looptax
