// summary.json, report.md and report.html: records -> bytes. Pure: the same inputs give the same bytes on
// every machine, so a derived file can be deleted and made again. Everything that a model or a user wrote is
// escaped.
#pragma once

#include "analysis/instrument.h"
#include "analysis/published_study.h"
#include "analysis/verdict.h"
#include "base/json_fwd.h"
#include "base/result.h"
#include "domain/amendment.h"
#include "domain/plan.h"
#include "domain/schedule.h"
#include "domain/sent_fields.h"
#include "domain/turn_record.h"
#include "prefix/explanation.h"
#include "record/record_store.h"
#include "record/run_view.h"
#include "record/turn_warning.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// charts/<name>.svg as it lies beside the report, whoever put it there.
struct ReportChart {
    std::string name;
    std::string svg;
};
// What the model said in a turn.
struct ReportReply {
    std::size_t turn = 0; // index into ReportInputs::turns
    std::string reply;    // may be cut with excerptOf()
};

struct ReportInputs {
    std::string version; // of the program that writes the report
    std::string commit;
    std::optional<Plan> plan;
    std::string plan_text;
    std::string plan_sha256;
    std::vector<ScheduledRun> schedule;
    std::vector<RunView> runs;
    std::vector<TurnRecord> turns;
    std::vector<std::shared_ptr<const Json>> sessions; // the session line, and one more for each resume
    std::vector<std::shared_ptr<const Json>> notes;    // what happened around the turns, in journal order
    std::vector<Amendment> amendments;                 // in journal order
    bool collecting = false;                           // the sweep has not ended: nothing is announced
    std::optional<Analysis> analysis;                  // absent: made from the record and the plan's rules
    std::vector<std::string> warnings;                 // of reading the journal
    std::vector<TurnWarning> turn_warnings;            // what was odd about answers
    std::vector<SentFields> sent;                      // what requests carried; empty: not on record
    std::map<std::string, std::string> design_names;   // "A" -> "full context"
    PublishedStudy published;                          // no tables: none are shown
    std::vector<ReportChart> charts;                   // in the order they are shown
    std::optional<Instrument> instrument;              // by whose error times are judged
    std::optional<Instrument> instrument_other;        // of the other load, where either may fit: quoted as well
    LoadFit instrument_fit = LoadFit::Either;          // which load fits this session
    bool instrument_journalled = false;                // its sweep knew it; else it is the one kept on this machine now
    SessionExplanations explanations;                  // of explanations.jsonl; empty: there is none
    std::vector<ReportReply> replies;                  // of the turns that turnsToQuote() names
};

// What the records hold; the rest is the caller's to fill in.
ReportInputs reportInputs(const RecordStore& records);

// Failed and wrong turns whose words are worth showing: one of each kind, the most frequent kinds first.
std::vector<std::size_t> turnsToQuote(const std::vector<TurnRecord>& turns);
// Beginning and end of a long reply, with what was left out between them said; never cuts a character.
std::string excerptOf(std::string_view reply);

std::string summaryJson(const ReportInputs& in);
std::string reportMarkdown(const ReportInputs& in);
std::string reportHtml(const ReportInputs& in);

} // namespace looptax
