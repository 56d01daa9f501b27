// What a turn costs by its tokens: a line for every run, then runs against each other. Turns of one run share
// their prompt and so are not independent; pooling them would claim more than is known.
//
// Only complete runs, their last attempt, turns with outcome ok and a TTFT. Left out: carry_over turns, whose
// cache nobody set up, and turns that waited for the model to be loaded (stratum load).
#pragma once

#include "analysis/runs.h"
#include "stats/estimate.h"
#include "stats/slope.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// What TTFT is held against. Processed tokens are what the runtime read anew; the other two are what it was given.
enum class TokenAxis { Processed, ContextEstimate, Prompt };
inline constexpr std::array<TokenAxis, 3> kTokenAxes{TokenAxis::Processed, TokenAxis::ContextEstimate, TokenAxis::Prompt};
std::string_view name(TokenAxis axis); // the column: "processed_tokens", ...

inline constexpr int kSlopeTurns = 3; // a line through fewer says nothing of its own fit

struct AxisFit {
    SlopeFit ms_per_1k;  // Theil-Sen; slope and interval in ms per 1,000 tokens, intercept in ms
    SlopeFit elasticity; // of ln TTFT on ln tokens, without unit
    bool operator==(const AxisFit&) const = default;
};

struct RunSlopes {
    int run = 0;
    int block = 0;
    CellKey key;
    int turns = 0;               // used
    int left_out = 0;            // carry_over, cache mode broken, load, not ok or without a TTFT
    bool diverged = false;       // a state that was fed in was already wrong, in any turn
    std::array<AxisFit, 3> by;   // in the order of kTokenAxes
    std::optional<double> ratio; // TTFT of turn N over that of turn 1; absent where one of them was left out
    std::string first_stratum;   // of turn 1; empty where it was left out
    std::string last_stratum;    // of turn N
    const AxisFit& on(TokenAxis axis) const { return by[std::size_t(axis)]; }
    bool operator==(const RunSlopes&) const = default;
};
std::vector<RunSlopes> runSlopes(const std::vector<const TurnRecord*>& turns); // by run

struct AxisSummary {
    Estimate ms_per_1k;    // median over runs and its exact interval
    Estimate intercept_ms; // the same
    Estimate elasticity;   // the same
    bool operator==(const AxisSummary&) const = default;
};

// One cell. n of an estimate is the runs that gave a value; where that is fewer than `runs`, the others had none.
struct LoopSlopes {
    CellKey key;
    int runs = 0; // complete
    std::array<AxisSummary, 3> by;
    // Turn N over turn 1 within a run. The baseline is turn 1 of the same run, in this cell's cache mode.
    Estimate ratio;        // geometric mean over runs, Student t on logs
    Estimate ratio_median; // and without a distribution
    std::string baseline;  // "turn 1 of the same run, cold, run-isolated"; empty without a ratio
    const AxisSummary& on(TokenAxis axis) const { return by[std::size_t(axis)]; }
    bool operator==(const LoopSlopes&) const = default;
};
std::vector<LoopSlopes> loopSlopes(const std::vector<RunSlopes>& runs); // sorted by key

} // namespace looptax
