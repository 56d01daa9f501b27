#include "engine/token_budget.h"

#include "base/text.h"
#include "loop/loop_design.h"
#include "loop/right_reply.h"

#include <algorithm>
#include <map>

namespace looptax {

int maxTokensFor(std::int64_t expectedReplyChars, bool thinking) {
    return int(std::clamp<std::int64_t>(2 * expectedReplyChars / 3, 256, 1'000'000)) + (thinking ? kThinkingTokens : 0);
}

RunSize expectedSize(const Plan& plan, const ScheduledRun& run, const std::shared_ptr<const TaskPack>& pack) {
    LoopSettings settings;
    settings.n = run.n;
    settings.cap = run.cap;
    settings.padding = run.padding;
    settings.format = plan.reply.format;
    settings.on_bad_turn = plan.on_bad_turn;
    settings.task_seed = plan.task.seed;
    RunSize size;
    const auto design = makeLoopDesign(run.design, pack, settings);
    if (!design) return size;
    // A conversation of right replies: what the run comes to when the model does what it is asked.
    std::optional<std::string> state = design->initialState();
    for (int turn = 1; turn <= run.n; ++turn) {
        const Messages messages = design->messages(turn, "00000000", state);
        std::int64_t chars = 0;
        for (const Message& message : messages) chars += codePoints(message.content);
        const std::string reply = rightReply(messages);
        const std::int64_t replyTokens = codePoints(reply) / 4;
        size.turns.push_back({chars / 4, replyTokens});
        size.prompt_tokens += chars / 4;
        size.reply_tokens += replyTokens;
        // Thoughts take their place in the context too, as many as the budget allows for them.
        size.largest_turn = std::max(size.largest_turn, chars / 4 + replyTokens + (plan.reply.thinking ? kThinkingTokens : 0));
        const Judgement judgement = checkReply(reply, design->expectation(turn, state));
        if (auto next = design->nextState(turn, judgement)) state = std::move(next);
        design->remember(turn, reply);
    }
    return size;
}

Status checkContext(const Plan& plan, const std::vector<ScheduledRun>& runs, std::int64_t contextTokens,
                    const std::string& target, const std::shared_ptr<const TaskPack>& pack) {
    std::map<std::string, std::int64_t> known; // every repeat of a cell has the same size
    std::string worst;
    std::int64_t largest = 0;
    for (const ScheduledRun& run : runs) {
        auto found = known.find(run.cell);
        if (found == known.end()) found = known.emplace(run.cell, expectedSize(plan, run, pack).largest_turn).first;
        if (found->second <= largest) continue;
        largest = found->second;
        worst = run.cell;
    }
    if (largest <= contextTokens) return {};
    return Error{ErrorKind::Plan,
                 "the context of " + target + " holds " + std::to_string(contextTokens) + " tokens, and cell " + worst +
                     " needs at least " + std::to_string(largest) + " (characters / 4)",
                 "$.context_tokens", "give the runtime a larger context or leave that cell out", 0};
}

} // namespace looptax
