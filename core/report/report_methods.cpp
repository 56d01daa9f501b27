// A methods paragraph to copy into a write-up: what was done, from the plan and the record, in whole sentences.
#include "base/text.h"
#include "base/words.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/run_counts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace looptax {

using namespace doc;

namespace {

std::string numbers(const std::vector<int>& values) {
    std::vector<std::string> words;
    for (const int value : values) words.push_back(std::to_string(value));
    return listed(words);
}

std::string targetText(const ReportTarget& target) {
    std::string out = target.model.empty() ? "a model without a name" : target.model;
    const std::string digest = target.facts ? textMember(*target.facts, "model_digest") : std::string();
    if (!digest.empty()) out += " (" + digest + ")";
    out += " on " + (target.kind.empty() ? "an unnamed runtime" : target.kind);
    if (!target.version.empty()) out += " " + (target.builds.size() > 1 ? joined(target.builds, ", then ") : target.version);
    if (target.reply_models.size() > 1 ||
        (!target.reply_models.empty() && withoutFolder(target.reply_models.front()) != target.model))
        out += ", whose replies name the model " + joined(target.reply_models, ", then ");
    if (target.simulated) out += ", which is SIMULATED: a scripted server of this program and no model";
    return out;
}

std::string designsText(const ReportContext& context, const Plan& plan) {
    std::vector<std::string> parts;
    for (const CellGroup& group : plan.cells) {
        std::string text = context.designText(group.design) + " at N = " + numbers(group.turns);
        if (!group.cap.empty()) text += " with a cap of " + numbers(group.cap);
        if (!group.padding.empty()) text += " with a padding of " + numbers(group.padding);
        parts.push_back(text);
    }
    return joined(parts, "; ");
}

std::string modesText(const Plan& plan) {
    std::vector<std::string> parts;
    for (const CacheMode mode : plan.cache_modes) {
        std::string text(name(mode));
        if (mode == CacheMode::RunIsolated) text += " (turn 1 of a run reuses nothing, later turns what the runtime keeps)";
        if (mode == CacheMode::Cold) text += " (no turn reuses anything)";
        if (mode == CacheMode::Natural) text += " (nothing is done about the cache; turn 1 is left out)";
        parts.push_back(text);
    }
    return listed(parts);
}

std::string stateText(OnBadTurn action) {
    switch (action) {
    case OnBadTurn::Carry:
        return "In the designs with a state file a well-formed reply became the state of the next turn, right or "
               "wrong.";
    case OnBadTurn::Oracle:
        return "In the designs with a state file the right state was written after every turn, so that turns "
               "stay comparable after a wrong reply.";
    case OnBadTurn::Stop: return "A turn that was not right in every respect ended its run.";
    }
    return {};
}

// Sent, not applied: that no server says. Targets that were sent the same stand together.
std::string requestsText(const ReportContext& context, const Plan& plan) {
    const Sampling& s = plan.sampling;
    std::string out = "The plan's sampling is " + samplingText(s);
    if (s.seed)
        out += ", seed " + std::to_string(*s.seed) +
               (s.seed_policy == SeedPolicy::Fixed ? " in every repeat" : " plus the repeat less one, the same for all designs");
    out += ". ";
    std::vector<std::pair<std::string, std::vector<std::string>>> bySent;
    for (const ReportTarget& target : context.targets) {
        const std::string text = sentText(target, plan);
        const auto same = std::find_if(bySent.begin(), bySent.end(), [&](const auto& one) { return one.first == text; });
        if (same == bySent.end()) bySent.push_back({text, {target.id}});
        else same->second.push_back(target.id);
    }
    for (const auto& [text, ids] : bySent)
        out += text.empty() ? "Which of these settings the requests to " + listed(ids) + " carried is not on record. "
                            : "Requests to " + listed(ids) + " carried " + text + ". ";
    return out;
}

std::string hostText(const ReportInputs& in) {
    if (in.sessions.empty() || !in.sessions.front()) return {};
    const auto at = in.sessions.front()->find("host");
    if (at == in.sessions.front()->end() || !at->is_object()) return {};
    std::vector<std::string> parts;
    if (const std::string cpu = textMember(*at, "cpu"); !cpu.empty()) parts.push_back(cpu);
    if (const auto cores = at->find("cores"); cores != at->end() && cores->is_number_integer())
        parts.push_back(counted(cores->get<std::int64_t>(), "core", "cores"));
    if (const std::string os = textMember(*at, "os"); !os.empty()) parts.push_back(os);
    return joined(parts, ", ");
}

std::string analysisText(const ReportContext& context) {
    const ReportInputs& in = context.in;
    // The rules that were hashed are those of the plan as it was written; what an amendment made of them is told after.
    const AnalysisRules& rules = in.plan->analysis;
    std::string out = "Which hypotheses were to be judged and by which thresholds (alpha " + numberText(rules.alpha) +
                      ", delta_q " + numberText(rules.delta_q) + ", delta_t " + numberText(rules.delta_t) +
                      ", primary endpoint " + rules.primary + "; Holm over " + listed(rules.family) + " and apart over " +
                      listed(rules.own_family) + ") is part of the plan, whose SHA-256 " + in.plan_sha256.substr(0, 16) +
                      " was written to the journal before the first turn; the test and the rule of each are those of "
                      "looptax " +
                      in.version + ", quoted beside its verdict";
    out += ".";
    for (const Amendment& amendment : in.amendments) out += " The plan was " + amendmentSentence(amendment) + ".";
    return out;
}

// The program that measured may be an older one than the program that writes this.
std::string programText(const ReportInputs& in) {
    const std::string here = "looptax " + in.version + " (" + in.commit + ")";
    std::vector<std::string> measured;
    for (const auto& session : in.sessions)
        if (const std::string by = session ? measuredBy(*session) : std::string();
            !by.empty() && std::find(measured.begin(), measured.end(), by) == measured.end())
            measured.push_back(by);
    if (measured.empty()) return "Analysed with " + here + ".";
    if (measured.size() == 1 && measured.front() == here) return "Measured and analysed with " + here + ".";
    return "Measured with " + joined(measured, ", then ") + "; analysed with " + here + ".";
}

} // namespace

void addMethods(Document& document, const ReportContext& context) {
    const ReportInputs& in = context.in;
    if (!in.plan) return;
    const Plan& plan = *in.plan;
    const RunCounts counts = countRuns(in);
    std::vector<std::string> models;
    for (const ReportTarget& target : context.targets) models.push_back(targetText(target));
    const std::string host = hostText(in);
    std::string text = "We measured " + joined(models, "; ") + (host.empty() ? "" : " (" + host + ")") +
                       " in these loop designs: " + designsText(context, plan) + ". ";
    text += "A run is one conversation of N turns, one request outstanding at a time; a block is one repeat of every cell, " +
            std::string(plan.order == Order::Blocked
                            ? "its cells in random order (order seed " + std::to_string(plan.order_seed) + ")"
                            : "its cells in the order of the plan") +
            ", and " + counted(planInForce(plan, in.amendments).repeats, "block was", "blocks were") +
            " planned for each target after " + counted(plan.warmup_requests, "warm-up request", "warm-up requests") + ". ";
    text += "Of " + counted(counts.planned, "planned run", "planned runs") + " " + std::to_string(counts.complete) +
            (counts.complete == 1 ? " is" : " are") + " complete, " + std::to_string(counts.failed) + " failed, " +
            std::to_string(counts.stopped) + " stopped at a wrong reply and " +
            std::to_string(counts.cancelled + counts.interrupted + counts.not_begun) + " did not come to an end. ";
    text += "Cache mode: " + modesText(plan) + ". " + requestsText(context, plan) + stateText(plan.on_bad_turn) + " ";
    text += "Time to first token runs from the stamp taken before the request is written, on a connection already open, "
            "to the read that carries the first non-empty content, reasoning or tool delta. Times and sizes are medians "
            "over blocks of complete runs, within a block first over its cells of different N, with exact "
            "order-statistic intervals whose true coverage is stated; slopes are Theil-Sen within a run and "
            "aggregated over runs; pass rates carry Wilson intervals per turn and Clopper-Pearson intervals at run level";
    const auto& cells = context.detail.cells;
    if (std::any_of(cells.begin(), cells.end(), [](const CellPasses& cell) { return cell.turn_model.rate.has_value(); }))
        text += "; the rate of all turns of a cell is that of a beta-binomial distribution (maximum and profile likelihood)";
    text += ". Outliers were flagged and none was removed. ";
    text += analysisText(context) + " ";
    if (in.instrument) {
        std::string said = instrumentText(*in.instrument);
        said[0] = 'T';
        text += said + ". ";
    }
    text += programText(in);
    document.add(Heading{2, "Methods, to copy"});
    document.add(Paragraph{plain(text)});
}

} // namespace looptax
