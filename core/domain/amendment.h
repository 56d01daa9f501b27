// A change of the plan after it was journalled: the rules of its analysis, or more repeats. The journal's
// `amendment` line, and never a silent one: every verdict made under it says "changed after data".
#pragma once

#include "domain/plan.h"

#include <optional>
#include <string>

namespace looptax {

struct Amendment {
    std::string t;          // ISO 8601 UTC
    std::string text;       // the difference in words: "alpha 0.05 -> 0.01"
    std::string reason;     // the person's own words; may be empty
    bool after_data = true; // a turn was on record when it was made
    std::optional<AnalysisRules> analysis; // the rules in force from then on
    std::optional<int> repeats;            // the repeats in force from then on
    bool operator==(const Amendment&) const = default;
};

} // namespace looptax
