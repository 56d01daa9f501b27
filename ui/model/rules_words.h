// The rules of an analysis in words: on the fold of the plan panel before Start, and under the verdicts they
// decided. Pure.
#pragma once

#include "domain/plan.h"

#include <QString>

namespace looptax {

QString rulesSummary(const AnalysisRules& rules); // "alpha 0.05, margins 0.1 and 1.25×"
QString rulesWords(const AnalysisRules& rules);   // all of them, sentences

} // namespace looptax
