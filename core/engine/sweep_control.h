// What a person may ask of a running sweep, from any thread. The worker looks between turns; `cut` ends a request too.
#pragma once

#include <atomic>
#include <cstdint>

namespace looptax {

inline constexpr std::int64_t kSliceNs = 50'000'000; // how late a pause or stop may be noticed

struct SweepControl {
    std::atomic<bool> pause{false};     // after this turn; clear it to go on
    std::atomic<bool> skip{false};      // give up the run in progress after this turn; the sweep goes on
    std::atomic<bool> finish{false};    // end the sweep after this turn
    std::atomic<bool> ask_again{false}; // a lost target: at once, not in two seconds
    std::atomic<bool> cut{false};       // end it now: the turn in flight is recorded as cancelled
};

} // namespace looptax
