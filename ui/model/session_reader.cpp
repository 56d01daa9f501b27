#include "ui/model/session_reader.h"

#include "base/text.h"
#include "report/session_story.h"
#include "store/load_session.h"
#include "store/session.h"

#include <QDir>
#include <QFileInfo>

#include <cerrno>
#include <utility>

namespace looptax {

namespace {

constexpr std::size_t kHolderBytes = 512;

// Asks the kernel and leaves the file as it is: whoever only reads must not wipe the holder's name. A lock
// file that may not be opened tells nothing.
std::string holderOf(FileOps& files, const SessionPaths& paths) {
    if (!files.exists(paths.lock())) return {};
    const auto file = files.open(paths.lock(), OpenMode::LockFile);
    if (!file) return {};
    std::string holder;
    if (const auto got = files.tryLock(*file); got && !*got) {
        if (const auto text = files.readAt(*file, 0, kHolderBytes))
            holder = std::string(trimmed(stripControls(repairUtf8(*text))));
        if (holder.empty()) holder = "another process";
    }
    (void)files.close(*file);
    return holder;
}

// Of the journal in it too.
std::string folderOf(const std::string& path) {
    const QFileInfo info(QString::fromStdString(path));
    return QDir::cleanPath(info.isFile() ? info.absolutePath() : info.absoluteFilePath()).toStdString();
}

} // namespace

OpenRuns openRunsOf(const RecordStore& store) {
    OpenRuns out;
    for (const ScheduledRun& run : store.schedule()) {
        const RunView* last = store.lastAttempt(run.run);
        const auto outcome = last != nullptr ? last->outcome : std::nullopt;
        if (outcome == RunOutcome::Failed) ++out.failed;
        else if (outcome != RunOutcome::Complete && outcome != RunOutcome::Stopped) ++out.open;
    }
    return out;
}

Result<ReadSession> readSession(FileOps& files, const std::string& folder, const Analyser& analyse) {
    const SessionPaths paths(folder);
    if (!files.exists(paths.journal())) {
        // A folder that may not be entered looks the same to access(): only opening says which it is.
        if (const auto file = files.open(paths.journal(), OpenMode::Read); file) (void)files.close(*file);
        else if (file.error().code == EACCES || file.error().code == EPERM)
            return Error{ErrorKind::Storage, "the folder may not be read", folder,
                         "ask its owner for the right to read it, or copy it to a folder of your own", EACCES};
        return Error{ErrorKind::Storage, "this is no session: it holds no journal.jsonl", folder,
                     "choose the folder that holds journal.jsonl", ENOENT};
    }
    ReadSession session;
    session.folder = folder;
    session.in_use_by = holderOf(files, paths);
    auto loaded = loadSession(files, folder);
    if (!loaded) {
        Error error = loaded.error();
        if (error.code == EACCES || error.code == EPERM)
            error.hint = "ask its owner for the right to read it, or copy it to a folder of your own";
        return error;
    }
    session.loaded = loaded.take();
    if (const RecordStore& store = session.loaded.store; analyse && store.plan())
        session.analysis = analyse(store, collecting(store));
    session.story = sessionStory(session.loaded.store, session.analysis);
    session.open = openRunsOf(session.loaded.store);
    session.laws = std::make_shared<SessionLaws>(sessionLaws(session.loaded.store.turns(), lawsAge(session.loaded.store)));
    return session;
}

std::vector<std::string> findingsOf(const ReadSession& session) {
    const JournalRead& read = session.loaded.read;
    const RecordStore& store = session.loaded.store;
    std::vector<std::string> out;
    if (!session.in_use_by.empty())
        out.push_back("in use by " + session.in_use_by + ": shown as it stood when it was read, read-only");
    if (read.newer) out.emplace_back("written by a newer version: shown as far as this one understands it, read-only");
    if (read.damagedLine > 0)
        out.push_back("journal.jsonl line " + std::to_string(read.damagedLine) + " is damaged: " + read.damage +
                      "; what could be read is shown, nothing is repaired");
    for (const std::string& change : read.changes) out.push_back("journal.jsonl: " + change + "; every check sum holds");
    if (read.tornBytes > 0 && session.in_use_by.empty())
        out.push_back("the last " + std::to_string(read.tornBytes) +
                      " bytes of journal.jsonl are half a line, as after a power cut: left out");
    if (read.lines == 0 && read.damagedLine == 0) out.emplace_back("the journal is empty: the sweep ended before its first line");
    else if (!store.plan() && read.damagedLine == 0)
        out.emplace_back("the journal ends before its plan: nothing was measured yet");
    out.insert(out.end(), store.warnings().begin(), store.warnings().end());
    return out;
}

SessionReader::SessionReader(FileOps& files, Analyser analyse, QObject* parent)
    : QObject(parent)
    , m_files(files)
    , m_analyse(std::move(analyse)) {}

void SessionReader::read(const std::string& path) {
    m_task.run([&files = m_files, analyse = m_analyse, path] { return readSession(files, folderOf(path), analyse); },
               [this](Result<ReadSession> answer) {
                   if (answer) Q_EMIT readDone(std::make_shared<ReadSession>(answer.take()));
                   else Q_EMIT failed(answer.error());
               });
}

} // namespace looptax
