// The parts of summary.json that are more than a loop, each from the same values as its section of the report.
#pragma once

#include "base/json_fwd.h"
#include "report/report.h"
#include "report/report_sections.h"

namespace looptax {

// {"low", "high", "coverage", "method"}; null where there is none.
Json intervalJson(const std::optional<Interval>& interval);
// {"n", "value", "interval", "method", "missing"}
Json estimateJson(const Estimate& estimate);

Json summariesJson(const ReportContext& context);  // times and sizes by turn: medians over blocks
Json passRatesJson(const ReportContext& context);  // by turn
Json totalsJson(const ReportContext& context);     // passes of all turns of a design
Json qualityJson(const ReportContext& context);    // by cell: what claims about quality rest on
Json slopesJson(const ReportContext& context);     // by cell
Json rightCellsJson(const ReportContext& context); // how many cells were right throughout, and never
Json targetsJson(const ReportContext& context);    // who answered, and what requests carried in the end; null: not on record
Json turnsOnRecordJson(const ReportContext& context);
Json failuresJson(const ReportContext& context);                  // kinds of failed and wrong turns, the most frequent first
Json streamsJson(const std::vector<TurnRecord>& turns);           // by target: turns of complete runs, by kind of stream
Json promptsTruncatedJson(const std::vector<TurnRecord>& turns);  // by target and cell
Json disturbedTurnsJson(const std::vector<DisturbedCell>& cells); // by cell, and by what
Json stampsJson(const std::vector<TurnRecord>& turns);            // by target: who stamped the turns of complete runs
Json withoutDisturbedJson(const ReportContext& context);          // by turn: TTFT with and without the disturbed turns
Json promptChecksJson(const ReportInputs& in); // prompts whose counts looked too small, and what came of it, in words

// Rules in force, headline, cautions, what is offered.
Json analysisJson(const Analysis& analysis);
Json verdictsJson(const Analysis& analysis); // a row a verdict, in the order of the board
Json amendmentsJson(const std::vector<Amendment>& amendments);

Json publishedJson(const PublishedStudy& published); // the post's tables, to which ours stand beside
Json rereadsJson(const ReportInputs& in);            // means a turn, by reason; null where there is no account
Json instrumentJson(const ReportInputs& in);         // null where it was not calibrated on this machine

} // namespace looptax
