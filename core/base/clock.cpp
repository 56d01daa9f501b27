#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace looptax {

namespace {

std::int64_t read(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

std::tm utc(std::int64_t wallMs) {
    const std::time_t seconds = std::time_t(wallMs / 1000);
    std::tm out{};
    gmtime_r(&seconds, &out);
    return out;
}

} // namespace

std::int64_t SystemClock::monotonicNs() const { return read(CLOCK_MONOTONIC); }

std::int64_t SystemClock::boottimeNs() const {
#ifdef CLOCK_BOOTTIME
    return read(CLOCK_BOOTTIME);
#else
    return read(CLOCK_MONOTONIC);
#endif
}

std::int64_t SystemClock::wallMs() const { return read(CLOCK_REALTIME) / 1'000'000; }

void SystemClock::sleepNs(std::int64_t duration) {
    if (duration <= 0) return;
    timespec left{std::time_t(duration / 1'000'000'000), long(duration % 1'000'000'000)};
    nanosleep(&left, nullptr); // an early return on a signal is welcome: callers look at their stop flag
}

std::string isoUtc(std::int64_t wallMs) {
    const std::tm t = utc(wallMs);
    char out[64];
    std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                  t.tm_hour, t.tm_min, t.tm_sec, int(wallMs % 1000));
    return out;
}

std::string compactUtc(std::int64_t wallMs) {
    const std::tm t = utc(wallMs);
    char out[64];
    std::snprintf(out, sizeof out, "%04d%02d%02d-%02d%02d%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                  t.tm_min, t.tm_sec);
    return out;
}

} // namespace looptax
