// A feed that grows line by line, for tests and benchmarks of the live charts: a plan with every design,
// whose runs the caller lets happen turn by turn.
#pragma once

#include "base/file_ops.h"
#include "record/journal_line.h"
#include "support/session_builder.h"
#include "ui/model/session_feed.h"

#include <cmath>
#include <vector>

namespace looptax::lab {

// A, B, C cap 3 and D with four paddings, as the published study has them but shorter.
inline Plan plan(int turns = 6, int repeats = 3, int targets = 1) {
    Plan p = testPlan({{"A", {turns}, {}, {}}, {"B", {turns}, {}, {}}, {"C", {turns + 3}, {3}, {}}, {"D", {3}, {}, {1, 3, 6, 9}}},
                      repeats);
    if (targets > 1) {
        Target other = p.targets.front();
        other.id = "ollama";
        other.kind = TargetKind::Ollama;
        other.url = "http://127.0.0.1:11434";
        p.targets.push_back(other);
    }
    return p;
}

// Numbers of the shape a real runtime gives: A grows with its context, C stays, every block a little off.
inline void shape(TurnRecord& r) {
    const double off = 1 + 0.06 * std::sin(r.repeat * 2.1 + r.turn * 1.3 + double(r.design[0]));
    const bool slow = r.target == "ollama";
    double context = 181, fresh = 90, base = 90;
    if (r.design == "A") {
        context = 161 + (r.turn - 1) * 66.0 + 37.5 * r.turn * (r.turn - 1) / 2;
        fresh = r.turn == 1 ? 183 : 57 + 4 * r.turn;
        base = 60 + 0.29 * context;
    } else if (r.design == "C") {
        context = 256 + 37.0 * std::min(r.turn - 1, 3);
        fresh = r.turn == 1 ? 260 : 51;
        base = 118 - 3.0 * std::min(r.turn, 5);
    } else {
        const double held = r.padding.value_or(0) + r.turn - 1;
        context += 37 * held;
        fresh += 37 * held;
        base = 120 + 24 * held;
    }
    r.context_tokens_estimate = std::int64_t(context);
    r.prompt_chars = r.context_tokens_estimate * 4;
    r.prompt_tokens = std::int64_t(context * 1.1);
    r.processed_tokens = std::min<std::int64_t>(std::int64_t(fresh), *r.prompt_tokens);
    r.cached_tokens = *r.prompt_tokens - *r.processed_tokens;
    SessionBuilder::setTtft(r, base * off * (slow ? 1.5 : 1));
    if (slow) r.cached_tokens = r.processed_tokens = std::nullopt;
    if (slow) r.stratum = "unknown";
}

// The lines a builder holds beyond the first `from`, as the engine hands them up.
inline std::vector<JournalLine> linesOf(const SessionBuilder& builder, std::size_t from) {
    std::vector<JournalLine> lines;
    for (std::size_t i = from; i < builder.lines().size(); ++i) {
        const std::string& text = builder.lines()[i];
        lines.push_back(std::move(*parseLine(std::string_view(text).substr(0, text.size() - 1)).line));
    }
    return lines;
}

// The lines of a whole run without their journal: thousands of them in a test take no time for checksums.
inline std::vector<JournalLine> quickRun(const SessionBuilder& builder, int run) {
    std::vector<JournalLine> lines;
    const auto add = [&](const char* type, Json fields) {
        JournalLine line;
        line.type = type;
        line.body = std::make_shared<const Json>(std::move(fields));
        lines.push_back(std::move(line));
    };
    const ScheduledRun& scheduled = builder.schedule()[std::size_t(run) - 1];
    add("run_start", {{"run", run}, {"run_attempt", 1}, {"cell", scheduled.cell}});
    TurnRecord record = builder.goodTurn(run, 1);
    for (record.turn = 1; record.turn <= scheduled.n; ++record.turn) {
        shape(record);
        Json fields;
        writeRecord(fields, record);
        add("turn_done", std::move(fields));
    }
    add("run_end", {{"run", run}, {"run_attempt", 1}, {"run_outcome", "complete"}});
    return lines;
}

// A live session: what is done to the builder arrives at the feed with pump().
struct Live {
    explicit Live(const Plan& p, const std::string& folder = "/sessions/20261124-010203-0a1b2c3d") : builder(p), feed(files) {
        feed.beginLive(folder);
        pump();
    }
    void pump() {
        feed.apply(linesOf(builder, sent));
        sent = builder.lines().size();
    }
    void turns(int run, int from, int to) {
        if (from == 1) builder.runStart(run);
        for (int t = from; t <= to; ++t) {
            TurnRecord record = builder.goodTurn(run, t);
            shape(record);
            builder.turn(record, "{}");
        }
    }
    void wholeRun(int run) {
        turns(run, 1, builder.schedule()[std::size_t(run) - 1].n);
        builder.runEnd(run, RunOutcome::Complete);
    }
    void end() {
        builder.add("session_end", Json::object());
        pump();
        feed.endLive();
    }

    SystemFileOps files;
    SessionBuilder builder;
    SessionFeed feed;
    std::size_t sent = 0;
};

} // namespace looptax::lab
