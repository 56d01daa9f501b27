// Which turns showed what their cache mode promises, and what is known of those that did not. Such a turn is kept in the
// table and in pass rates and stands in no median of times and sizes; here its own numbers are.
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace looptax {

// Of one target and cache mode; turns with outcome ok, every attempt on record.
struct CacheModeCount {
    std::string target;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int verified = 0;
    int broken = 0;
    int not_verifiable = 0; // the runtime counts no cached tokens, or nobody can tell; of natural turns: nothing is promised
    int left_out = 0;       // of the broken: turns of complete runs, which medians would else be made of
    bool operator==(const CacheModeCount&) const = default;
};

// Broken turns of complete runs under one key. Medians over turns, not over blocks: what is out of order has none.
struct BrokenTurns {
    PassKey key;
    int turns = 0;
    std::optional<double> prompt_tokens;
    std::optional<double> cached_tokens;
    std::optional<double> ttft_ms;
    bool operator==(const BrokenTurns&) const = default;
};

struct CacheModes {
    std::vector<CacheModeCount> counts; // sorted by target, then mode
    std::vector<BrokenTurns> broken;    // sorted by key
    int disagreeing = 0;                // turns whose counts contradict each other; they are kept everywhere
    int leftOut() const;
};
CacheModes cacheModes(const std::vector<TurnRecord>& turns);

} // namespace looptax
