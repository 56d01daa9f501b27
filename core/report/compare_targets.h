// Which targets of two sessions are taken for the same place. Names are what somebody typed: the same name and the
// same kind of runtime are a pair, else the only two of a kind that ran the same cells; where that is not one
// answer, nobody guesses.
#pragma once

#include "analysis/compare.h"
#include "base/result.h"
#include "report/report.h"

#include <string>
#include <vector>

namespace looptax {

struct TargetMatch {
    std::vector<TargetPair> pairs;
    std::vector<std::string> how; // a sentence for each
};

// wanted: pairs that a person gave, of any two kinds; they come first. An error of kind Plan where no cell of the one
// was run in the other, or where several could be meant, and of kind Usage for a wish that cannot be.
Result<TargetMatch> matchTargets(const ReportInputs& first, const ReportInputs& second, const std::vector<TargetPair>& wanted);

} // namespace looptax
