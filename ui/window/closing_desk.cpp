#include "ui/window/closing_desk.h"

#include "ui/window/close_question.h"

#include <QWidget>

namespace looptax {

ClosingDesk::ClosingDesk(SweepDesk& sweep, QWidget* window)
    : QObject(window)
    , m_sweep(sweep)
    , m_window(window) {}

bool ClosingDesk::mayClose() {
    if (!m_sweep.busy()) return true;
    if (!m_waiting) ask();
    return false;
}

void ClosingDesk::ask() {
    if (m_question) {
        m_question->raise();
        return;
    }
    m_question = new CloseQuestion(m_window);
    connect(m_question, &CloseQuestion::answered, this, [this](CloseQuestion::Answer answer) {
        if (answer == CloseQuestion::Answer::KeepRunning) return;
        m_waiting = true;
        if (!m_sweep.busy())
            m_window->close(); // it ended while the question stood
        else if (answer == CloseQuestion::Answer::Now)
            m_sweep.controller().cut();
        else
            m_sweep.controller().stop();
    });
    m_question->open();
}

void ClosingDesk::endNow() {
    m_waiting = true;
    if (!m_sweep.busy())
        m_window->close();
    else
        m_sweep.controller().cut();
}

void ClosingDesk::sweepIsOver() {
    if (m_waiting) m_window->close();
}

} // namespace looptax
