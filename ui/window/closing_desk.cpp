#include "ui/window/closing_desk.h"

#include "ui/window/close_question.h"

#include <QTimer>
#include <QWidget>

namespace looptax {

namespace {

constexpr int kMostWaitMs = 30'000;

} // namespace

ClosingDesk::ClosingDesk(SweepDesk& sweep, CurrentActivity& activity, QWidget* window)
    : QObject(window)
    , m_sweep(sweep)
    , m_activity(activity)
    , m_window(window) {
    connect(&m_activity, &CurrentActivity::changed, this, [this] {
        if (!m_waiting || !m_activity.allows(Action::CloseWindow)) return;
        m_waiting = false;
        m_window->close();
    });
}

bool ClosingDesk::mayClose() {
    if (m_activity.allows(Action::CloseWindow)) return true;
    if (m_waiting) return false;
    const Activity now = m_activity.now();
    if (now == Activity::Starting || now == Activity::Sweeping) ask();
    else closeWhenOver();
    return false;
}

void ClosingDesk::closeWhenOver() {
    if (const QString why = m_activity.whyNot(Action::CloseWindow); !why.isEmpty())
        Q_EMIT waits(why + QStringLiteral(" The window closes afterwards."));
    m_waiting = true;
    // Files that are written are waited for, a disk that hangs is not: what runs is let go, and what it would have made can be
    // made again from the journal.
    QTimer::singleShot(kMostWaitMs, this, [this] {
        const Activity now = m_activity.now();
        if (m_waiting && (now == Activity::Writing || now == Activity::Exporting)) m_activity.end();
    });
    m_activity.beginNothingMore(); // closes at once where nothing runs
}

void ClosingDesk::ask() {
    if (m_question) {
        m_question->raise();
        return;
    }
    m_question = new CloseQuestion(m_window);
    connect(m_question, &CloseQuestion::answered, this, [this](CloseQuestion::Answer answer) {
        if (answer == CloseQuestion::Answer::KeepRunning) return;
        closeWhenOver();
        if (answer == CloseQuestion::Answer::Now) m_sweep.controller().cut();
        else m_sweep.controller().stop();
    });
    m_question->open();
}

void ClosingDesk::endNow() {
    closeWhenOver();
    m_sweep.controller().cut();
}

} // namespace looptax
