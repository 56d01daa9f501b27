#include "report/session_story.h"

#include "analysis/summary.h"
#include "base/text.h"
#include "base/words.h"
#include "domain/simulated.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace looptax {

namespace {

std::string seconds(double ms) { return ms < 1000 ? fixedText(ms, ms < 10 ? 1 : 0) + " ms" : fixedText(ms / 1000, 2) + " s"; }

std::string measured(const RecordStore& store) {
    const auto turns = std::int64_t(store.turns().size());
    if (turns == 0) return "no turn was measured.";
    std::int64_t failedTurns = 0, complete = 0, failed = 0, open = 0;
    for (const TurnRecord& turn : store.turns()) failedTurns += turn.outcome != Outcome::Ok;
    for (const ScheduledRun& run : store.schedule()) {
        const RunView* last = store.lastAttempt(run.run);
        const auto outcome = last != nullptr ? last->outcome : std::nullopt;
        complete += outcome == RunOutcome::Complete;
        failed += outcome == RunOutcome::Failed;
        open += !outcome || outcome == RunOutcome::Interrupted || outcome == RunOutcome::Cancelled;
    }
    std::string out = counted(turns, "turn was", "turns were") + " measured";
    if (failedTurns > 0) out += ", " + std::to_string(failedTurns) + " failed";
    out += "; " + std::to_string(complete) + " of " + counted(std::int64_t(store.schedule().size()), "run is", "runs are") +
           " complete";
    if (failed > 0) out += ", " + std::to_string(failed) + " failed";
    if (open > 0) out += ", " + std::to_string(open) + " still to be made";
    std::map<std::string, bool> simulated; // by target
    for (const TurnRecord& turn : store.turns())
        if (!simulated.count(turn.target))
            simulated[turn.target] = simulatedFact(store.sessionLines(), turn.target).value_or(namedSimulated(turn.model));
    const bool any = std::any_of(simulated.begin(), simulated.end(), [](const auto& target) { return target.second; });
    return out + (any ? "; simulated: no model was measured." : ".");
}

std::string passed(const SessionSummary& summary) {
    std::map<std::string, std::pair<int, int>> designs;
    int hits = 0, of = 0;
    for (const PassSummary& pass : summary.passes) {
        designs[pass.key.design].first += pass.all_pass;
        designs[pass.key.design].second += pass.turns;
        hits += pass.all_pass;
        of += pass.turns;
    }
    if (of == 0) return {};
    std::vector<std::string> parts;
    for (const auto& [design, share] : designs)
        parts.push_back(design + " " + std::to_string(share.first) + " of " + std::to_string(share.second));
    return std::to_string(hits) + " of " + counted(of, "turn", "turns") + " passed every check (" +
           fixedText(100.0 * hits / of, 0) + " %)" + (parts.size() > 1 ? ": " + listed(parts) : "") + ".";
}

// From the first turn in the cache state of the last one: turn 1 reads everything, and a growth that is only
// the difference between reading all and reading a rest would be an invention.
struct Growth {
    int from = 0;
    int to = 0;
    double first_ms = 0;
    MetricSummary last;
};

using Curve = std::vector<const TurnSummary*>;

std::optional<Growth> growthOf(const Curve& curve) {
    static const std::size_t kTtft = metricIndex("ttft_ms");
    const auto values = [](const TurnSummary* turn) { return turn->metrics[kTtft] ? turn->metrics[kTtft]->n : 0; };
    const TurnSummary* last = nullptr;
    for (const TurnSummary* turn : curve)
        if (values(turn) > 0 && (last == nullptr || turn->key.turn > last->key.turn ||
                                 (turn->key.turn == last->key.turn && values(turn) > values(last))))
            last = turn;
    if (last == nullptr) return std::nullopt;
    const TurnSummary* first = nullptr;
    for (const TurnSummary* turn : curve)
        if (values(turn) > 0 && turn->stratum == last->stratum && (first == nullptr || turn->key.turn < first->key.turn))
            first = turn;
    if (first == nullptr || first->key.turn == last->key.turn) return std::nullopt;
    return Growth{first->key.turn, last->key.turn, first->metrics[kTtft]->median, *last->metrics[kTtft]};
}

std::string grown(const SessionSummary& summary, const std::string& verdicts) {
    const auto alone = [&verdicts] {
        if (verdicts.empty()) return std::string();
        std::string out = verdicts + ".";
        if (out[0] >= 'a' && out[0] <= 'z') out[0] = char(out[0] - 'a' + 'A');
        return out;
    };
    if (summary.turns.empty()) return alone();
    // One curve a design: the first target, cache mode, cap and padding in the order of the summary.
    std::map<std::string, Curve> curves;
    const PassKey& first = summary.turns.front().key;
    for (const TurnSummary& turn : summary.turns) {
        if (turn.key.target != first.target || turn.key.cache_mode != first.cache_mode) continue;
        Curve& curve = curves[turn.key.design];
        if (!curve.empty() && (curve.front()->key.cap != turn.key.cap || curve.front()->key.padding != turn.key.padding))
            continue;
        curve.push_back(&turn);
    }
    // Its turns are few and its length is not what it varies.
    if (curves.size() > 1) curves.erase("D");
    std::vector<std::string> parts;
    int least = 0, most = 0, from = 0;
    for (const auto& [design, curve] : curves) {
        const auto growth = growthOf(curve);
        if (!growth || growth->first_ms <= 0) continue;
        const std::string start = growth->from == from ? "" : " at turn " + std::to_string(growth->from);
        parts.push_back(design + " " + fixedText(growth->last.median / growth->first_ms, 1) + " times (" +
                        seconds(growth->first_ms) + start + " to " + seconds(growth->last.median) + " at turn " +
                        std::to_string(growth->to) + ")");
        from = growth->from;
        least = least == 0 ? growth->last.n : std::min(least, growth->last.n);
        most = std::max(most, growth->last.n);
    }
    if (parts.empty()) return alone();
    const bool several = std::any_of(summary.turns.begin(), summary.turns.end(),
                                     [&](const TurnSummary& turn) { return turn.key.target != first.target; });
    const std::string out = "TTFT over the turns" + (several ? " on " + first.target : std::string()) + ", " +
                            std::string(name(first.cache_mode)) + ": " + listed(parts);
    if (least <= 1 && verdicts.empty()) return out + "; each rests on one block: no interval, a small difference may be chance.";
    const std::string of =
        least <= 1 ? ""
                   : "; medians of " + std::to_string(least) + (most > least ? " to " + std::to_string(most) : "") + " blocks";
    return out + of + (verdicts.empty() ? "" : "; " + verdicts) + ".";
}

} // namespace

std::string verdictStory(const Analysis& analysis) {
    if (!analysis.headline.empty()) {
        std::string out(trimmed(analysis.headline));
        if (!out.empty() && out.back() == '.') out.pop_back();
        return out;
    }
    if (analysis.verdicts.empty()) return {};
    const std::string& target = analysis.verdicts.front().target;
    const bool several =
        std::any_of(analysis.verdicts.begin(), analysis.verdicts.end(), [&](const Verdict& v) { return v.target != target; });
    std::vector<std::string> parts;
    // What is decided is worth its name; of the rest the board tells.
    const auto add = [&](const std::string& words, bool byName, auto belongs) {
        std::vector<std::string> ids;
        for (const Verdict& verdict : analysis.verdicts)
            if (belongs(verdict)) ids.push_back(verdict.id);
        if (!ids.empty()) parts.push_back((byName && !several ? joined(ids, ", ") : std::to_string(ids.size())) + " " + words);
    };
    const auto is = [](VerdictKind kind, bool trivially) {
        return [=](const Verdict& v) { return v.kind == kind && v.trivially == trivially; };
    };
    add("supported", true, is(VerdictKind::Supported, false));
    add("supported trivially", true, is(VerdictKind::Supported, true));
    add("rejected", true, is(VerdictKind::Rejected, false));
    add("rejected trivially", true, is(VerdictKind::Rejected, true));
    add("undecided", false, [](const Verdict& v) {
        return v.kind == VerdictKind::Inconclusive || v.kind == VerdictKind::NotTriggered || v.kind == VerdictKind::Untestable;
    });
    add("still collecting", false, [](const Verdict& v) { return v.kind == VerdictKind::StillCollecting; });
    const std::string out = "verdicts: " + joined(parts, "; ");
    const bool after =
        std::any_of(analysis.verdicts.begin(), analysis.verdicts.end(), [](const Verdict& v) { return v.after_data; });
    return out + (after ? " (rules or repeats changed after data)" : "");
}

std::vector<std::string> sessionStory(const RecordStore& store, const std::optional<Analysis>& analysis) {
    std::vector<std::string> out{measured(store)};
    const SessionSummary summary = summarize(store.turns());
    const std::string verdicts = analysis && !store.turns().empty() ? verdictStory(*analysis) : std::string();
    for (const std::string& sentence : {passed(summary), grown(summary, verdicts)})
        if (!sentence.empty()) out.push_back(sentence);
    return out;
}

} // namespace looptax
