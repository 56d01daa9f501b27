#include "bench_watchdog.h"

#include "bench_json.h"

#include <QEvent>
#include <QMetaEnum>
#include <QWindow>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace looptax {

std::int64_t nowNs() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

bool WatchdogApplication::notify(QObject* receiver, QEvent* event) {
    const QEvent::Type type = event->type();
    const QString name =
        QStringLiteral("%1 to %2")
            .arg(QString::fromLatin1(QMetaEnum::fromType<QEvent::Type>().valueToKey(type)), // the event may be gone afterwards
                 QString::fromLatin1(receiver->metaObject()->className()));
    ++m_depth;
    const std::int64_t began = nowNs();
    const bool result = QApplication::notify(receiver, event);
    const std::int64_t ended = nowNs();
    --m_depth;
    if (m_firstPaint == 0 && type == QEvent::Paint) m_firstPaint = ended;
    if (m_depth > 0) return result;
    const double ms = double(ended - began) / 1e6;
    m_all.push_back(ms);
    if (ms > m_worst) {
        m_worst = ms;
        m_worstName = name;
    }
    return result;
}

void WatchdogApplication::reset() {
    m_worst = 0;
    m_worstName.clear();
    m_all.clear();
}

void WatchdogApplication::print(const char* what) {
    std::printf("%-44s worst event %7.1f ms (%s), 99 %% %.2f ms, %d events\n", what, worst(), qPrintable(worstName()),
                quantile(0.99), events());
    std::fflush(stdout);
    keepFigure("window", std::string(what) + ", longest event", "ms", worst());
    reset();
}

double WatchdogApplication::quantile(double q) const {
    if (m_all.empty()) return 0;
    std::vector<double> sorted = m_all;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::size_t(q * double(sorted.size() - 1))];
}

} // namespace looptax
