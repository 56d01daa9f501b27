// What the designs with a state file share: the prompt is the state and one new entry, and the reply is the
// next state. They differ in what the state starts with, what it may hold, and in the text of the pack they
// use.
#pragma once

#include "loop/entry_series.h"
#include "loop/loop_design.h"

#include <memory>
#include <optional>
#include <string_view>

namespace looptax {

struct StateRules {
    std::string_view prompt; // which text of the pack
    std::optional<int> cap;  // newest entries held; absent = all
    int padding = 0;         // entries the state starts with
    LogOrder order = LogOrder::NewestFirst;
};

class StateLoop final : public LoopDesign {
public:
    StateLoop(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings, const StateRules& rules);

    std::optional<std::string> initialState() const override;
    Messages messages(int turn, std::string_view tag, const std::optional<std::string>& stateText) const override;
    Expectation expectation(int turn, const std::optional<std::string>& stateText) const override;
    std::optional<std::string> nextState(int turn, const Judgement& judgement) const override;
    void remember(int turn, std::string_view reply) override;
    std::int64_t expectedReplyChars(int turn) const override;

private:
    // The right state after that many turns, from the entries alone.
    LogState truthAfter(int turns) const;

    std::shared_ptr<const TaskPack> m_pack;
    LoopSettings m_settings;
    StateRules m_rules;
    EntrySeries m_entries;
};

} // namespace looptax
