// What the plan, the schedule and the reports need to know of a loop design. How it behaves is loop/'s business.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace looptax {

struct DesignFacts {
    std::string_view id;        // as in plans and cells: "A"
    std::string_view name;      // "full context"
    std::string_view prompt;    // which text of the task pack its prompts are made of
    bool keeps_state = false;   // a state file is fed into each turn
    bool takes_cap = false;     // cells carry cap (newest entries held)
    bool takes_padding = false; // cells carry padding (entries the state starts with)
    bool oldest_first = false;  // the log is asked for and judged oldest first, `count` behind it
};

// The names a plan may use; the table itself stands in loop/, beside the classes.
struct Catalogue {
    std::span<const DesignFacts> designs;
    std::span<const std::string_view> task_packs;

    const DesignFacts* design(std::string_view id) const {
        for (const DesignFacts& facts : designs)
            if (facts.id == id) return &facts;
        return nullptr;
    }
};

} // namespace looptax
