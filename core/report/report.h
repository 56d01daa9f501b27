// summary.json and report.md: records -> bytes. Pure: the same inputs give the same bytes on every machine,
// so a derived file can be deleted and made again. Everything that a model or a user wrote is escaped.
#pragma once

#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/plan.h"
#include "domain/run_view.h"
#include "domain/schedule.h"
#include "domain/turn_record.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// What the published study printed (resources/reference/published-study.json), to stand beside our numbers.
struct PublishedTurn {
    int turn = 0;
    std::optional<int> padding;
    std::optional<double> context_tokens_estimate;
    std::optional<double> state_file_bytes;
    std::optional<double> ttft_ms;
};
struct PublishedTable {
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::vector<std::string> remarks;
    std::vector<PublishedTurn> rows;
};
struct PublishedStudy {
    std::string title;
    std::string machine;
    std::string runtime;
    std::string model;
    std::vector<PublishedTable> tables;
};
Result<PublishedStudy> readPublishedStudy(std::string_view json); // schema looptax.reference/1

struct ReportInputs {
    std::string version; // of the program that writes the report
    std::string commit;
    std::optional<Plan> plan;
    std::string plan_text;
    std::string plan_sha256;
    std::vector<ScheduledRun> schedule;
    std::vector<RunView> runs;
    std::vector<TurnRecord> turns;
    std::shared_ptr<const Json> session; // the session line; may be null
    std::vector<std::string> warnings;   // of reading the journal
    PublishedStudy published;            // no tables: none are shown
    std::vector<std::string> charts;     // names of charts/<name>.svg that lie beside the report
};

// From anything with the accessors of RecordStore, which this room may not see.
template <class Records> ReportInputs reportInputs(const Records& records) {
    ReportInputs in;
    in.plan = records.plan();
    in.plan_text = records.planText();
    in.plan_sha256 = records.planHash();
    in.schedule = records.schedule();
    in.runs = records.runs();
    in.turns = records.turns();
    in.session = records.sessionLine();
    in.warnings = records.warnings();
    return in;
}

std::string summaryJson(const ReportInputs& in);
std::string reportMarkdown(const ReportInputs& in);

} // namespace looptax
