#include "base/clock.h"

#include <csignal>
#include <cstdio>
#include <ctime>

namespace looptax {

namespace {

std::int64_t read(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

constexpr std::int64_t kGapNs = 100'000'000; // twice what a wait for a socket takes
constexpr std::int64_t kFrozenNs = 2'000'000'000;
constexpr std::int64_t kSignalLateNs = 50'000'000;
constexpr std::int64_t kStepNs = 1'000'000;
constexpr int kOffsetAttempts = 3;
constexpr std::int64_t kOffsetNs = 10'000;

std::atomic<std::int64_t> s_continued{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "the handler below may do nothing else");

extern "C" void onContinued(int) { s_continued.fetch_add(1); }

bool countContinued() {
    struct sigaction action {};
    if (::sigaction(SIGCONT, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return false;
    action.sa_handler = onContinued;
    action.sa_flags = SA_RESTART;
    return ::sigaction(SIGCONT, &action, nullptr) == 0;
}

std::tm utc(std::int64_t wallMs) {
    const std::time_t seconds = std::time_t(wallMs / 1000);
    std::tm out{};
    gmtime_r(&seconds, &out);
    return out;
}

} // namespace

void StopWatch::restart(std::int64_t nowNs, std::int64_t continued) {
    m_last = nowNs;
    m_gapsNs = 0;
    m_longGapsNs = 0;
    m_continued = continued;
}

void StopWatch::reading(std::int64_t nowNs) {
    const std::int64_t gap = nowNs - m_last.exchange(nowNs);
    if (gap >= kGapNs) m_gapsNs += gap;
    if (gap >= kFrozenNs) m_longGapsNs += gap;
}

std::int64_t StopWatch::stoppedNs(std::int64_t continued) const { return continued != m_continued ? m_gapsNs : m_longGapsNs; }

SystemClock::SystemClock() {
    [[maybe_unused]] static const bool counted = countContinued();
    watchStops();
}

std::int64_t SystemClock::monotonicNs() const {
    const std::int64_t now = read(CLOCK_MONOTONIC);
    m_watch.reading(now);
    return now;
}

void SystemClock::watchStops() { m_watch.restart(read(CLOCK_MONOTONIC), s_continued); }

std::int64_t SystemClock::stoppedNs() {
    // Another thread handles the signal, perhaps a moment after this one ran on.
    const std::int64_t latest = monotonicNs() + kSignalLateNs;
    while (m_watch.gapsNs() > 0 && m_watch.stoppedNs(s_continued) == 0 && monotonicNs() < latest) sleepNs(kStepNs);
    return m_watch.stoppedNs(s_continued);
}

std::int64_t SystemClock::boottimeNs() const {
#ifdef CLOCK_BOOTTIME
    return read(CLOCK_BOOTTIME);
#else
    return read(CLOCK_MONOTONIC);
#endif
}

std::int64_t SystemClock::wallMs() const { return read(CLOCK_REALTIME) / 1'000'000; }

// Between two readings of the other clock: the thread may lose the processor in the middle, and then the pair is worth nothing.
std::optional<std::int64_t> SystemClock::realtimeOffsetNs() const {
    for (int attempt = 0; attempt < kOffsetAttempts; ++attempt) {
        const std::int64_t before = read(CLOCK_MONOTONIC);
        const std::int64_t wall = read(CLOCK_REALTIME);
        const std::int64_t after = read(CLOCK_MONOTONIC);
        if (after - before < kOffsetNs) return wall - before - (after - before) / 2;
    }
    return std::nullopt;
}

void SystemClock::sleepNs(std::int64_t duration) {
    if (duration <= 0) return;
    timespec left{std::time_t(duration / 1'000'000'000), long(duration % 1'000'000'000)};
    nanosleep(&left, nullptr); // an early return on a signal is welcome: callers look at their stop flag
}

std::string isoUtc(std::int64_t wallMs) {
    const std::tm t = utc(wallMs);
    char out[64];
    std::snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                  t.tm_min, t.tm_sec, int(wallMs % 1000));
    return out;
}

std::string compactUtc(std::int64_t wallMs) {
    const std::tm t = utc(wallMs);
    char out[64];
    std::snprintf(out, sizeof out, "%04d%02d%02d-%02d%02d%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min,
                  t.tm_sec);
    return out;
}

} // namespace looptax
