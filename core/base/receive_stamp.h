// When bytes arrived at this machine, as the kernel stamped them, and not when this program woke up to read them: with every
// core busy the two are milliseconds apart. Linux only (SO_TIMESTAMPING, Documentation/networking/timestamping.rst);
// elsewhere there are no stamps, and callers use their own.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace looptax {

// The first reads of a process may still come without: the kernel begins a moment after it was asked. False: it has no stamps.
bool askForStamps(int fd);

struct StampedRead {
    std::ptrdiff_t count = 0; // bytes; 0: end of file; -1: see errno
    // CLOCK_REALTIME of the last segment that was read; of several, the earlier ones have none.
    std::optional<std::int64_t> realtime_ns;
};
StampedRead receiveStamped(int fd, char* buffer, std::size_t size); // recvmsg()

// Puts the kernel's stamps of one exchange onto the monotonic clock. The offset of the two clocks is read again with each
// stamp: a change of more than 0.2 ms since the exchange began is a step of the wall clock, and from then on the stamps say
// nothing. Slewing the clock changes both alike.
class ArrivalClock {
public:
    void begin(const Clock& clock);
    // Absent: no stamp, no trustworthy offset, a step, or a time outside begin() to now.
    std::optional<std::int64_t> arrival(const StampedRead& read, const Clock& clock);
    bool wasStepped() const { return m_stepped; }

private:
    std::optional<std::int64_t> m_offset; // at begin()
    std::int64_t m_earliest = 0;
    bool m_stepped = false;
};

} // namespace looptax
