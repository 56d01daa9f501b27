// Records of turns that the machine left alone or did not, and of reads that were stamped by the kernel or by this program: each
// as the engine would have written it.
#pragma once

#include "support/session_builder.h"

namespace looptax {

inline void asQuiet(TurnRecord& r) {
    r.host_other_cpu_ms = 3;
    r.host_steal_ms = 0;
    r.host_swap_bytes = 0;
    r.disturbed = false;
    r.disturbed_by.clear();
}

inline void asDisturbed(TurnRecord& r) {
    asQuiet(r);
    r.host_other_cpu_ms = 812;
    r.disturbed = true;
    r.disturbed_by = "other programs used 812 ms of CPU";
}

inline void stampedByKernel(TurnRecord& r) {
    r.stamp_source = "kernel";
    r.write_done_ns = 40'000;
    r.wake_lag_ns = 60'000;
    r.wake_lag_max_ns = 400'000;
    r.first_delta_shared = r.first_read_deltas.value_or(1) > 1;
}

} // namespace looptax
