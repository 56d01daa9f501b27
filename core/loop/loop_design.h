// A loop design: what turn t sends, from what happened so far, and what the state becomes after the reply.
// A new design is a line of the table in loop_design.cpp; state_loop.h is what all with a state file share.
#pragma once

#include "domain/design.h"
#include "domain/message.h"
#include "domain/plan.h"
#include "loop/reply_checker.h"
#include "loop/research_log.h"
#include "loop/task_pack.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

struct LoopSettings {
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    ReplyFormat format = ReplyFormat::Prompt;
    OnBadTurn on_bad_turn = OnBadTurn::Carry;
    std::int64_t task_seed = 1;
};

// Eight hex digits that open each system message; see cache modes in the README.
inline constexpr const char* kNeutralTag = "00000000";

// One conversation. Turns count from 1 and are asked for in order.
class LoopDesign {
public:
    virtual ~LoopDesign() = default;
    // The text of the state file before turn 1; absent where the design keeps no state.
    virtual std::optional<std::string> initialState() const = 0;
    // tag: eight hex digits that open the system message. stateText: the state file as it was read back, fed
    // in whole.
    virtual Messages messages(int turn, std::string_view tag, const std::optional<std::string>& stateText) const = 0;
    // What the reply is judged against, given the state that was fed in.
    virtual Expectation expectation(int turn, const std::optional<std::string>& stateText) const = 0;
    // The state after an ok turn, by the plan's on_bad_turn; absent = the file stays as it is.
    virtual std::optional<std::string> nextState(int turn, const Judgement& judgement) const = 0;
    // An ok turn's reply as it was said: A's next prompt holds it.
    virtual void remember(int turn, std::string_view reply) = 0;
    // Characters of a right reply to this turn, fence included: max_tokens `auto` rests on it.
    virtual std::int64_t expectedReplyChars(int turn) const = 0;
};

std::span<const DesignFacts> designTable();
std::span<const std::string_view> taskPackNames(); // resource("task/<name>.json") is the pack
Catalogue catalogue();                             // both, as plans and schedules want them
// Null for an unknown id, an n below 1, or a pack without the text the design needs.
std::unique_ptr<LoopDesign> makeLoopDesign(std::string_view id, std::shared_ptr<const TaskPack> pack,
                                           const LoopSettings& settings);

// JSON Schema of a reply, for runtimes that constrain it (reply.format json_schema). Its properties stand in
// the order they are asked for: llama.cpp makes a grammar of that order.
std::string replySchemaJson(const DesignFacts& design, const TaskPack& pack);

} // namespace looptax
