// The one session on screen: its record store and the signals that say what was added. A sweep that runs and
// a session read from disk enter by the same door; every table, chart and export of the window reads this
// store and no other.
#pragma once

#include "analysis/session_laws.h"
#include "base/file_ops.h"
#include "base/result.h"
#include "record/record_store.h"
#include "ui/model/running_turn.h"
#include "ui/model/session_reader.h"
#include "ui/widgets/background_task.h"

#include <QObject>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

class SessionFeed : public QObject {
    Q_OBJECT
public:
    explicit SessionFeed(FileOps& files, Analyser analyse = {}, QObject* parent = nullptr);

    const RecordStore& store() const { return m_store; }
    const std::string& folder() const { return m_folder; } // empty: no session
    bool live() const { return m_live; }                   // a sweep of this window writes it
    // What reading found that a person should know: damage with its line, a newer version, lines not
    // understood.
    const std::vector<std::string>& findings() const { return m_findings; }
    // What it found, in sentences (session_story.h); empty while a sweep writes it.
    const std::vector<std::string>& story() const { return m_story; }
    // The verdicts of the session. While a sweep writes it those that are still collecting; absent where there is
    // no plan yet, and from the end of a sweep until setAnalysis().
    const std::optional<Analysis>& analysis() const { return m_analysis; }
    // The newest there are, of the turns on record when they were fitted; null: none yet. A session read from disk
    // brings them. Of a growing one wantLaws() has them fitted again, beside the window, where a turn or the end of a
    // run has come since: lawsChanged() tells when.
    const std::shared_ptr<const SessionLaws>& laws() const { return m_laws; }
    void wantLaws();
    bool lawsAreCurrent() const { return m_laws && m_laws->of == lawsAge(m_store); }
    bool newer() const { return m_newer; }
    bool damaged() const { return m_damaged; }
    // The process that writes it, where that is not this one; empty: nobody.
    const std::string& inUseBy() const { return m_inUseBy; }
    // Of a session that no sweep of this window writes: what --resume and --retry-failed would make.
    int openRuns() const { return m_open.open; }
    int failedRuns() const { return m_open.failed; }
    const std::optional<RunningTurn>& running() const { return m_running; }

    void clear();
    // A sweep begins or goes on in this folder; its lines come by apply().
    void beginLive(std::string folder);
    void apply(const std::vector<JournalLine>& lines);
    void endLive();
    // What was worked out beside the window after endLive(), for the session of that folder; void where another
    // one has come on screen meanwhile. analysis: absent where the program works out no verdicts.
    void setAnalysis(const std::string& folder, std::optional<Analysis> analysis, std::vector<std::string> story);
    // The stream's own progress, at most twice a second.
    void setStream(std::int64_t sentNs, std::int64_t deltas);
    // A folder that was read elsewhere (SessionReader), read-only.
    void show(ReadSession session);
    // Reads it here and now: for tests and programs without a loop. On an error what was on screen stays.
    Status open(const std::string& folder);

Q_SIGNALS:
    void sessionReset();                     // another session, or none: read everything again
    void turnsAppended(int first, int last); // rows of store().turns()
    void turnsChanged(int first, int last);  // run_outcome was filled in
    void runningChanged();                   // running() began, went on or ended
    void linesApplied();                     // after each batch, whatever was in it
    void liveChanged();
    void analysisChanged(); // not with sessionReset(), which says it too
    void lawsChanged();     // the same

private:
    void noteRunning(const JournalLine& line);
    void collect();
    void dropTasks(); // what they work on leaves the screen
    void empty();

    FileOps& m_files;
    Analyser m_analyse;
    RecordStore m_store;
    std::string m_folder;
    bool m_live = false;
    bool m_newer = false;
    bool m_damaged = false;
    std::string m_inUseBy;
    std::vector<std::string> m_findings;
    std::vector<std::string> m_story;
    std::optional<Analysis> m_analysis;
    std::shared_ptr<const SessionLaws> m_laws;
    std::optional<std::size_t> m_amendments; // that the analysis knows, of a session that is swept
    OpenRuns m_open;
    std::optional<RunningTurn> m_running;
    bool m_fitting = false; // for the session on screen
    BackgroundTask m_fit;
    BackgroundTask m_collect;
};

} // namespace looptax
