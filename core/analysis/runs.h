// The runs behind a session's rows: which attempt counts, and its turns in order.
#pragma once

#include "domain/turn_record.h"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct CellKey {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int n = 0; // turns planned
    auto operator<=>(const CellKey&) const = default;
};
CellKey cellKeyOf(const TurnRecord& turn);

struct RunTurns {
    int run = 0;
    int run_attempt = 0;
    std::vector<const TurnRecord*> turns; // by turn; of one sent more than once the last send; never empty
};

// By run, the last attempt that ended so. A later attempt that was cut takes nothing back. The records must
// outlive what is returned.
std::vector<RunTurns> completeRuns(const std::vector<const TurnRecord*>& turns);
std::vector<RunTurns> endedRuns(const std::vector<const TurnRecord*>& turns); // complete, failed or stopped

// Outcome ok and every flag of the task as it should be.
bool turnPassed(const TurnRecord& turn);

} // namespace looptax
