// The sweep as the window handles it: starts, resumes, ends, tells of trouble, writes the derived files at
// the end, and ends cleanly before the window closes. Makes no widget.
#pragma once

#include "ui/model/sweep_controller.h"
#include "ui/widgets/background_task.h"
#include "ui/window/window_messages.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <set>
#include <string>

namespace looptax {

class SweepDesk : public QObject {
    Q_OBJECT
public:
    SweepDesk(const Services& services, SessionFeed& feed, CurrentActivity& activity, WindowMessages& messages,
              QObject* parent = nullptr);

    SweepController& controller() { return m_controller; }
    bool busy() const;                               // a sweep runs, or the session's files are being written
    const std::string& out() const { return m_out; } // where new sessions go
    void setOut(const std::string& folder);

    // Each of them false, and nothing happens, where the activity or the session on screen does not allow it. What the plan of
    // a session would do that nobody has allowed is asked about first; a yes goes on from there.
    bool start(const Plan& plan);
    bool resume(bool retryFailed); // the session on screen
    bool resumeAgain();            // as it was resumed last, after an error
    bool resumeOnChanged();        // the same, and a target may be on another build than before
    // Amends the session on screen by so many repeats of every cell, and resumes it. Nothing where the program
    // offers none.
    bool addRepeats(int more);
    SweepView view() const; // without cannot_start: that is the plan's to say

Q_SIGNALS:
    void changed(); // view()
    void over();    // the sweep has ended and its derived files are written

private:
    bool launchResume(bool retryFailed, bool changedRuntime = false);
    bool isPermitted(const std::function<void()>& goOn);
    void onEnded();
    void refresh();
    struct Derived; // what is made of a session once its sweep has ended

    const Services& m_services;
    SessionFeed& m_feed;
    CurrentActivity& m_activity;
    WindowMessages& m_messages;
    SweepController m_controller;
    std::string m_out;
    std::string m_wanted;            // the session to be resumed; empty: a new one
    bool m_lost = false;             // a message tells of it
    bool m_retry = false;            // it is resumed with its failed runs
    std::set<std::string> m_allowed; // in this window, hashes of needs
    QTimer m_tick;                   // while a prompt is read nothing comes, and the seconds go on
    BackgroundTask m_aside;
};

} // namespace looptax
