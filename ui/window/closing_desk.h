// Closing the window while a sweep runs: asked once, and done when what runs has been recorded.
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
    ClosingDesk(SweepDesk& sweep, QWidget* window);

    bool mayClose();  // now; where a sweep runs the question is asked instead
    void endNow();    // as soon as a sweep that runs has recorded its turn as cancelled: for signals
    void sweepIsOver(); // closes the window that waited for it

private:
    void ask();

    SweepDesk& m_sweep;
    QWidget* m_window;
    bool m_waiting = false; // for the sweep to end
    QPointer<CloseQuestion> m_question;
};

} // namespace looptax
