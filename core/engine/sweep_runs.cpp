#include "engine/sweep_runs.h"

#include "base/whole_file.h"
#include "domain/amendment.h"
#include "domain/plan_check.h"
#include "domain/plan_json.h"
#include "record/line_fields.h"
#include "record/record_json.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace looptax {

namespace {

// What prompts needed that arrived whole, as the sweep knew before it was cut.
void learnPrompts(const std::vector<JournalLine>& lines, std::map<std::string, TargetWatch>& watches) {
    std::optional<PromptSize> sent;
    for (const JournalLine& line : lines) {
        if (line.type == "turn_start") {
            sent.reset();
            const auto size = line.body->find("prompt_size");
            if (size == line.body->end() || !size->is_number_integer()) continue;
            sent.emplace();
            sent->all = size->get<std::int64_t>();
        } else if (line.type == "turn_done") {
            const auto record = readRecord(*line.body);
            if (!record || !sent || !record->prompt_tokens || !record->all_pass.value_or(false)) continue;
            if (record->prompt_truncated == std::optional(false) && record->counts_disagree.empty())
                watches[record->target].prompts.passed(record->design, *sent, *record->prompt_tokens);
        }
    }
}

} // namespace

SweepRuns newSweep(const Plan& plan, const Catalogue& catalogue) {
    SweepRuns out;
    out.plan = plan;
    out.plan_text = writePlan(plan);
    out.schedule = makeSchedule(plan, catalogue).runs;
    out.attempts.assign(out.schedule.size(), 0);
    for (const ScheduledRun& run : out.schedule) out.open.insert(run.run);
    return out;
}

Result<SweepRuns> resumedSweep(FileOps& files, const std::string& planPath, const RecordStore& store,
                               const std::vector<JournalLine>& lines, const Catalogue& catalogue, bool retryFailed) {
    SweepRuns out;
    if (store.plan()) {
        out.plan = planInForce(*store.plan(), store.amendments());
        out.plan_text = store.planText();
        out.plan_is_journalled = true;
        out.schedule = store.schedule();
    } else {
        // Killed before the plan line: the folder's own copy is all there is, and nothing was measured yet.
        const auto text = readFile(files, planPath);
        if (!text) return text.error();
        const ParsedPlan parsed = readPlan(*text);
        if (hasErrors(parsed.problems) || hasErrors(checkPlan(parsed.plan, catalogue)))
            return Error{ErrorKind::Corrupt, "the plan of the session cannot be read", planPath, {}, 0};
        out.plan = parsed.plan;
        out.plan_text = *text;
        out.schedule = makeSchedule(out.plan, catalogue).runs;
    }
    for (const auto& line : store.sessionLines())
        if (const auto targets = line->find("targets"); targets != line->end() && targets->is_array())
            for (const Json& facts : *targets)
                if (const auto id = textField(facts, "id")) out.watches[*id].identity.remember(facts);
    for (const TurnRecord& turn : store.turns()) {
        out.cache_checks[turn.target].remember(turn);
        out.watches[turn.target].identity.remember(turn);
        out.before.insert(turn.target);
    }
    learnPrompts(lines, out.watches);
    out.attempts.assign(out.schedule.size(), 0);
    for (std::size_t i = 0; i < out.schedule.size(); ++i) {
        const RunView* last = store.lastAttempt(out.schedule[i].run);
        if (last != nullptr) out.attempts[i] = last->run_attempt;
        const bool again = last == nullptr || !last->outcome || *last->outcome == RunOutcome::Interrupted ||
                           *last->outcome == RunOutcome::Cancelled || (*last->outcome == RunOutcome::Failed && retryFailed);
        if (again) out.open.insert(out.schedule[i].run);
    }
    return out;
}

} // namespace looptax
