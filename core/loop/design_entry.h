// One line of the table of designs: what plans and reports know of it, and how to make one conversation of
// it.
#pragma once

#include "loop/loop_design.h"

#include <memory>

namespace looptax {

struct DesignEntry {
    DesignFacts facts;
    std::string_view prompt; // the text it needs in the pack
    std::unique_ptr<LoopDesign> (*make)(std::shared_ptr<const TaskPack> pack, const LoopSettings& settings);
};

} // namespace looptax
