// plan.json, schema looptax.plan/1: read with every default filled in, written in one canonical form.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// One thing wrong with a plan, at a JSON path such as "$.cells[1].turns".
struct Problem {
    std::string path;
    std::string message;
    std::string hint;     // what to write instead; may be empty
    bool warning = false; // the plan can run all the same

    std::string text() const; // "$.order: unknown value "blokced" (did you mean "blocked"?)"
    bool operator==(const Problem&) const = default;
};

struct ParsedPlan {
    Plan plan;                     // what could be read, defaults elsewhere
    std::vector<Problem> problems; // of form: syntax, unknown keys, wrong types and names, missing keys
};

// Never throws; reports every problem of form at once. What the values mean together is checkPlan()'s to judge.
ParsedPlan readPlan(std::string_view text);

// Every key written, two-space indent, final newline: the same bytes on every machine. readPlan(writePlan(p)) == p.
std::string writePlan(const Plan& plan);
std::string planHash(const Plan& plan); // SHA-256 of writePlan()

// The rules of the analysis by themselves, for what is fixed before the first turn and amended later.
Json rulesToJson(const AnalysisRules& rules);
struct ParsedRules {
    AnalysisRules rules;
    std::vector<Problem> problems; // of form, paths begin with the one given
};
ParsedRules readRules(const Json& json, const std::string& path);
// The canonical text: the plan's `analysis` object with every key, in the order of writePlan(), on one line
// without spaces: {"alpha":0.05,"family":["H1",...],...}. Two plans that differ elsewhere share it.
std::string rulesText(const AnalysisRules& rules);
std::string rulesHash(const AnalysisRules& rules); // SHA-256 of rulesText()

} // namespace looptax
