// Reads a session folder apart from the window: a journal of 100,000 turns takes seconds, and no event of the
// window may. What came of it is a value that SessionFeed puts on screen.
#pragma once

#include "analysis/session_laws.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "record/record_store.h"
#include "store/load_session.h"
#include "ui/model/analyser.h"
#include "ui/widgets/background_task.h"

#include <QObject>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// Runs of the plan by their last attempt; none where there is no plan.
struct OpenRuns {
    int open = 0; // not complete, failed or stopped
    int failed = 0;
};
OpenRuns openRunsOf(const RecordStore& store);

struct ReadSession {
    std::string folder;
    LoadedSession loaded;
    std::string in_use_by; // "process 71 on host": another process writes it; empty: nobody does
    OpenRuns open;
    std::optional<Analysis> analysis;        // of a session with a plan
    std::shared_ptr<const SessionLaws> laws; // made here for the same reason as the story
    std::vector<std::string> story;          // sessionStory(), made here because it too takes long for a long journal
};

// A folder without a journal, or one that cannot be read, is an error that says what to choose instead.
Result<ReadSession> readSession(FileOps& files, const std::string& folder, const Analyser& analyse = {});

// What a person should know of it: damage with its line, a newer version, a torn end, an unfinished opening.
std::vector<std::string> findingsOf(const ReadSession& session);

// One folder at a time, on a thread of its own; a later read() makes the answer to an earlier one void.
class SessionReader : public QObject {
    Q_OBJECT
public:
    explicit SessionReader(FileOps& files, Analyser analyse = {}, QObject* parent = nullptr);

    void read(const std::string& path); // a folder, or a file in one
    bool busy() const { return m_task.busy(); }

Q_SIGNALS:
    // Exactly one of them for the last read().
    void readDone(std::shared_ptr<looptax::ReadSession> session);
    void failed(const looptax::Error& error);

private:
    FileOps& m_files;
    Analyser m_analyse;
    BackgroundTask m_task;
};

} // namespace looptax
