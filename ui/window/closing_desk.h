// Closing the window: a sweep that runs is asked about, once, and the window closes when what runs has been recorded; files
// that are being written are waited for.
#pragma once

#include "ui/window/sweep_desk.h"

#include <QObject>
#include <QPointer>

namespace looptax {

class CloseQuestion;

class ClosingDesk : public QObject {
    Q_OBJECT
public:
    // window: what is closed, and the parent of the question.
    ClosingDesk(SweepDesk& sweep, CurrentActivity& activity, QWidget* window);

    bool mayClose(); // now; else it closes by itself later, or a question was asked
    void endNow();   // as soon as a sweep that runs has recorded its turn as cancelled: for signals

Q_SIGNALS:
    void waits(const QString& why); // before it closes

private:
    void ask();
    void closeWhenOver();

    SweepDesk& m_sweep;
    CurrentActivity& m_activity;
    QWidget* m_window;
    bool m_waiting = false; // for the activity to end
    QPointer<CloseQuestion> m_question;
};

} // namespace looptax
