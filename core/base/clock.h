// Time behind a seam. Durations come from the monotonic clock only; wall time is a label.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t monotonicNs() const = 0; // CLOCK_MONOTONIC: stands still while the machine sleeps
    virtual std::int64_t boottimeNs() const = 0;  // CLOCK_BOOTTIME: goes on; the gap to monotonic is the sleep
    virtual std::int64_t wallMs() const = 0;      // Unix time, UTC
    // Wall time minus monotonic time, to 10 us: what puts a stamp of the kernel's, which is wall time, onto this clock.
    // Absent: no reading was good enough, or this clock is not the machine's.
    virtual std::optional<std::int64_t> realtimeOffsetNs() const { return std::nullopt; }
    // How long, since watchStops(), this process did not run though the machine did: stopped (Ctrl-Z, SIGSTOP) or frozen with
    // its container. The monotonic clock goes on meanwhile. It is seen by gaps between readings of this clock, so in between
    // somebody must read it all the time, as waiting for a socket does. A stop of less than 0.1 s does not show.
    virtual void watchStops() {}
    virtual std::int64_t stoppedNs() { return 0; }
    virtual void sleepNs(std::int64_t duration) = 0;
};

// Tells a stop from a busy machine. A gap in which the process was continued by a signal is a stop; a frozen container sends
// no signal, and then only a gap that no waiting for a processor makes is one.
class StopWatch {
public:
    void restart(std::int64_t nowNs, std::int64_t continued); // continued: signals so far
    void reading(std::int64_t nowNs);                         // from any thread
    std::int64_t gapsNs() const { return m_gapsNs; }          // of 0.1 s and more
    std::int64_t stoppedNs(std::int64_t continued) const;

private:
    std::atomic<std::int64_t> m_last{0};
    std::atomic<std::int64_t> m_gapsNs{0};
    std::atomic<std::int64_t> m_longGapsNs{0};
    std::atomic<std::int64_t> m_continued{0};
};

class SystemClock final : public Clock {
public:
    SystemClock(); // from the first one on SIGCONT is counted, unless the program handles it itself
    std::int64_t monotonicNs() const override;
    std::int64_t boottimeNs() const override;
    std::int64_t wallMs() const override;
    std::optional<std::int64_t> realtimeOffsetNs() const override;
    void watchStops() override;
    std::int64_t stoppedNs() override;
    void sleepNs(std::int64_t duration) override;

private:
    mutable StopWatch m_watch;
};

// "2026-11-24T01:02:03.456Z"
std::string isoUtc(std::int64_t wallMs);
// "20261124-010203", for folder names
std::string compactUtc(std::int64_t wallMs);

} // namespace looptax
