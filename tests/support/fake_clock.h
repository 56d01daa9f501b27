// A clock that moves only when told, or when somebody sleeps on it.
#pragma once

#include "base/clock.h"

#include <atomic>

namespace looptax {

class FakeClock : public Clock {
public:
    std::int64_t monotonicNs() const override { return m_monotonic; }
    std::int64_t boottimeNs() const override { return m_monotonic + m_slept; }
    std::int64_t wallMs() const override { return m_wallMs + m_monotonic / 1'000'000; }
    void watchStops() override { m_stopped = 0; }
    std::int64_t stoppedNs() override { return m_stopped; }
    void sleepNs(std::int64_t duration) override { advance(duration); }

    void advance(std::int64_t ns) { m_monotonic += ns; }
    void suspend(std::int64_t ns) { m_slept += ns; } // the machine sleeps: monotonic stands still
    void stop(std::int64_t ns) {                     // the process stands still, the machine goes on
        advance(ns);
        m_stopped += ns;
    }
    void jumpWall(std::int64_t ms) { m_wallMs += ms; }

private:
    std::atomic<std::int64_t> m_monotonic{1'000'000'000};
    std::atomic<std::int64_t> m_slept{0};
    std::atomic<std::int64_t> m_stopped{0};
    std::atomic<std::int64_t> m_wallMs{1'780'000'000'000};
};

} // namespace looptax
