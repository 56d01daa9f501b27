// What a loop costs from end to end: the wait that a user has, whatever it is made of.
#pragma once

#include "analysis/summary.h"
#include "domain/turn_record.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// A run from the send of its first turn to the end of its last answer, and the writing of the state before
// turn 1. Cooldown and pauses are no part of it.
enum class LoopPart {
    Ttft,      // sum of ttft_ms
    Decode,    // from each first token to the end of its answer
    StateFile, // state_replace_ms: the durable replacement, between turns and before the first
    Gap        // the rest between turns: judging, the journal, connecting anew, waiting for a busy runtime
};
inline constexpr std::size_t kLoopParts = 4;
std::string_view name(LoopPart part); // "ttft_ms", "decode_ms", "state_file_ms", "gap_ms"

// The same N turns in each design, where N is the length of a cell of the target: a longer run tells of its first
// N turns too, because a turn costs the same whatever the length of its run. Medians, lowest and highest are over
// blocks, within a block first the median over its runs; the median of the sums is not the sum of the medians.
struct LoopTime {
    PassKey key; // its turn is N
    MetricSummary total_ms;
    std::array<MetricSummary, kLoopParts> parts;
    const MetricSummary& operator[](LoopPart part) const { return parts[std::size_t(part)]; }
};

// Of complete runs all of whose first N turns are ok with a time and kept their cache mode; of several complete
// attempts the last. Sorted by target, cache mode, N, then design.
std::vector<LoopTime> loopTimes(const std::vector<TurnRecord>& turns);

} // namespace looptax
