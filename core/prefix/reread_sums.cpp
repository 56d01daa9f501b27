#include "prefix/reread_sums.h"

#include "domain/outcome.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace looptax {

namespace {

// The record of a run: its cell by fields, where an explanation has no more than the cell's name.
class RunRecords {
public:
    explicit RunRecords(const std::vector<TurnRecord>& turns) {
        for (const TurnRecord& turn : turns) m_runs.try_emplace(turn.run, &turn);
    }
    RereadKey keyOf(const TurnExplanation& turn) const {
        RereadKey key{turn.target, turn.design, {}, {}, {}, turn.verdict.value_or(Reread::Unexplained)};
        if (const auto found = m_runs.find(turn.run); found != m_runs.end()) {
            key.cap = found->second->cap;
            key.padding = found->second->padding;
            key.mode = std::string(name(found->second->cache_mode));
        }
        return key;
    }

private:
    std::map<int, const TurnRecord*> m_runs;
};

// What was measured, to stand beside a promise. A run that did not end, or a turn that did not keep its cache mode,
// is of another loop than the one that was promised.
class Measured {
public:
    Measured(const std::vector<TurnRecord>& turns, const SessionExplanations& all, const RunRecords& runs) {
        std::set<std::tuple<int, int, int>> kept; // run, attempt, turn
        for (const TurnRecord& record : turns)
            if (record.run_outcome == name(RunOutcome::Complete) && !record.cache_mode_broken.value_or(false))
                kept.insert({record.run, record.run_attempt, record.turn});
        for (const TurnExplanation& turn : all.turns) {
            const RereadKey key = runs.keyOf(turn);
            if (!turn.processed_reported || key.mode != name(CacheMode::RunIsolated) ||
                kept.count({turn.run, turn.run_attempt, turn.turn}) == 0)
                continue;
            auto& [sum, n] = m_turns[{key.target, key.design, key.cap, key.padding}][turn.turn];
            sum += double(*turn.processed_reported);
            ++n;
        }
    }
    std::optional<double> processed(const PredictedLoop& loop) const {
        const auto turns = m_turns.find({loop.target, loop.design, loop.cap, loop.padding});
        if (turns == m_turns.end()) return std::nullopt;
        double total = 0;
        for (int turn = 2; turn <= loop.n; ++turn) {
            const auto found = turns->second.find(turn);
            if (found == turns->second.end()) return std::nullopt;
            total += found->second.first / found->second.second;
        }
        return total;
    }

private:
    using Key = std::tuple<std::string, std::string, std::optional<int>, std::optional<int>>;
    std::map<Key, std::map<int, std::pair<double, int>>> m_turns; // by turn: sum and how many
};

std::int64_t promisedProcessed(const PredictedLoop& loop, int n) {
    std::int64_t total = 0;
    for (const PredictedTurn& turn : loop.turns)
        if (turn.turn > 1 && turn.turn <= n) total += turn.processed();
    return total;
}

std::optional<double> saved(double less, double more) { return more > 0 ? std::optional(1.0 - less / more) : std::nullopt; }

std::vector<TailInstead> tailsOf(const std::vector<PredictedLoop>& loops, const Measured& measured) {
    std::vector<TailInstead> out;
    for (const PredictedLoop& tail : loops) {
        if (tail.design != "B-tail") continue;
        for (const PredictedLoop& plainB : loops) {
            if (plainB.design != "B" || plainB.target != tail.target || plainB.cap != tail.cap || plainB.padding != tail.padding)
                continue;
            TailInstead instead{tail.target, tail.cap, tail.padding, std::min(tail.n, plainB.n), {}, {}};
            instead.promised = saved(double(promisedProcessed(tail, instead.n)), double(promisedProcessed(plainB, instead.n)));
            const auto a = measured.processed(tail), b = measured.processed(plainB);
            if (a && b && tail.n == plainB.n) instead.measured = saved(*a, *b);
            out.push_back(std::move(instead));
        }
    }
    return out;
}

} // namespace

void RereadMeans::add(const TurnExplanation& turn, bool capped) {
    ++m_turns;
    m_capped = m_capped || capped;
    m_placed += turn.sections.empty() ? 0 : 1;
    m_prompt += turn.prompt_tokens;
    m_cached += turn.cached_reported.value_or(turn.cached_predicted);
    for (const SectionCount& section : turn.sections)
        if (section.label == "state") {
            m_state += section.tokens;
            m_state_cached += section.cached;
        }
}

std::optional<double> RereadMeans::stateMean(std::int64_t sum) const {
    return m_placed > 0 ? std::optional(double(sum) / double(m_placed)) : std::nullopt;
}

RereadSums rereadSums(const std::vector<TurnRecord>& turns, const SessionExplanations& all) {
    const RunRecords runs(turns);
    RereadSums out;
    for (const TurnExplanation& turn : all.turns) {
        if (!turn.absent.empty()) {
            AbsentGroup& group = out.absent["target " + turn.target + ": " + turn.absent];
            if (group.first == nullptr) group.first = &turn;
            ++group.turns;
        }
        if (!turn.verdict) continue;
        const RereadKey key = runs.keyOf(turn);
        out.by_reason[key].add(turn, key.cap.has_value());
        if (turn.verdict != Reread::SlotLost || turn.turn != 1)
            out.by_design[{turn.target, turn.design, *turn.verdict}].add(turn, key.cap.has_value());
    }
    const Measured measured(turns, all, runs);
    for (const PredictedLoop& loop : all.loops)
        out.loops.push_back({loop.target, loop.design, loop.cap, loop.padding, loop.n, promisedProcessed(loop, loop.n),
                             measured.processed(loop)});
    out.tails = tailsOf(all.loops, measured);
    return out;
}

} // namespace looptax
