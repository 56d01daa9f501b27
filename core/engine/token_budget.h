// How many tokens a turn may take, before anything has been measured.
#pragma once

#include "base/result.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "loop/task_pack.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace looptax {

// What the automatic budget allows for thoughts, where they are switched on.
inline constexpr int kThinkingTokens = 2048;

// max_tokens `auto`: twice the expected reply at three characters a token, at least 256, so that a model that never
// stops cannot hold the sweep; with thinking, kThinkingTokens more.
int maxTokensFor(std::int64_t expectedReplyChars, bool thinking);

// In tokens at four characters each: a floor, real tokenizers give more.
struct TurnSize {
    std::int64_t prompt_tokens = 0;
    std::int64_t reply_tokens = 0;
};
struct RunSize {
    std::vector<TurnSize> turns;
    std::int64_t prompt_tokens = 0; // summed over the turns
    std::int64_t reply_tokens = 0;  // summed over the turns
    std::int64_t largest_turn = 0;  // prompt + reply of the worst turn
};
RunSize expectedSize(const Plan& plan, const ScheduledRun& run, const std::shared_ptr<const TaskPack>& pack);

// An error with both numbers when the longest cell cannot fit the context.
Status checkContext(const Plan& plan, const std::vector<ScheduledRun>& runs, std::int64_t contextTokens,
                    const std::string& target, const std::shared_ptr<const TaskPack>& pack);

} // namespace looptax
