// Two sessions beside each other, as a document: what differs around them first, then differences and ratios turn by
// turn, then both beside the published study. Nothing is pooled, and the document says why.
#pragma once

#include "analysis/compare.h"
#include "base/result.h"
#include "report/compare_targets.h"
#include "report/document.h"
#include "report/environment.h"
#include "report/report.h"

#include <string>
#include <vector>

namespace looptax {

struct SessionComparison {
    TargetMatch targets;
    Environment environment;
    Comparison turns;
};

// wanted: pairs of targets that a person set side by side. An error of kind Usage where both are the same session, and
// what matchTargets() says where nothing of them meets. The calibration is the one that `second` holds.
Result<SessionComparison> compareReports(const ReportInputs& first, const ReportInputs& second,
                                         const std::vector<TargetPair>& wanted);

doc::Document compareDocument(const ReportInputs& first, const ReportInputs& second, const SessionComparison& comparison);
// Schema looptax.comparison/1: every number of the document.
std::string compareJson(const ReportInputs& first, const ReportInputs& second, const SessionComparison& comparison);

// One session beside the published tables: ours beside theirs, shape and level apart.
doc::Document besidePublished(const ReportInputs& session);

// The id a session gives itself; empty when it gives none.
std::string sessionIdOf(const ReportInputs& in);

} // namespace looptax
