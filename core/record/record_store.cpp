#include "record/record_store.h"

#include "base/bytes_json.h"
#include "domain/plan_json.h"
#include "record/line_fields.h"
#include "record/record_json.h"
#include "record/schedule_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

// A hostile or badly damaged file must not fill the memory with sentences about itself.
constexpr std::size_t kMaxWarnings = 200;

} // namespace

void RecordStore::warn(const JournalLine& line, const std::string& text) {
    if (m_warnings.size() < kMaxWarnings) {
        m_warnings.push_back("line " + std::to_string(line.seq) + " (" + line.type + "): " + text);
        return;
    }
    ++m_unsaidWarnings;
    m_warnings.back() = "and " + std::to_string(m_unsaidWarnings + 1) + " more lines that could not be read";
}

void RecordStore::apply(const JournalLine& line) {
    if (line.type == "turn_done" || line.type == "turn_fail") {
        applyTurn(line);
    } else if (line.type == "turn_start") {
        ++m_turnStarts;
    } else if (line.type == "run_start") {
        applyRunStart(line);
    } else if (line.type == "run_end") {
        applyRunEnd(line);
    } else if (line.type == "session") {
        if (!m_session) m_session = line.body;
        m_sessions.push_back(line.body);
    } else if (line.type == "plan") {
        applyPlan(line);
    } else if (line.type == "warmup") {
        m_warmups.push_back(line);
    } else if (line.type == "note") {
        applyNote(line);
    } else if (line.type == "amendment") {
        applyAmendment(line);
    } else if (line.type == "session_end") {
        m_ended = true;
    } else {
        warn(line, "this version does not know the type; the line is kept as it is");
    }
}

void RecordStore::applyNote(const JournalLine& line) {
    const Json& body = *line.body;
    m_notes.push_back(line.body);
    if (textField(body, "kind") != "sent") return;
    const auto target = textField(body, "target");
    const auto sent = body.find("sent");
    if (!target || sent == body.end() || !sent->is_object()) return warn(line, "target or sent is missing");
    const auto last =
        std::find_if(m_sent.rbegin(), m_sent.rend(), [&](const SentFields& known) { return known.target == *target; });
    if (last == m_sent.rend() || sentFieldTexts(*last->body) != sentFieldTexts(*sent)) // a resume says it again
        m_sent.push_back({*target, std::make_shared<const Json>(*sent)});
}

void RecordStore::applyPlan(const JournalLine& line) {
    const auto text = textField(*line.body, "text");
    if (!text) return warn(line, "the plan's text is missing");
    // A sweep writes one plan and no other: rules that come after the turns they judge are no rules.
    if (m_plan && *text != m_planText)
        return warn(line, "another plan than the one before: two sessions were put into one journal, and the first plan is "
                          "held to");
    ParsedPlan parsed = readPlan(*text);
    for (const Problem& problem : parsed.problems)
        if (!problem.warning) warn(line, problem.text());
    m_planText = *text;
    m_planHash = textField(*line.body, "sha256").value_or(std::string());
    m_rulesHash = textField(*line.body, "analysis_sha256").value_or(std::string());
    m_plan = std::move(parsed.plan);
    const auto schedule = line.body->find("schedule");
    if (schedule == line.body->end()) return warn(line, "the schedule is missing");
    auto runs = scheduleFromJson(*schedule, *m_plan);
    if (!runs) return warn(line, runs.error().text());
    m_schedule = runs.take();
}

void RecordStore::applyAmendment(const JournalLine& line) {
    auto amendment = readAmendment(*line.body);
    if (!amendment) return warn(line, amendment.error().text());
    const bool more = amendment->repeats.has_value();
    m_amendments.push_back(amendment.take());
    const auto added = line.body->find("schedule");
    if (added == line.body->end()) {
        if (more) warn(line, "repeats were added and their runs are missing");
        return;
    }
    if (!m_plan) return warn(line, "runs were added to a plan that is not there");
    auto runs = scheduleFromJson(*added, *m_plan);
    if (!runs) return warn(line, runs.error().text());
    for (std::size_t i = 0; i < runs->size(); ++i)
        if (std::size_t((*runs)[i].run) != m_schedule.size() + i + 1)
            return warn(line, "the added runs do not follow the last one");
    m_schedule.insert(m_schedule.end(), runs->begin(), runs->end());
}

RunView& RecordStore::runOf(int run, int attempt, const std::string& cell) {
    const auto [at, isNew] = m_runIndex.try_emplace({run, attempt}, m_runs.size());
    if (isNew) {
        RunView view;
        view.run = run;
        view.run_attempt = attempt;
        view.cell = cell;
        m_runs.push_back(std::move(view));
    }
    return m_runs[at->second];
}

void RecordStore::applyRunStart(const JournalLine& line) {
    const auto run = countField(*line.body, "run");
    const auto attempt = countField(*line.body, "run_attempt");
    if (!run || !attempt) return warn(line, "run or run_attempt is missing");
    if (m_runIndex.count({*run, *attempt}) != 0) return warn(line, "the attempt had begun already");
    m_ended = false;
    runOf(*run, *attempt, textField(*line.body, "cell").value_or(std::string()));
}

void RecordStore::applyRunEnd(const JournalLine& line) {
    const auto run = countField(*line.body, "run");
    const auto attempt = countField(*line.body, "run_attempt");
    const auto outcome = runOutcomeFromName(textField(*line.body, "run_outcome").value_or(std::string()));
    if (!run || !attempt || !outcome) return warn(line, "run, run_attempt or run_outcome is missing");
    const auto at = m_runIndex.find({*run, *attempt});
    if (at == m_runIndex.end()) return warn(line, "the attempt had not begun");
    RunView& view = m_runs[at->second];
    // A run that was complete is made again where the rest of its repeat is measured on another build.
    const auto again = line.body->find("again");
    const bool reopened = again != line.body->end() && *again == true && *outcome == RunOutcome::Interrupted;
    if (view.outcome && !reopened) return warn(line, "the attempt had ended already");
    view.outcome = *outcome;
    view.reason = textField(*line.body, "reason").value_or(std::string());
    for (const std::size_t turn : view.turns) m_turns[turn].run_outcome = std::string(name(*outcome));
}

void RecordStore::applyTurn(const JournalLine& line) {
    auto record = readRecord(*line.body);
    if (!record) return warn(line, record.error().text());
    if (record->run < 1 || record->run_attempt < 1 || record->turn < 1) return warn(line, "run, run_attempt or turn is missing");
    RunView& view = runOf(record->run, record->run_attempt, record->cell);
    if (const auto odd = line.body->find("warnings"); odd != line.body->end() && odd->is_array())
        for (const Json& text : *odd)
            if (text.is_string() && m_turnWarnings.size() < kMaxWarnings)
                m_turnWarnings.push_back({m_turns.size(), text.get<std::string>()});
    view.turns.push_back(m_turns.size());
    record->run_outcome = view.outcome ? std::string(name(*view.outcome)) : std::string();
    m_turns.push_back(record.take());
    m_places.push_back(line.place);
}

const RunView* RecordStore::lastAttempt(int run) const {
    auto at = m_runIndex.lower_bound({run + 1, 0});
    if (at == m_runIndex.begin()) return nullptr;
    --at;
    return at->first.first == run ? &m_runs[at->second] : nullptr;
}

} // namespace looptax
