// The prompts of a run, made again from what the journal holds. They are not stored: replies and states are,
// and the design makes the rest; the hash of turn_start proves that it is what was sent.
#pragma once

#include "domain/turn_record.h"
#include "loop/loop_design.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

class RunReplay {
public:
    // A record of any turn of the run. pack may be null; then, and where the design is not known, known() is
    // false.
    RunReplay(const TurnRecord& record, const Plan& plan, std::shared_ptr<const TaskPack> pack);

    bool known() const { return m_design != nullptr; }
    // Of the next turn, after answered() for all before it. Only when known().
    Messages prompt(int turn, std::string_view tag) const;
    Expectation expectation(int turn) const;
    // An ok turn: its reply, and the state where that turn wrote one.
    void answered(int turn, std::string_view reply, const std::optional<std::string>& state);

private:
    std::unique_ptr<LoopDesign> m_design;
    std::optional<std::string> m_state;
};

// Is it the prompt that the journal's hash names?
bool isPromptOf(const Messages& messages, std::string_view promptSha256);

} // namespace looptax
