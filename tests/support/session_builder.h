// Journals made by hand: lines from plans and records, so that store, statistics and reports are tested on
// sessions whose every number the test chose.
#pragma once

#include "base/hash.h"
#include "base/text.h"
#include "domain/plan_json.h"
#include "domain/schedule.h"
#include "loop/loop_design.h"
#include "record/journal_line.h"
#include "record/record_json.h"
#include "record/record_store.h"
#include "record/schedule_json.h"
#include "store/session.h"
#include "store/turn_texts.h"
#include "support/temp_folder.h"

#include <nlohmann/json.hpp>

#include <QDir>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

// One llama-server target; A with 3 turns unless cells are given; runs in the order they are listed.
inline Plan testPlan(std::vector<CellGroup> cells = {{"A", {3}, {}, {}}}, int repeats = 2) {
    Plan plan;
    plan.name = "hand-made";
    Target target;
    target.id = "llamacpp";
    target.url = "http://127.0.0.1:8080";
    target.model = "tiny-q4";
    plan.targets.push_back(target);
    plan.cells = std::move(cells);
    plan.repeats = repeats;
    plan.order = Order::Listed;
    return plan;
}

class SessionBuilder {
public:
    // targets: what the runtimes said of themselves; a llama-server's account of itself when left out.
    explicit SessionBuilder(Plan plan, Json targets = nullptr, std::string id = kId)
        : m_plan(std::move(plan))
        , m_id(std::move(id)) {
        m_schedule = makeSchedule(m_plan, catalogue()).runs;
        Json session;
        session["t"] = "2026-11-24T01:02:03.000Z";
        session["session"] = m_id;
        session["looptax"] = {{"version", "0.1.0"}, {"commit", "0123456789ab"}};
        session["host"] = {{"os", "Debian GNU/Linux 12"}, {"cpu", "Test CPU"}, {"cores", 2}};
        if (targets.is_null())
            targets = Json::array({{{"id", "llamacpp"},
                                    {"kind", "llama-server"},
                                    {"version", "b9999"},
                                    {"model", "tiny-q4"},
                                    {"model_digest", "sha256:abc"},
                                    {"context_tokens", 16384},
                                    {"slots", 1},
                                    {"template_sha256", "feed"},
                                    {"samplers", {{"temperature", 0.2}}}}});
        session["targets"] = std::move(targets);
        add("session", session);
        Json planLine;
        planLine["text"] = writePlan(m_plan);
        planLine["sha256"] = sha256Hex(writePlan(m_plan));
        planLine["analysis_sha256"] = rulesHash(m_plan.analysis);
        planLine["schedule"] = scheduleToJson(m_schedule, m_plan);
        add("plan", planLine);
    }

    static constexpr const char* kId = "20261124-010203-0a1b2c3d";
    const Plan& plan() const { return m_plan; }
    const std::vector<ScheduledRun>& schedule() const { return m_schedule; }

    void add(const std::string& type, const Json& fields) {
        Json body;
        body["v"] = 1;
        body["seq"] = ++m_seq;
        body["type"] = type;
        for (const auto& [key, value] : fields.items()) body[key] = value;
        m_lines.push_back(sealLine(body));
    }

    void runStart(int run, int attempt = 1) {
        Json fields;
        fields["run"] = run;
        fields["run_attempt"] = attempt;
        fields["cell"] = at(run).cell;
        add("run_start", fields);
    }
    void turnStart(int run, int turn, int attempt = 1, int sendAttempt = 1) {
        Json fields;
        fields["run"] = run;
        fields["run_attempt"] = attempt;
        fields["turn"] = turn;
        fields["send_attempt"] = sendAttempt;
        add("turn_start", fields);
    }
    // turn_start and the line that ends it.
    void turn(const TurnRecord& record, const std::string& reply, const std::optional<std::string>& state = {}) {
        turnStart(record.run, record.turn, record.run_attempt, record.send_attempt);
        turnEnd(record, reply, state);
    }
    void turnEnd(const TurnRecord& record, const std::string& reply, const std::optional<std::string>& state = {}) {
        Json fields;
        writeRecord(fields, record);
        putTurnTexts(fields, reply, state);
        add(record.outcome == Outcome::Ok ? "turn_done" : "turn_fail", fields);
    }
    void runEnd(int run, RunOutcome outcome, int attempt = 1, const std::string& reason = {}) {
        Json fields;
        fields["run"] = run;
        fields["run_attempt"] = attempt;
        fields["run_outcome"] = std::string(name(outcome));
        fields["reason"] = reason;
        add("run_end", fields);
    }
    // A whole run of right answers; change() may spoil a record before it is written.
    void completeRun(int run, const std::function<void(TurnRecord&)>& change = {}, int attempt = 1) {
        runStart(run, attempt);
        for (int t = 1; t <= at(run).n; ++t) {
            TurnRecord record = goodTurn(run, t, attempt);
            if (change) change(record);
            turn(record, replyOf(record));
        }
        runEnd(run, RunOutcome::Complete, attempt);
    }

    // Numbers that follow from each other, larger with the turn: a record verify has nothing to say about.
    TurnRecord goodTurn(int run, int turn, int attempt = 1) const {
        const ScheduledRun& scheduled = at(run);
        TurnRecord r;
        r.session = m_id;
        r.run = run;
        r.run_attempt = attempt;
        r.cell = scheduled.cell;
        r.target = m_plan.targets[std::size_t(scheduled.target)].id;
        r.model = m_plan.targets[std::size_t(scheduled.target)].model;
        r.design = scheduled.design;
        r.n = scheduled.n;
        r.cap = scheduled.cap;
        r.padding = scheduled.padding;
        r.cache_mode = scheduled.cache_mode;
        r.repeat = scheduled.repeat;
        r.turn = turn;
        r.seed = 42;
        r.t_wall = "2026-11-24T01:02:0" + std::to_string(turn % 10) + ".000Z";
        r.t_sent_ns = 1'000'000'000LL * turn + 100'000'000'000LL * run;
        r.headers_ns = 1'000'000;
        r.first_event_ns = 2'000'000;
        setTtft(r, 100.0 * turn + scheduled.repeat);
        r.send_lag_ns = 20'000;
        if (turn > 1) r.gap_before_ns = 3'000'000;
        r.stream_reads = 11;
        r.prompt_chars = 600 + 400 * turn;
        r.context_tokens_estimate = r.prompt_chars / 4;
        r.prompt_tokens = 150 + 100 * turn;
        r.cached_tokens = turn == 1 ? 0 : 150 + 100 * (turn - 1);
        r.processed_tokens = *r.prompt_tokens - *r.cached_tokens;
        r.prompt_ms = 90.0 * turn;
        r.predicted_ms = 1000;
        r.decode_tps_runtime = double(*r.predicted_tokens - 1);
        r.finish_reason = "stop";
        if (catalogue().design(r.design)->keeps_state) {
            r.state_file_bytes = 68 + 150 * (turn - 1);
            if (turn > 1) r.state_replace_ms = 0.25;
        }
        r.max_tokens = 256;
        judge(r, true);
        r.outcome = Outcome::Ok;
        r.stratum = turn == 1 ? "cold" : "warm";
        // Of a cold run only turn 1 has counts that the mode can have.
        if (r.cache_mode == CacheMode::RunIsolated || (r.cache_mode == CacheMode::Cold && turn == 1)) r.cache_mode_broken = false;
        setReply(r, replyOf(r));
        return r;
    }

    static void setTtft(TurnRecord& r, double ms) {
        r.first_content_ns = std::int64_t(ms * 1e6);
        r.last_content_ns = *r.first_content_ns + 500'000'000;
        r.end_ns = *r.last_content_ns + 1'000'000;
        r.ttft_ms = r.ttft_content_ms = double(*r.first_content_ns) / 1e6;
        r.predicted_tokens = 11;
        r.decode_tps = 20;
    }
    static void judge(TurnRecord& r, bool right) {
        r.valid_json = r.schema_ok = r.count_match = r.content_exact = true;
        r.entries_complete = r.sort_correct = r.all_pass = r.all_pass_local = true;
        r.state_diverged = r.duplicate_keys = r.invalid_utf8 = r.reasoning_in_content = r.hit_max_tokens = false;
        r.fence = "one";
        if (right) return;
        r.entries_complete = r.content_exact = r.all_pass = r.all_pass_local = false;
        r.fail_reason = "entry 2 missing";
    }
    // What a turn without its terminator leaves: the first token's time, no rate, no flags.
    static void fail(TurnRecord& r, Outcome outcome, const std::string& reason) {
        r.outcome = outcome;
        r.decode_tps.reset();
        r.decode_tps_runtime.reset();
        r.valid_json = r.schema_ok = r.count_match = r.entries_complete = r.sort_correct = std::nullopt;
        r.all_pass = r.all_pass_local = r.state_diverged = r.content_exact = std::nullopt;
        r.duplicate_keys = r.invalid_utf8 = r.reasoning_in_content = r.hit_max_tokens = std::nullopt;
        r.cached_tokens.reset();
        r.cache_mode_broken.reset();
        r.processed_tokens.reset();
        r.prompt_tokens.reset();
        r.prompt_ms.reset();
        r.predicted_ms.reset();
        r.predicted_tokens.reset();
        r.finish_reason.clear();
        r.stratum = "unknown";
        r.fence.clear();
        r.fail_reason = reason;
    }
    static std::string replyOf(const TurnRecord& r) { return "```json\n{\n  \"count\": " + std::to_string(r.turn) + "\n}\n```"; }
    static void setReply(TurnRecord& r, const std::string& reply) {
        r.reply_chars = codePoints(reply);
        r.reply_sha256 = sha256Hex(reply);
    }

    std::string journal() const { return joined(m_lines, {}); }
    const std::vector<std::string>& lines() const { return m_lines; }

    // The folder as a sweep would have left it.
    void writeTo(const std::string& folder) const {
        const SessionPaths paths(folder);
        QDir().mkpath(QString::fromStdString(paths.stateDir()));
        spit(paths.journal(), journal());
        spit(paths.plan(), writePlan(m_plan));
    }

    RecordStore store() const {
        RecordStore out;
        LinePlace place;
        for (const std::string& text : m_lines) {
            ParsedLine parsed = parseLine(std::string_view(text).substr(0, text.size() - 1));
            place.length = std::int64_t(text.size());
            parsed.line->place = place;
            place.offset += place.length;
            out.apply(*parsed.line);
        }
        return out;
    }

private:
    const ScheduledRun& at(int run) const { return m_schedule[std::size_t(run) - 1]; }

    Plan m_plan;
    std::string m_id;
    std::vector<ScheduledRun> m_schedule;
    std::int64_t m_seq = 0;
    std::vector<std::string> m_lines;
};

} // namespace looptax
