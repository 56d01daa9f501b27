// An application that times every event it hands out: the longest is how long the window was deaf.
#pragma once

#include <QApplication>
#include <QString>

#include <cstdint>
#include <vector>

namespace looptax {

class WatchdogApplication : public QApplication {
public:
    WatchdogApplication(int& argc, char** argv) : QApplication(argc, argv) {}

    bool notify(QObject* receiver, QEvent* event) override;

    void reset();
    void print(const char* what); // one line of all this, then reset()
    // Milliseconds, of the outermost events only; an event inside another is part of it.
    double worst() const { return m_worst; }
    const QString& worstName() const { return m_worstName; } // "MetaCall to looptax::TurnTable"
    double quantile(double q) const;
    int events() const { return int(m_all.size()); }
    std::int64_t firstPaintNs() const { return m_firstPaint; } // CLOCK_MONOTONIC after the first paint event; 0: none yet

private:
    int m_depth = 0;
    double m_worst = 0;
    QString m_worstName;
    std::vector<double> m_all;
    std::int64_t m_firstPaint = 0;
};

std::int64_t nowNs(); // CLOCK_MONOTONIC

} // namespace looptax
