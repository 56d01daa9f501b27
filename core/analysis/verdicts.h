// The verdicts of a session, by the rules of its analysis plan. A pure function: the same records give the same
// Analysis, whoever asks and in whatever order the runs were made.
//
// Unit of analysis is the run for quality and slopes, the block for medians (a block is one repeat of every
// cell). Each target is judged alone: numbers of different runtimes are never pooled.
#pragma once

#include "analysis/instrument.h"
#include "analysis/verdict.h"
#include "domain/amendment.h"
#include "domain/schedule.h"
#include "domain/turn_record.h"
#include "record/run_view.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// What decides whether two targets served the same model file.
struct AnalysedTarget {
    std::string id;
    std::string runtime; // kind and version
    std::string model;
    std::string model_digest; // empty: not known
};

struct AnalysisInputs {
    std::optional<Plan> plan;                       // as journalled, before any amendment
    std::vector<Amendment> amendments;              // in journal order
    std::vector<ScheduledRun> schedule;             // amendments included
    const std::vector<RunView>* runs = nullptr;     // every attempt, in journal order
    const std::vector<TurnRecord>* turns = nullptr; // rows in journal order
    std::vector<AnalysedTarget> targets;
    std::optional<Instrument> instrument; // a difference smaller than its error is none
    bool collecting = false;              // a sweep is running
};

Analysis analyse(const AnalysisInputs& in);

} // namespace looptax
