// B: the whole log lives in the state file; no past reply is sent.
#include "loop/design_entry.h"
#include "loop/state_loop.h"

namespace looptax {

namespace {

constexpr std::string_view kPrompt = "state_file";

class StateFileBatch final : public StateLoop {
public:
    StateFileBatch(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings)
        : StateLoop(std::move(pack), settings, {kPrompt, std::nullopt, 0}) {}
};

} // namespace

DesignEntry stateFileBatch() {
    return {{"B", "batch + state file", true, false, false}, kPrompt, [](auto pack, const LoopSettings& settings) {
                return std::unique_ptr<LoopDesign>(new StateFileBatch(std::move(pack), settings));
            }};
}

} // namespace looptax
