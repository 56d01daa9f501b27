#include "app/end_signals.h"

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace looptax {

namespace {

constexpr int kInterrupted = 130; // exit code
constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

int s_pipe[2] = {-1, -1};

extern "C" void onEndSignal(int) {
    static volatile std::sig_atomic_t s_count = 0;
    s_count = s_count + 1;
    if (s_count > 1) _exit(kInterrupted);
    const char byte = 1;
    [[maybe_unused]] const ssize_t n = write(s_pipe[1], &byte, 1);
}

} // namespace

EndSignals::EndSignals(QObject* parent) : QObject(parent) {
    if (pipe2(s_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return; // signals then end the program as they always do
    m_notifier = std::make_unique<QSocketNotifier>(s_pipe[0], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        m_notifier->setEnabled(false);
        Q_EMIT asked();
    });
    for (const int signal : kSignals) std::signal(signal, onEndSignal);
}

EndSignals::~EndSignals() {
    for (const int signal : kSignals) std::signal(signal, SIG_DFL);
    m_notifier.reset();
    for (int& end : s_pipe) {
        if (end >= 0) ::close(end);
        end = -1;
    }
}

} // namespace looptax
