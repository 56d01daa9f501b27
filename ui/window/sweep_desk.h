// The sweep as the window handles it: starts, resumes, ends, tells of trouble, writes the derived files at
// the end, and ends cleanly before the window closes. Knows no widget.
#pragma once

#include "ui/model/aside.h"
#include "ui/model/sweep_controller.h"
#include "ui/window/trouble.h"

#include <QObject>
#include <QTimer>

#include <optional>
#include <string>

namespace looptax {

class SweepDesk : public QObject {
    Q_OBJECT
public:
    SweepDesk(const Services& services, SessionFeed& feed, QObject* parent = nullptr);

    SweepController& controller() { return m_controller; }
    bool busy() const { return m_controller.busy() || m_writing; }
    const std::string& out() const { return m_out; } // where new sessions go
    void setOut(const std::string& folder);

    void start(const Plan& plan);
    void resume(bool retryFailed); // the session on screen
    // Amends the session on screen by so many repeats of every cell, and resumes it. Nothing where the program
    // offers none.
    void addRepeats(int more);
    SweepView view() const;        // without cannot_start: that is the plan's to say
    const std::optional<Trouble>& trouble() const { return m_trouble; }
    void forgetTrouble();

Q_SIGNALS:
    void changed(); // view() or trouble()
    void over();    // the sweep has ended and its derived files are written
    void said(const QString& text);

private:
    void onEnded();
    void refresh();
    struct Derived; // what is made of a session once its sweep has ended

    const Services& m_services;
    SessionFeed& m_feed;
    SweepController m_controller;
    std::string m_out;
    std::optional<Trouble> m_trouble;
    std::string m_wanted; // the session to be resumed; empty: a new one
    bool m_writing = false;
    QTimer m_tick; // while a prompt is read nothing comes, and the seconds go on
    Aside m_aside;
};

} // namespace looptax
