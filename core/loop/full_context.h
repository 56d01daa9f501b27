// A: the whole conversation is sent each turn. What the model said stays as it said it, right or wrong.
#pragma once

#include "loop/entry_series.h"
#include "loop/loop_design.h"

#include <memory>
#include <string>
#include <vector>

namespace looptax {

class FullContext final : public LoopDesign {
public:
    FullContext(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings, std::string_view prompt);

    std::optional<std::string> initialState() const override;
    Messages messages(int turn, std::string_view tag, const std::optional<std::string>& stateText) const override;
    Expectation expectation(int turn, const std::optional<std::string>& stateText) const override;
    std::optional<std::string> nextState(int turn, const Judgement& judgement) const override;
    void remember(int turn, std::string_view reply) override;
    std::int64_t expectedReplyChars(int turn) const override;

private:
    LogState truthAfter(int turns) const;

    std::shared_ptr<const TaskPack> m_pack;
    std::string_view m_prompt; // which text of the pack
    ReplyFormat m_format;
    EntrySeries m_entries;
    std::vector<std::string> m_replies;
};

} // namespace looptax
