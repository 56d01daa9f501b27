// The turn in flight, as far as the journal and the stream tell. Not a record: it becomes one when it ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace looptax {

struct RunningTurn {
    int run = 0;
    int run_attempt = 1;
    int send_attempt = 1;
    int turn = 0;
    // of its run's place in the schedule
    std::string cell;
    std::string target;
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    int repeat = 0;
    std::int64_t prompt_chars = 0;

    std::int64_t sent_ns = 0; // CLOCK_MONOTONIC; 0 until the request is sent
    std::int64_t deltas = 0;  // stream deltas so far: not tokens; 0 = still waiting for the first
    bool operator==(const RunningTurn&) const = default;
};

} // namespace looptax
