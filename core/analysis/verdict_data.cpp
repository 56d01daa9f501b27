#include "analysis/verdict_data.h"

#include "base/text.h"
#include "domain/stream_kind.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr int kMostTurns = 1'000'000; // n comes from a file: a wild one is no length

bool judged(RunOutcome outcome) {
    return outcome == RunOutcome::Complete || outcome == RunOutcome::Failed || outcome == RunOutcome::Stopped;
}

bool passed(const TurnRecord& turn) { return turn.outcome == Outcome::Ok && turn.all_pass.value_or(false); }

// One attempt, as the journal's run lines or, without them, the records alone tell it.
struct Attempt {
    int run = 0;
    int number = 0;
    std::optional<RunOutcome> outcome;
    std::vector<const TurnRecord*> turns; // journal order
};

std::vector<Attempt> attemptsOf(const AnalysisInputs& in) {
    std::vector<Attempt> out;
    static const std::vector<TurnRecord> kNone;
    const std::vector<TurnRecord>& turns = in.turns != nullptr ? *in.turns : kNone;
    if (in.runs != nullptr) {
        for (const RunView& view : *in.runs) {
            Attempt attempt{view.run, view.run_attempt, view.outcome, {}};
            for (const std::size_t index : view.turns)
                if (index < turns.size()) attempt.turns.push_back(&turns[index]);
            out.push_back(std::move(attempt));
        }
        return out;
    }
    std::map<std::pair<int, int>, Attempt> byNumber;
    for (const TurnRecord& turn : turns) {
        Attempt& attempt = byNumber[{turn.run, turn.run_attempt}];
        attempt.run = turn.run;
        attempt.number = turn.run_attempt;
        attempt.outcome = runOutcomeFromName(turn.run_outcome);
        attempt.turns.push_back(&turn);
    }
    for (auto& [number, attempt] : byNumber) out.push_back(std::move(attempt));
    return out;
}

std::vector<const TurnRecord*> byTurn(const std::vector<const TurnRecord*>& records) {
    std::map<int, const TurnRecord*> last;
    for (const TurnRecord* record : records) last[record->turn] = record;
    std::vector<const TurnRecord*> out;
    for (const auto& [turn, record] : last) {
        if (turn != int(out.size()) + 1) break; // what comes after a hole hangs in the air
        out.push_back(record);
    }
    return out;
}

// The run with the identity the schedule gives it; without a schedule, its first record's.
std::optional<JudgedRun> judgedRun(const Attempt& attempt, const ScheduledRun* scheduled, const Plan& plan) {
    JudgedRun out;
    out.turns = byTurn(attempt.turns);
    const TurnRecord* first = out.turns.empty() ? nullptr : out.turns.front();
    if (scheduled != nullptr) {
        out.block = scheduled->repeat;
        out.cell = scheduled->cell;
        out.design = scheduled->design;
        out.n = scheduled->n;
        out.cap = scheduled->cap;
        out.padding = scheduled->padding;
        out.cache_mode = scheduled->cache_mode;
        if (scheduled->target < 0 || std::size_t(scheduled->target) >= plan.targets.size()) return std::nullopt;
        out.target = plan.targets[std::size_t(scheduled->target)].id;
        if (first != nullptr && first->cell != out.cell) return std::nullopt;
    } else {
        if (first == nullptr) return std::nullopt;
        out.block = first->repeat;
        out.cell = first->cell;
        out.design = first->design;
        out.n = first->n;
        out.cap = first->cap;
        out.padding = first->padding;
        out.cache_mode = first->cache_mode;
        out.target = first->target;
    }
    if (out.n < 1 || out.n > kMostTurns) return std::nullopt;
    out.run = attempt.run;
    out.outcome = *attempt.outcome;
    if (int(out.turns.size()) > out.n) out.turns.resize(std::size_t(out.n));
    const bool reached = int(out.turns.size()) == out.n;
    if (out.outcome == RunOutcome::Complete && !reached) return std::nullopt;
    out.passes = reached && passed(*out.turns.back());
    out.all_right =
        reached && std::all_of(out.turns.begin(), out.turns.end(), [](const TurnRecord* turn) { return passed(*turn); });
    out.hit_max_tokens =
        std::any_of(out.turns.begin(), out.turns.end(), [](const TurnRecord* turn) { return hitMaxTokens(*turn); });
    out.prompt_truncated = std::any_of(out.turns.begin(), out.turns.end(),
                                       [](const TurnRecord* turn) { return turn->prompt_truncated.value_or(false); });
    out.diverged = std::any_of(out.turns.begin(), out.turns.end(),
                               [](const TurnRecord* turn) { return turn->state_diverged.value_or(false); });
    if (first != nullptr) {
        out.seed = first->seed;
        out.began_ns = first->t_sent_ns.value_or(0);
    }
    return out;
}

void addTarget(SweepData& data, const std::string& id) {
    if (std::find(data.targets.begin(), data.targets.end(), id) == data.targets.end()) data.targets.push_back(id);
}

// All turns' replies in one text; empty where one is not known.
std::string repliesOf(const JudgedRun& run) {
    std::string out;
    for (const TurnRecord* turn : run.turns) {
        if (turn->outcome != Outcome::Ok || turn->reply_sha256.empty()) return {};
        out += turn->reply_sha256 + "\n";
    }
    return out;
}

int warmth(const std::string& stratum) { return stratum == "warm" ? 3 : stratum == "cold" ? 2 : stratum == "load" ? 1 : 0; }

} // namespace

SweepData sweepData(const AnalysisInputs& in) {
    SweepData data;
    data.has_plan = in.plan.has_value();
    data.records = in.turns;
    if (in.plan) data.plan = *in.plan;
    data.plan = planInForce(std::move(data.plan), in.amendments);
    data.after_data =
        std::any_of(in.amendments.begin(), in.amendments.end(), [](const Amendment& amendment) { return amendment.after_data; });
    for (const Target& target : data.plan.targets) addTarget(data, target.id);

    std::map<int, const ScheduledRun*> schedule;
    for (const ScheduledRun& run : in.schedule) {
        schedule[run.run] = &run;
        if (run.target >= 0 && std::size_t(run.target) < data.plan.targets.size())
            ++data.planned[data.plan.targets[std::size_t(run.target)].id];
    }
    std::map<int, Attempt> last;
    std::map<int, const Attempt*> begun;
    const std::vector<Attempt> attempts = attemptsOf(in);
    for (const Attempt& attempt : attempts) {
        begun[attempt.run] = &attempt;
        if (!attempt.outcome || !judged(*attempt.outcome)) continue;
        const auto at = last.find(attempt.run);
        if (at == last.end() || at->second.number <= attempt.number) last[attempt.run] = attempt;
    }
    for (const auto& [number, attempt] : last) {
        const auto scheduled = schedule.find(number);
        if (scheduled == schedule.end() && !schedule.empty()) {
            ++data.strangers;
            continue;
        }
        auto run = judgedRun(attempt, scheduled == schedule.end() ? nullptr : scheduled->second, data.plan);
        if (!run) {
            ++data.strangers;
            continue;
        }
        addTarget(data, run->target);
        ++data.made[run->target];
        data.runs.push_back(std::move(*run));
    }
    for (const auto& [number, attempt] : begun) {
        const auto scheduled = schedule.find(number);
        if (last.count(number) > 0 || !attempt->outcome || scheduled == schedule.end()) continue;
        const auto target = std::size_t(scheduled->second->target);
        if (target < data.plan.targets.size()) ++data.cut[data.plan.targets[target].id];
    }
    return data;
}

int countOf(const std::map<std::string, int>& counts, const std::string& target) {
    const auto at = counts.find(target);
    return at == counts.end() ? 0 : at->second;
}

bool stillCollecting(const SweepData& data, const AnalysisInputs& in, const std::string& target) {
    return in.collecting && countOf(data.made, target) < countOf(data.planned, target);
}

std::optional<CacheMode> leadingMode(const SweepData& data, const std::string& target) {
    for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Cold, CacheMode::Natural})
        for (const JudgedRun& run : data.runs)
            if (run.target == target && run.cache_mode == mode) return mode;
    return std::nullopt;
}

std::vector<const JudgedRun*> runsWhere(const SweepData& data, const std::string& target, const RunFilter& keep) {
    std::vector<const JudgedRun*> out;
    for (const JudgedRun& run : data.runs)
        if (run.target == target && keep(run)) out.push_back(&run);
    return out;
}

Distinct distinctRuns(const std::vector<const JudgedRun*>& runs) {
    std::map<std::string, std::vector<const JudgedRun*>> cells;
    for (const JudgedRun* run : runs) cells[run->cell].push_back(run);
    std::set<const JudgedRun*> dropped;
    for (const auto& [cell, all] : cells) {
        const std::string said = repliesOf(*all.front());
        if (all.size() < 2 || said.empty()) continue;
        const bool copies = std::all_of(all.begin(), all.end(), [&](const JudgedRun* run) {
            return run->seed == all.front()->seed && repliesOf(*run) == said;
        });
        if (copies) dropped.insert(all.begin() + 1, all.end());
    }
    Distinct out;
    out.copies = int(dropped.size());
    for (const JudgedRun* run : runs)
        if (dropped.count(run) == 0) out.runs.push_back(run);
    return out;
}

std::vector<std::pair<std::string, int>> LeftOut::parts() const {
    std::vector<std::pair<std::string, int>> out;
    for (auto& part : {std::pair(std::string("not complete"), incomplete),
                       {"whose state had diverged", diverged},
                       {"whose replies were held back and sent at once", buffered},
                       {"without a time that may be used at the turns compared", broken}})
        if (part.second > 0) out.push_back(part);
    return out;
}

void LeftOut::addWithoutTime(const JudgedRun& run, const std::vector<int>& needed) {
    const bool heldBack = std::any_of(needed.begin(), needed.end(), [&](int turn) {
        const TurnRecord* at = turnOf(run, turn);
        return at != nullptr && at->stream == kBufferedStream;
    });
    ++(heldBack ? buffered : broken);
}

std::string LeftOut::text() const {
    std::vector<std::string> words;
    for (const auto& [why, runs] : parts()) words.push_back(std::to_string(runs) + " " + why);
    return joined(words, ", ");
}

bool brokeCacheMode(const TurnRecord& turn) { return turn.cache_mode_broken.value_or(false); }

bool timed(const TurnRecord& turn) {
    return turn.outcome == Outcome::Ok && !turn.carry_over && turn.ttft_ms && *turn.ttft_ms > 0 && *turn.ttft_ms < 1e12 &&
           !brokeCacheMode(turn);
}

const TurnRecord* turnOf(const JudgedRun& run, int turn) {
    return turn >= 1 && std::size_t(turn) <= run.turns.size() ? run.turns[std::size_t(turn) - 1] : nullptr;
}

bool usableForTimes(const JudgedRun& run, const SweepData& data, LeftOut& left) {
    if (run.outcome != RunOutcome::Complete) {
        ++left.incomplete;
        return false;
    }
    if (run.diverged && data.plan.on_bad_turn != OnBadTurn::Oracle) {
        ++left.diverged;
        return false;
    }
    return true;
}

std::string leadingStratum(const std::vector<const JudgedRun*>& runs, int turn) {
    std::map<std::string, int> counts;
    for (const JudgedRun* run : runs)
        if (const TurnRecord* at = turnOf(*run, turn); at != nullptr && timed(*at)) ++counts[at->stratum];
    std::string best;
    int most = 0;
    for (const auto& [stratum, count] : counts)
        if (std::tuple(count, warmth(stratum)) > std::tuple(most, warmth(best))) {
            best = stratum;
            most = count;
        }
    return best;
}

std::vector<int> lengthsOf(const std::vector<const JudgedRun*>& runs) {
    std::set<int> out;
    for (const JudgedRun* run : runs) out.insert(run->n);
    return {out.begin(), out.end()};
}

int largestN(const std::vector<const JudgedRun*>& runs) {
    int n = 0;
    for (const JudgedRun* run : runs) n = std::max(n, run->n);
    return n;
}

std::optional<int> leadingCap(const std::vector<const JudgedRun*>& runs) {
    std::map<int, std::set<int>> lengths;
    for (const JudgedRun* run : runs)
        if (run->cap) lengths[*run->cap].insert(run->n);
    std::optional<int> best;
    for (const auto& [cap, of] : lengths)
        if (!best || of.size() > lengths[*best].size()) best = cap;
    return best;
}

} // namespace looptax
