// Time behind a seam. Durations come from the monotonic clock only; wall time is a label.
#pragma once

#include <cstdint>
#include <string>

namespace looptax {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t monotonicNs() const = 0; // CLOCK_MONOTONIC: stands still while the machine sleeps
    virtual std::int64_t boottimeNs() const = 0;  // CLOCK_BOOTTIME: goes on; the gap to monotonic is the sleep
    virtual std::int64_t wallMs() const = 0;      // Unix time, UTC
    virtual void sleepNs(std::int64_t duration) = 0;
};

class SystemClock final : public Clock {
public:
    std::int64_t monotonicNs() const override;
    std::int64_t boottimeNs() const override;
    std::int64_t wallMs() const override;
    void sleepNs(std::int64_t duration) override;
};

// "2026-11-24T01:02:03.456Z"
std::string isoUtc(std::int64_t wallMs);
// "20261124-010203", for folder names
std::string compactUtc(std::int64_t wallMs);

} // namespace looptax
