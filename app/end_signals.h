// SIGINT, SIGTERM and SIGHUP as an event of the loop: a signal handler may do next to nothing, a slot may end
// a sweep cleanly. A second signal ends the program at once; the journal stands up to a cut anywhere.
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace looptax {

class EndSignals : public QObject {
    Q_OBJECT
public:
    explicit EndSignals(QObject* parent = nullptr); // one at a time in a process
    ~EndSignals() override;                         // the signals are the system's again

Q_SIGNALS:
    void asked(); // once

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace looptax
