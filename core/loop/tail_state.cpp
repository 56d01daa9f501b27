// B-tail: as B, but the state only ever changes at its end: oldest first, `count` behind the log. What a
// runtime has cached of it stays good up to the newest entry; B, C and D break the prefix in the state's
// first line.
#include "loop/design_entry.h"
#include "loop/state_loop.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

constexpr std::string_view kPrompt = "state_tail";

class TailState final : public StateLoop {
public:
    TailState(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings)
        : StateLoop(std::move(pack), settings, {kPrompt, std::nullopt, 0, LogOrder::OldestFirst}) {}

    // The place of `count` is the file's layout, not the model's answer: on top it would undo the whole
    // design.
    std::optional<std::string> nextState(int turn, const Judgement& judgement) const override {
        auto next = StateLoop::nextState(turn, judgement);
        if (!next) return next;
        Json state = Json::parse(*next, nullptr, false);
        if (!state.is_object() || !state.contains("count")) return next;
        Json count = state["count"];
        state.erase("count");
        state["count"] = std::move(count);
        return canonicalText(state);
    }
};

} // namespace

DesignEntry tailState() {
    return {{"B-tail", "oldest first", true, false, false, true}, kPrompt, [](auto pack, const LoopSettings& settings) {
                return std::unique_ptr<LoopDesign>(new TailState(std::move(pack), settings));
            }};
}

} // namespace looptax
