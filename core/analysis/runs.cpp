#include "analysis/runs.h"

#include <algorithm>
#include <map>

namespace looptax {

namespace {

template <class Counts> std::vector<RunTurns> lastAttempts(const std::vector<const TurnRecord*>& turns, Counts counts) {
    std::map<int, RunTurns> runs;
    for (const TurnRecord* turn : turns) {
        if (!counts(turn->run_outcome)) continue;
        RunTurns& attempt = runs[turn->run];
        if (turn->run_attempt < attempt.run_attempt) continue;
        if (turn->run_attempt > attempt.run_attempt) attempt = {turn->run, turn->run_attempt, {}};
        const auto same = std::find_if(attempt.turns.begin(), attempt.turns.end(),
                                       [&](const TurnRecord* other) { return other->turn == turn->turn; });
        if (same == attempt.turns.end()) attempt.turns.push_back(turn);
        else *same = turn;
    }
    std::vector<RunTurns> out;
    for (auto& [run, attempt] : runs) {
        std::sort(attempt.turns.begin(), attempt.turns.end(),
                  [](const TurnRecord* a, const TurnRecord* b) { return a->turn < b->turn; });
        out.push_back(std::move(attempt));
    }
    return out;
}

} // namespace

CellKey cellKeyOf(const TurnRecord& r) { return {r.target, r.design, r.cap, r.padding, r.cache_mode, r.n}; }

std::vector<RunTurns> completeRuns(const std::vector<const TurnRecord*>& turns) {
    return lastAttempts(turns, [](const std::string& end) { return end == "complete"; });
}

std::vector<RunTurns> endedRuns(const std::vector<const TurnRecord*>& turns) {
    return lastAttempts(turns, [](const std::string& end) { return end == "complete" || end == "failed" || end == "stopped"; });
}

bool turnPassed(const TurnRecord& turn) { return turn.outcome == Outcome::Ok && turn.all_pass.value_or(false); }

} // namespace looptax
