#include "base/short_slice.h"

#ifdef __linux__
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace looptax {

namespace {

#ifdef __linux__

constexpr std::uint64_t kSliceNs = 100'000; // the least the kernel takes
constexpr std::uint64_t kResetOnFork = 1;   // SCHED_FLAG_RESET_ON_FORK

// struct sched_attr of linux/sched/types.h in its first version; the C library of Debian 12 has neither it nor the call.
struct Attributes {
    std::uint32_t size;
    std::uint32_t policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime;
    std::uint64_t deadline;
    std::uint64_t period;
};

// 0: what others get.
void askForSlice(std::uint64_t ns) {
    Attributes now{};
    // A policy that somebody chose for this program is left alone.
    if (::syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) != 0 || now.policy != 0) return;
    now.size = sizeof now;
    now.flags |= kResetOnFork; // for good: only a privileged program may take it back
    now.runtime = ns;
    (void)::syscall(SYS_sched_setattr, 0, &now, 0);
}

#endif

} // namespace

#ifdef __linux__
ShortSlice::ShortSlice() { askForSlice(kSliceNs); }
ShortSlice::~ShortSlice() { askForSlice(0); }
#else
ShortSlice::ShortSlice() = default;
ShortSlice::~ShortSlice() = default;
#endif

} // namespace looptax
