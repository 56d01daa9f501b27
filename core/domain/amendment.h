// A change of the plan after it was journalled: the rules of its analysis, or more repeats. The journal's
// `amendment` line, and never a silent one: every verdict made under one that came after data says "changed
// after data".
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct Amendment {
    std::string t;                         // ISO 8601 UTC
    std::string text;                      // the difference in words: "alpha 0.05 -> 0.01"
    std::string reason;                    // the person's own words; may be empty
    bool after_data = true;                // a turn was on record when it was made
    std::optional<AnalysisRules> analysis; // the rules in force from then on
    std::optional<int> repeats;            // the repeats in force from then on
    bool operator==(const Amendment&) const = default;
};

// The plan with its amendments, in journal order. Its own text and hash stay what was journalled.
Plan planInForce(Plan plan, const std::vector<Amendment>& amendments);

// "alpha 0.05 -> 0.01; repeats 1 -> 8": what may be amended and differs; empty when nothing does.
std::string amendmentText(const Plan& before, const Plan& after);

// "changed after data on 2026-11-25: alpha 0.05 -> 0.01 (a slip of the pen)"
std::string amendmentSentence(const Amendment& amendment);

// Members of the journal's line: t, text, reason, after_data, and where they were changed analysis (with
// analysis_sha256, rulesHash() of it) and repeats.
void writeAmendment(Json& fields, const Amendment& amendment);
// A member of the wrong form is an error that names it; one that is missing says nothing was changed, but for
// after_data: nobody may slip in a change by leaving that out.
Result<Amendment> readAmendment(const Json& line);

} // namespace looptax
