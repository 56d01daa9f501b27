// Starts and steers a sweep and hands what comes up to the feed. The only class of the window that knows the
// engine.
#pragma once

#include "domain/plan.h"
#include "engine/sweep.h"
#include "ui/model/activity.h"
#include "ui/model/services.h"
#include "ui/model/session_feed.h"

#include <QObject>
#include <QTimer>

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace looptax {

// Idle -> Starting -> Running <-> Paused, Lost; any of them -> Stopping -> Idle. Pausing: a pause was asked
// for and the turn in flight goes on. ended() comes exactly once for each start() or resume(), as the last
// thing.
enum class SweepState { Idle, Starting, Running, Pausing, Paused, Lost, Stopping };

class SweepController : public QObject {
    Q_OBJECT
public:
    SweepController(const Services& services, SessionFeed& feed, CurrentActivity& activity, QObject* parent = nullptr);
    ~SweepController() override; // cuts a sweep that still runs and waits for it

    SweepState state() const { return m_state; }
    bool busy() const { return m_state != SweepState::Idle; }
    const std::optional<SweepProgress>& progress() const { return m_progress; } // of the sweep that runs, or ran last
    const std::optional<SweepResult>& result() const { return m_result; }       // of the last one; absent while busy

    // The plan must have passed checkPlan(), and what it may not do unasked must have been allowed. Errors of the start come by
    // ended(). False: the activity does not allow it now, and nothing happens. Else Starting and Sweeping are the activity
    // until ended(), whose slot may make it Writing.
    bool start(const Plan& plan, const std::string& out);
    // The session on screen. allowed: hashes of needs, beside those that are remembered.
    bool resume(const std::string& folder, bool retryFailed = false, const std::set<std::string>& allowed = {},
                bool changedRuntime = false);
    void pause();    // after this turn
    void proceed();  // after a pause
    void skipRun();  // after this turn
    void stop();     // after this turn
    void cut();      // now: the turn in flight is recorded as cancelled
    void askAgain(); // a lost target: now, not in two seconds

Q_SIGNALS:
    void stateChanged();
    void progressed();
    void ended();

private:
    void launch(SweepRequest request, const std::string& packName);
    void receive(SweepBatch batch);
    void applyPending();
    void conclude();
    SweepState stateByPhase() const;
    void setState(SweepState state);
    void tellEnded();
    void pollStream();

    const Services& m_services;
    SessionFeed& m_feed;
    CurrentActivity& m_activity;
    std::unique_ptr<SweepThread> m_thread;
    QTimer m_poll; // twice a second: what the stream of the turn in flight has brought
    SweepState m_state = SweepState::Idle;
    std::optional<SweepProgress> m_progress;
    std::optional<SweepResult> m_result;
    // Lines that came and are not on screen yet: a resumed session sends all it holds at once, and no event
    // of the window may take as long as applying them does.
    std::vector<JournalLine> m_pending;
    std::size_t m_applied = 0;
    bool m_applyPosted = false;
    std::optional<SweepResult> m_arrived; // shown when the lines before it are
};

} // namespace looptax
