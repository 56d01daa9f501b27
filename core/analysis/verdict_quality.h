// H1 to H5: the post's hypotheses on quality, by the table of rules that was fixed before any data. The unit is the
// run: k_N of a cell are its runs whose last turn passes. A run that failed or was stopped before it did not pass; what a
// verdict is worth that depends on such runs, verdict_board.h decides.
#pragma once

#include "analysis/verdict_draft.h"

#include <functional>
#include <string>
#include <vector>

namespace looptax {

// Runs at one value of what is varied: N, padding, or entries held.
struct PassLevel {
    int at = 0;
    int n = 0;
    int k = 0;
    int cell = 0; // of its n, those of the smallest cell: more repeats bring a run to every cell, not one to the level
    double share() const { return n > 0 ? double(k) / n : 0.0; }
};
std::vector<PassLevel> passLevels(const std::vector<const JudgedRun*>& runs,
                                  const std::function<int(const JudgedRun&)>& at); // ascending

// The pass rate falls from the first level to the last: exact Cochran-Armitage, Newcombe's interval of the fall, and the
// margin delta_q. H1 and Q1 are decided so. `axis`: "N", "entries held".
Draft fallingDraft(Draft draft, const std::vector<PassLevel>& levels, const std::string& axis, const RuleSubject& subject);
std::string fallingRule(const AnalysisRules& rules, const std::string& axis);

Draft verdictH1(const RuleSubject& subject);
Draft verdictH2(const RuleSubject& subject);
Draft verdictH3(const RuleSubject& subject);

} // namespace looptax
