// The sections of a report, each from the same context into the same document.
#pragma once

#include "analysis/cache_estimate.h"
#include "analysis/cache_modes.h"
#include "analysis/disturbed.h"
#include "analysis/loop_slopes.h"
#include "analysis/summary.h"
#include "analysis/summary_detail.h"
#include "analysis/verdicts.h"
#include "base/json_fwd.h"
#include "base/json_read.h"
#include "report/document.h"
#include "report/report.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace looptax {

// What is known of a target, from the plan and from what the runtime said of itself.
struct ReportTarget {
    std::string id;
    std::string kind;
    std::string model;                     // a file without the folder it lies in: whose home that is, is nobody's business
    std::string version;                   // empty: the runtime did not say
    bool simulated = false;                // the scripted server: no model was measured
    const Json* facts = nullptr;           // of the session line; may be null
    std::vector<std::string> builds;       // of a session that was resumed on another one, in order
    std::vector<std::string> reply_models; // that replies named, in order
    std::vector<std::string> reply_fingerprints;
    std::vector<std::shared_ptr<const Json>> sent; // what requests carried, each time it changed
};
// What the verdicts are made of, as analysisInputs() takes it from the records themselves.
AnalysisInputs analysisInputs(const ReportInputs& report);
std::vector<ReportTarget> reportTargets(const ReportInputs& in);
// "temperature 0.2, top_p 0.95, no top_k, ..., seed 42": the plan's, without saying what was sent.
std::string samplingText(const Sampling& sampling);
// What requests to the target carried in the end, and what of the plan they did not; empty where it is not on record.
std::string sentText(const ReportTarget& target, const Plan& plan);
std::string measuredBy(const Json& session); // "looptax 0.1.0 (abc123)", of a session line; empty: it does not say

// All turns of one target, design, cap, padding and cache mode.
struct ReportCurve {
    PassKey key; // turn is 0
    std::vector<const TurnSummary*> turns;
    std::vector<const PassSummary*> passes;
};

struct ReportContext {
    explicit ReportContext(const ReportInputs& inputs);
    ReportContext(const ReportContext&) = delete; // curves point into summary

    const ReportInputs& in;
    SessionSummary summary;
    CacheModes cache_modes;
    CacheEstimates estimates; // of cached tokens, where a runtime does not count them
    SessionDetail detail;     // of the same rows in the same order, with intervals
    std::vector<LoopSlopes> slopes;
    std::vector<ReportTarget> targets;
    std::vector<ReportCurve> curves; // sorted by key
    bool simulated(const std::string& target) const;
    bool anySimulated() const;
    bool allSimulated() const;
    // Of the cache states that a turn was found in, the one most blocks were in; null where there is none.
    const TurnSummary* commonest(const ReportCurve& curve, int turn) const;
    const ReportCurve* curve(const PassKey& key) const; // its turn is ignored
    // A metric with its interval, of a row of `summary`; null where no turn had a value.
    const MetricDetail* metric(const TurnSummary* row, std::string_view name) const;
    const PassDetail* passes(const PassSummary* row) const;
    const Analysis* analysis() const;        // in.analysis, else made here; null without a plan: there are no rules then
    int mostBlocks() const;                  // the largest n of any TTFT
    std::optional<Plan> planInForce() const; // with its amendments
    // "Design C capped state, cap 3 · llamacpp · run-isolated", with SIMULATED in front where it is.
    std::string caption(const PassKey& key) const;
    std::string designText(const std::string& design) const; // "A full context"

private:
    std::optional<Analysis> m_analysis;
};
// "C, cap 3 · llamacpp", marked where it is simulated.
std::string cellText(const ReportContext& context, const CellKey& key);

// Sentences that define the numbers, by the names of summary.json: those a reader of the report meets, and all.
const std::vector<std::pair<std::string_view, std::string_view>>& definitions();
const std::vector<std::pair<std::string_view, std::string_view>>& allDefinitions();

doc::Document reportDocument(const ReportInputs& in); // all of the sections below, in their order

void addOpening(doc::Document& document, const ReportContext& context);
void addVerdicts(doc::Document& document, const ReportContext& context);
void addGlance(doc::Document& document, const ReportContext& context);
void addPublished(doc::Document& document, const ReportContext& context);
void addCharts(doc::Document& document, const ReportContext& context);
void addTurns(doc::Document& document, const ReportContext& context);
void addStreams(doc::Document& document, const ReportContext& context); // above the turns' tables; nothing without a complete run
void addSlopes(doc::Document& document, const ReportContext& context);  // nothing where no run has three turns
void addTax(doc::Document& document, const ReportContext& context);
void addReread(doc::Document& document, const ReportContext& context); // nothing where there is no account
void addQuality(doc::Document& document, const ReportContext& context);
void addCacheModes(doc::Document& document, const ReportContext& context);
void addEstimates(doc::Document& document, const ReportContext& context); // nothing where every runtime counts
// How many turns a curve's table leaves out because their cache mode did not hold; nothing where none.
void addLeftOut(doc::Document& document, const ReportContext& context, const ReportCurve& curve);
void addTruncatedPrompts(doc::Document& document, const ReportContext& context); // nothing where nobody doubts a prompt
void addMachine(doc::Document& document, const ReportContext& context);          // nothing where no record says anything of it
// "of C, cap 3 · llamacpp, N = 12, cold, 7 of 12 turns were disturbed.", for each cell of which more than half was.
std::vector<std::string> notQuietTexts(const ReportContext& context, const std::vector<DisturbedCell>& cells);
void addFailures(doc::Document& document, const ReportContext& context);
void addConditions(doc::Document& document, const ReportContext& context);
void addInstrument(doc::Document& document, const ReportContext& context);
void addLimits(doc::Document& document, const ReportContext& context);
void addRepeat(doc::Document& document, const ReportContext& context);
void addMethods(doc::Document& document, const ReportContext& context); // nothing without a plan

// The numbers of addTax() under a key of their own, "tax_split".
void putTax(Json& summary, const ReportInputs& in);

} // namespace looptax
