// "Quality": how many runs were right, what is known of the share, and what turns within a run are worth. The
// failures themselves are quoted below it.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

namespace looptax {

using namespace doc;

namespace {

std::string shareText(const Share& share) {
    return share.of == 0 ? std::string() : std::to_string(share.hits) + " of " + std::to_string(share.of);
}

std::vector<std::string> startOf(const ReportContext& context, const CellKey& key) {
    return {cellText(context, key), std::to_string(key.n), std::string(name(key.cache_mode))};
}

void addRuns(Document& document, const ReportContext& context) {
    constexpr const char* kLast = "last turn, Clopper-Pearson";
    constexpr const char* kWhole = "all turns, Clopper-Pearson";
    Table table{"Runs that were right, by cell",
                {{"design", false},
                 {"N", true},
                 {"cache mode", false},
                 {"runs", true},
                 {"last turn right", true},
                 {kLast, true},
                 {"all N turns right", true},
                 {kWhole, true},
                 {"different transcripts", true}},
                {}};
    for (const CellPasses& cell : context.detail.cells) {
        std::vector<std::string> row = startOf(context, cell.key);
        row.push_back(std::to_string(cell.runs));
        row.push_back(shareText(cell.last_turn));
        row.push_back(intervalWithCoverage(cell.last_turn_claim));
        row.push_back(shareText(cell.whole_runs));
        row.push_back(intervalWithCoverage(cell.whole_runs_claim));
        row.push_back(
            cell.transcripts == 0 ? "" : std::to_string(cell.distinct_transcripts) + " of " + std::to_string(cell.transcripts));
        table.rows.push_back(std::move(row));
    }
    liftCoverage(table, kLast, "Clopper-Pearson");
    liftCoverage(table, kWhole, "Clopper-Pearson");
    document.add(std::move(table));
}

// Cells in which something failed and something passed: of the others a line says enough.
bool mixed(const CellPasses& cell) { return cell.turns.passed > 0 && cell.turns.passed < cell.turns.turns; }

void addTurnsWithinRuns(Document& document, const ReportContext& context) {
    constexpr const char* kSerial = "p, failures in a row";
    constexpr const char* kModel = "beta-binomial (coverage)";
    bool modelled = false;
    Table table{"Turns within runs, cells where some were right and some were not",
                {{"design", false},
                 {"N", true},
                 {"cache mode", false},
                 {"turns right", true},
                 {"rate over runs", true},
                 {"t over runs (coverage)", true},
                 {kModel, true},
                 {"P(pass, passed before)", true},
                 {"P(pass, failed before)", true},
                 {"ICC", true},
                 {"effective n", true},
                 {kSerial, true}},
                {}};
    for (const CellPasses& cell : context.detail.cells) {
        if (!mixed(cell)) continue;
        std::vector<std::string> row = startOf(context, cell.key);
        const ClusterSummary& turns = cell.turns;
        row.push_back(std::to_string(turns.passed) + " of " + std::to_string(turns.turns));
        // One claim a row: where runs are enough for the model, its rate and interval are the claim.
        const BetaBinomial& model = cell.turn_model;
        modelled = modelled || model.rate.has_value();
        if (model.rate) row.push_back(supportedText(*model.rate, model.interval));
        else row.push_back(turns.mean ? supportedText(*turns.mean, turns.interval) : "");
        row.push_back(model.rate ? "" : intervalWithCoverage(turns.interval));
        row.push_back(intervalWithCoverage(model.interval));
        row.push_back(shareText(cell.pass_after_pass));
        row.push_back(shareText(cell.pass_after_fail));
        row.push_back(turns.icc ? fixedText(*turns.icc, 2) : "");
        row.push_back(turns.effective_n ? fixedText(*turns.effective_n, 1) : "");
        row.push_back(cell.serial.statistic && cell.serial.missing.empty() ? pText(cell.serial.p) : "");
        table.rows.push_back(std::move(row));
    }
    if (table.rows.empty()) return;
    for (const char* title :
         {"t over runs (coverage)", kModel, "P(pass, passed before)", "P(pass, failed before)", "ICC", "effective n", kSerial})
        dropIfEmpty(table, title);
    liftCoverage(table, "t over runs (coverage)", "t over runs");
    liftCoverage(table, kModel, "beta-binomial");
    document.add(std::move(table));
    document.add(Paragraph{plain(
        "P(pass, passed before) is the post's cond_pass; by itself it says nothing, so the same after a turn that was "
        "wrong and the rate of all turns stand beside it. ICC is how alike the turns of a run are (ANOVA, not below 0), "
        "effective n what the turns are worth as independent ones, and no more than that: where the turn's number decides, "
        "turns of different numbers are no repeats of each other; the last column is the chance of as many failures "
        "right after failures if each run's turns stood in any order." +
        std::string(modelled ? " From " + std::to_string(kBetaBinomialRuns) +
                                   " runs on, rate and interval are those of a beta-binomial distribution, in which every run "
                                   "has a rate of its own (profile likelihood): Student's t over runs covers too little where "
                                   "nearly every turn passes or fails."
                             : ""))});
}

struct RightCells {
    std::int64_t all = 0;
    std::int64_t throughout = 0;
    std::int64_t never = 0;
};

RightCells rightCells(const ReportContext& context) {
    RightCells out;
    for (const CellPasses& cell : context.detail.cells) {
        ++out.all;
        out.throughout += int(cell.turns.passed == cell.turns.turns);
        out.never += int(cell.turns.passed == 0);
    }
    return out;
}

} // namespace

Json rightCellsJson(const ReportContext& context) {
    const RightCells cells = rightCells(context);
    return {{"cells", cells.all}, {"right_throughout", cells.throughout}, {"never_right", cells.never}};
}

void addQuality(Document& document, const ReportContext& context) {
    if (context.detail.cells.empty()) {
        if (!context.in.turns.empty()) document.add(Heading{2, "Quality"});
        return;
    }
    document.add(Heading{2, "Quality"});
    document.add(Paragraph{plain(
        "A claim about quality is one about runs: the turns of a run share a seed and " +
        std::string(context.in.plan && context.in.plan->on_bad_turn == OnBadTurn::Oracle
                        ? "in A a conversation, so they are no independent trials (a wrong state was put right after every turn)."
                        : "a conversation or a state, and what went wrong once stays wrong.") +
        " A run passes where the reply of its last turn is right. The intervals of runs are Clopper and Pearson's and cover at "
        "least what they say. Rates by "
        "turn, with Wilson's intervals, stand in the tables above.")});
    addRuns(document, context);
    const RightCells cells = rightCells(context);
    std::string words = "Every turn was right in " + std::to_string(cells.throughout) + " of " +
                        counted(cells.all, "cell", "cells") + " and none in " + std::to_string(cells.never) + ".";
    if (cells.throughout == cells.all)
        words += " Nothing failed anywhere, so nothing here shows that a failure would have been noticed.";
    document.add(Paragraph{plain(words)});
    addTurnsWithinRuns(document, context);
}

} // namespace looptax
