// D: as B, but the state starts with entries nobody has sent: state size without depth.
#include "loop/design_entry.h"
#include "loop/state_loop.h"

namespace looptax {

namespace {

constexpr std::string_view kPrompt = "state_file";

class PaddedState final : public StateLoop {
public:
    PaddedState(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings)
        : StateLoop(std::move(pack), settings, {kPrompt, std::nullopt, settings.padding.value_or(0)}) {}
};

} // namespace

DesignEntry paddedState() {
    return {{"D", "padded state", true, false, true}, kPrompt, [](auto pack, const LoopSettings& settings) {
                return std::unique_ptr<LoopDesign>(new PaddedState(std::move(pack), settings));
            }};
}

} // namespace looptax
