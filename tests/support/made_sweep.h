// Sweeps that no runtime ever ran: records by a rule the caller chose, thousands in a second, without sockets, files
// or JSON. For tests of verdicts and for the proof that they keep what they claim.
#pragma once

#include "analysis/prefill_fit.h"
#include "analysis/verdicts.h"
#include "domain/schedule.h"
#include "loop/loop_design.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace looptax {

// One target, a seed a run, oracle states, 8 repeats in the order they are listed.
inline Plan madePlan(std::vector<CellGroup> cells, int repeats = 8, std::vector<CacheMode> modes = {CacheMode::RunIsolated}) {
    Plan plan;
    plan.name = "made";
    Target target;
    target.id = "made";
    target.url = "http://127.0.0.1:8080";
    target.model = "made-of-numbers";
    plan.targets.push_back(target);
    plan.cells = std::move(cells);
    plan.cache_modes = std::move(modes);
    plan.repeats = repeats;
    plan.order = Order::Listed;
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    plan.on_bad_turn = OnBadTurn::Oracle;
    return plan;
}

// ms = overhead + processed * (per_token + per_token_context * attended), attended by the form; Mean is the scripted
// server's. With a batch size each batch attends to all up to its end, as in engines that mask: between the forms.
struct MadeLaw {
    double overhead_ms = 40;
    double per_token_ms = 6;
    double per_token_context_ms = 0.001;
    Attended form = Attended::Mean;
    double batch = 0; // tokens; 0: by the form
    double ttft(double processed, double prompt) const {
        double pairs = processed * (form == Attended::Mean ? prompt - processed / 2 : prompt);
        if (batch > 0) {
            pairs = 0;
            for (double done = 0; done < processed;) {
                const double step = std::min(batch, processed - done);
                done += step;
                pairs += step * (prompt - processed + done);
            }
        }
        return overhead_ms + processed * per_token_ms + per_token_context_ms * pairs;
    }
};

struct MadeSweep {
    Plan plan;
    std::vector<ScheduledRun> schedule;
    std::vector<RunView> runs;
    std::vector<TurnRecord> turns;
    std::vector<Amendment> amendments;
    std::vector<AnalysedTarget> targets;
    std::optional<Instrument> instrument;
    bool collecting = false;

    AnalysisInputs inputs() const {
        AnalysisInputs in;
        in.plan = plan;
        in.amendments = amendments;
        in.schedule = schedule;
        in.runs = &runs;
        in.turns = &turns;
        in.targets = targets;
        in.instrument = instrument;
        in.collecting = collecting;
        return in;
    }
};

inline void setMadeTtft(TurnRecord& turn, double ms) { turn.ttft_ms = turn.ttft_content_ms = ms; }

inline void judgeMade(TurnRecord& turn, bool passes) {
    turn.valid_json = turn.schema_ok = turn.count_match = turn.sort_correct = true;
    turn.entries_complete = turn.all_pass = turn.all_pass_local = turn.content_exact = passes;
    turn.state_diverged = turn.duplicate_keys = turn.invalid_utf8 = turn.reasoning_in_content = turn.hit_max_tokens = false;
}

// A turn that passed, with the counts a runtime gives that keeps the prefix of the turn before, timed by the law.
inline TurnRecord madeTurn(const MadeSweep& sweep, const ScheduledRun& run, int turn, const MadeLaw& law = {}) {
    TurnRecord r;
    r.session = "made";
    r.run = run.run;
    r.cell = run.cell;
    r.target = sweep.plan.targets[std::size_t(run.target)].id;
    r.model = "made-of-numbers";
    r.design = run.design;
    r.n = run.n;
    r.cap = run.cap;
    r.padding = run.padding;
    r.cache_mode = run.cache_mode;
    r.repeat = run.repeat;
    r.turn = turn;
    r.seed = requestSeed(sweep.plan.sampling, run.repeat);
    r.t_sent_ns = 1'000'000'000LL * (turn + 1'000LL * run.run);
    const bool state = run.design != "A";
    const int held = std::min(run.padding.value_or(0) + turn, run.cap.value_or(1'000'000));
    const std::int64_t context = state ? 160 + 40 * held : 120 + 100 * std::int64_t(turn);
    const bool reuses = turn > 1 && run.cache_mode != CacheMode::Cold;
    r.prompt_tokens = context;
    r.cached_tokens = reuses ? context - (state ? 50 : 100) : 0;
    r.processed_tokens = context - *r.cached_tokens;
    r.prompt_chars = 4 * context;
    r.context_tokens_estimate = context;
    setMadeTtft(r, law.ttft(double(*r.processed_tokens), double(context)));
    r.prompt_ms = *r.ttft_ms - 2;
    r.predicted_tokens = 40;
    r.finish_reason = "stop";
    r.outcome = Outcome::Ok;
    r.stratum = reuses ? "warm" : "cold";
    r.carry_over = run.cache_mode == CacheMode::Natural && turn == 1;
    r.run_outcome = "complete";
    r.reply_sha256 = std::to_string(run.run) + "/" + std::to_string(turn);
    judgeMade(r, true);
    return r;
}

// Every planned run, complete. change() may spoil a turn before it is put on record.
inline MadeSweep madeSweep(Plan plan, const std::function<void(TurnRecord&)>& change = {}, const MadeLaw& law = {}) {
    MadeSweep out;
    out.plan = std::move(plan);
    out.schedule = makeSchedule(out.plan, catalogue()).runs;
    for (const ScheduledRun& run : out.schedule) {
        RunView view;
        view.run = run.run;
        view.cell = run.cell;
        view.outcome = RunOutcome::Complete;
        for (int turn = 1; turn <= run.n; ++turn) {
            TurnRecord record = madeTurn(out, run, turn, law);
            if (change) change(record);
            view.turns.push_back(out.turns.size());
            out.turns.push_back(std::move(record));
        }
        out.runs.push_back(std::move(view));
    }
    return out;
}

const Verdict* verdictOf(Analysis&&, const std::string&, const std::string& = "made") = delete; // it would dangle
inline const Verdict* verdictOf(const Analysis& analysis, const std::string& id, const std::string& target = "made") {
    for (const Verdict& v : analysis.verdicts)
        if (v.id == id && v.target == target) return &v;
    return nullptr;
}

} // namespace looptax
