// C: as B, but the state holds the newest entries only; `count` goes on counting. The model does the capping.
#include "loop/design_entry.h"
#include "loop/state_loop.h"

namespace looptax {

namespace {

constexpr std::string_view kPrompt = "capped_state";
constexpr int kUsualCap = 3;

class CappedState final : public StateLoop {
public:
    CappedState(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings)
        : StateLoop(std::move(pack), settings, {kPrompt, settings.cap.value_or(kUsualCap), 0}) {}
};

} // namespace

DesignEntry cappedState() {
    return {{"C", "capped state", true, true, false}, kPrompt, [](auto pack, const LoopSettings& settings) {
                return std::unique_ptr<LoopDesign>(new CappedState(std::move(pack), settings));
            }};
}

} // namespace looptax
