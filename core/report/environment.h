// What two sessions say of the world they were measured in, and where they part: the first thing to read before
// any of their numbers is set beside another.
#pragma once

#include "analysis/compare.h"
#include "report/report.h"

#include <string>
#include <vector>

namespace looptax {

struct EnvironmentFact {
    std::string what;  // "host: cores", "target llamacpp / lc: build"
    std::string first; // empty: not reported
    std::string second;
};

struct Environment {
    std::vector<EnvironmentFact> differ; // in the order a reader asks: plan, runtimes, host, program
    std::vector<std::string> same;       // names of facts that both report alike
    std::vector<std::string> unknown;    // that neither reports: nobody can say
};

// By the first account each session gives of itself; a resume under other conditions is a fact of its own.
Environment compareEnvironments(const ReportInputs& first, const ReportInputs& second, const std::vector<TargetPair>& pairs);

} // namespace looptax
