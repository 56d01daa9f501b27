// "Why turns were re-read": verdicts counted, what follows from them in words, and for every design what was
// promised beside what was measured.
#include "base/text.h"
#include "domain/outcome.h"
#include "explain/explanation.h"
#include "report/json_parts.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"
#include "report/summary_parts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostListed = 20;
constexpr double kBreaksEarly =
    0.35; // share of the state that is reused: below it the state breaks at its head
constexpr double kBreaksLate = 0.5;

// What the end of a cell's name says: target/design/nN[/capK|/padP]/mode. From the end, because a target's own name
// may have slashes.
struct CellEnd {
    std::optional<int> cap;
    std::optional<int> padding;
    std::string mode;
};

std::optional<int> numberAfter(std::string_view part, std::string_view word) {
    if (part.substr(0, word.size()) != word) return std::nullopt;
    part.remove_prefix(word.size());
    int n = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), n);
    return error == std::errc() && end == part.data() + part.size() ? std::optional(n) : std::nullopt;
}

CellEnd cellEnd(std::string_view cell) {
    CellEnd out;
    const auto last = [&] {
        const std::size_t slash = cell.rfind('/');
        const std::string_view part = slash == std::string_view::npos ? cell : cell.substr(slash + 1);
        cell = cell.substr(0, slash == std::string_view::npos ? 0 : slash);
        return part;
    };
    out.mode = last();
    while (!cell.empty()) {
        const std::string_view part = last();
        if (const auto cap = numberAfter(part, "cap"))
            out.cap = cap;
        else if (const auto padding = numberAfter(part, "pad"))
            out.padding = padding;
        else
            break;
    }
    return out;
}

std::string placeOf(const TurnExplanation& turn) {
    return turn.cell + ", run " + std::to_string(turn.run) +
           (turn.run_attempt > 1 ? " attempt " + std::to_string(turn.run_attempt) : "") + ", turn " +
           std::to_string(turn.turn);
}

struct Sums {
    std::int64_t turns = 0;
    std::int64_t prompt = 0;
    std::int64_t cached = 0;
    std::int64_t placed = 0; // turns whose tokens' places are known: only they say anything of the state
    std::int64_t state = 0;
    std::int64_t state_cached = 0;
    bool capped = false; // the cells hold a cap
    void add(const TurnExplanation& turn) {
        ++turns;
        capped = capped || cellEnd(turn.cell).cap.has_value();
        placed += turn.sections.empty() ? 0 : 1;
        prompt += turn.prompt_tokens;
        cached += turn.cached_reported.value_or(turn.cached_predicted);
        for (const SectionCount& section : turn.sections)
            if (section.label == "state") {
                state += section.tokens;
                state_cached += section.cached;
            }
    }
    double mean(std::int64_t sum) const { return turns > 0 ? double(sum) / double(turns) : 0; }
    std::optional<double> stateMean(std::int64_t sum) const {
        return placed > 0 ? std::optional(double(sum) / double(placed)) : std::nullopt;
    }
    double stateShare() const { return state > 0 ? double(state_cached) / double(state) : 0; }
};

struct VerdictKey {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    std::string mode;
    Reread verdict = Reread::Unexplained;
    auto operator<=>(const VerdictKey&) const = default;
};

std::map<VerdictKey, Sums> byVerdict(const SessionExplanations& all) {
    std::map<VerdictKey, Sums> out;
    for (const TurnExplanation& turn : all.turns) {
        if (!turn.verdict) continue;
        const CellEnd cell = cellEnd(turn.cell);
        out[{turn.target, turn.design, cell.cap, cell.padding, cell.mode, *turn.verdict}].add(turn);
    }
    return out;
}

constexpr const char* kCap = "cap"; // titles of columns that are there only where some row has one
constexpr const char* kPadding = "padding";

std::string countOrNothing(const std::optional<int>& n) {
    return n ? std::to_string(*n) : std::string();
}

std::string rounded0(double value) {
    return rounded(std::round(value));
}

// Whole numbers as they are; of others a tenth, so that reused and read anew add up to the prompt in print too.
std::string tenths(double value) {
    const double whole = std::round(value);
    return std::abs(value - whole) < 1e-9 ? std::to_string(std::llround(value)) : fixedText(value, 1);
}

// What a person can do about it; one sentence or two, from this evidence alone.
std::string adviceFor(Reread verdict, const std::string& design, const Sums& sums) {
    const std::string read = rounded0(sums.mean(sums.prompt - sums.cached));
    switch (verdict) {
    case Reread::AppendOnly:
        return design + ": all that the slot held was reused, and " + read +
               " tokens a turn were new (with the last token of each reply, which no cache holds). There is no "
               "re-reading to save here; what grows with such a loop is attention over the longer context.";
    case Reread::StateChangedAt: {
        const std::string state = rounded0(sums.mean(sums.state));
        const std::string kept = rounded0(sums.mean(sums.state_cached));
        const double anew = sums.mean(sums.prompt - sums.cached), inState = sums.mean(sums.state - sums.state_cached);
        const std::string fact = design + ": of a state of " + state + " tokens, the mean, " + kept +
                                 " were reused; all behind was read anew, " + read + " tokens a turn: " +
                                 rounded0(inState) + " of the state and " +
                                 rounded0(std::round(anew) - std::round(inState)) + " after it. ";
        const std::string head =
            "The state changes at its head: newest first, under a count that changes every turn, "
            "its first lines differ, and a cache is good only up to the first difference. ";
        if (sums.stateShare() < kBreaksEarly && sums.capped)
            return fact + head +
                   "The cap bounds what that costs. Oldest first with the count last helps only until the "
                   "cap "
                   "is reached: from then on the oldest entry leaves at the head.";
        if (sums.stateShare() < kBreaksEarly)
            return fact + head +
                   "Written oldest first, with what changes every turn (the count) last, the same state only "
                   "grows at its end: that is design B-tail.";
        if (sums.stateShare() > kBreaksLate)
            return fact + "The state grows at its end, so most of it stays good: only its newest part, what "
                          "stands behind "
                          "it and the new entry are read.";
        return fact + "Move what changes from turn to turn further towards the end of the state.";
    }
    case Reread::HistoryRerendered:
        return design +
               ": past replies come back otherwise than they were generated, because the template strips or "
               "changes them or because the model said them in other tokens. Switch thinking off, or send "
               "the "
               "history by a route without a template; " +
               read + " tokens a turn were read.";
    case Reread::WindowLost:
        return design + ": the model's memory (a sliding window, or recurrent) could not go back to the "
                        "place where the "
                        "prompts part. On llama-server try --swa-full or more --ctx-checkpoints.";
    case Reread::SlotLost:
        return design + ": " + counted(sums.turns, "turn", "turns") +
               " found another request's prompt in the slot. Where that was not the turn before a run, keep "
               "other clients "
               "away and give the loop a slot of its own (-np 1).";
    case Reread::CacheOff:
    case Reread::Unexplained:
        break;
    }
    return {};
}

void addVerdicts(Document& document, const ReportContext& context, const std::map<VerdictKey, Sums>& groups) {
    Table table{"Turns by the reason for what was read, means a turn",
                {{"target"},
                 {"design"},
                 {kCap, true},
                 {kPadding, true},
                 {"cache mode"},
                 {"reason"},
                 {"turns", true},
                 {"prompt tokens", true},
                 {"reused", true},
                 {"read anew", true}},
                {}};
    for (const auto& [key, sums] : groups) {
        table.rows.push_back({key.target, context.designText(key.design), countOrNothing(key.cap),
                              countOrNothing(key.padding), key.mode, std::string(name(key.verdict)),
                              std::to_string(sums.turns), tenths(sums.mean(sums.prompt)), tenths(sums.mean(sums.cached)),
                              tenths(sums.mean(sums.prompt - sums.cached))});
    }
    dropIfEmpty(table, kCap);
    dropIfEmpty(table, kPadding);
    document.add(std::move(table));
}

void addAdvice(Document& document, const ReportContext& context, const SessionExplanations& all) {
    // Cold turns say nothing of a loop: reuse was forbidden there.
    std::map<std::pair<std::string, Reread>, Sums> groups;
    bool forbidden = false;
    for (const TurnExplanation& turn : all.turns) {
        if (!turn.verdict) continue;
        forbidden = forbidden || turn.verdict == Reread::CacheOff;
        if (turn.verdict == Reread::SlotLost && turn.turn == 1)
            continue; // the run before: as the cache mode has it
        groups[{turn.design, *turn.verdict}].add(turn);
    }
    BulletList list;
    for (const auto& [key, sums] : groups)
        if (const std::string words = adviceFor(key.second, "Design " + context.designText(key.first), sums);
            !words.empty())
            list.items.push_back(plain(words));
    if (forbidden)
        list.items.push_back(
            plain("cache_off: turn 1 of every run-isolated run and every cold turn may reuse nothing, by the "
                  "plan. What cold turns read from turn 2 on is the price of a loop without a cache."));
    if (!list.items.empty()) document.add(std::move(list));
}

// What was measured, to stand beside a promise. A run that did not end, or a turn that did not keep its cache mode,
// is of another loop than the one that was promised.
class Measured {
public:
    explicit Measured(const ReportInputs& in) {
        std::set<std::tuple<int, int, int>> kept; // run, attempt, turn
        for (const TurnRecord& record : in.turns)
            if (record.run_outcome == name(RunOutcome::Complete) && !record.cache_mode_broken.value_or(false))
                kept.insert({record.run, record.run_attempt, record.turn});
        for (const TurnExplanation& turn : in.explanations.turns) {
            const CellEnd cell = cellEnd(turn.cell);
            if (!turn.processed_reported || cell.mode != name(CacheMode::RunIsolated) ||
                kept.count({turn.run, turn.run_attempt, turn.turn}) == 0)
                continue;
            auto& [sum, n] = m_turns[{turn.target, turn.design, cell.cap, cell.padding}][turn.turn];
            sum += double(*turn.processed_reported);
            ++n;
        }
    }

    // Tokens read anew in turns 2 to n, run-isolated, means of runs; absent where a turn was never measured.
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

std::string percentLess(double less, double more) {
    return more > 0 ? rounded0(100.0 * (1.0 - less / more)) + " %" : std::string();
}

void addPromises(Document& document, const ReportContext& context, const SessionExplanations& all) {
    if (all.loops.empty()) return;
    const Measured measured(context.in);
    Table table{"Tokens read anew in turns 2 to N: promised by the rule with right replies, and measured "
                "(run-isolated, means of complete runs, turns whose cache mode did not hold left out)",
                {{"target"},
                 {"design"},
                 {kCap, true},
                 {kPadding, true},
                 {"N", true},
                 {"promised", true},
                 {"measured", true}},
                {}};
    for (const PredictedLoop& loop : all.loops) {
        const auto processed = measured.processed(loop);
        table.rows.push_back({loop.target, context.designText(loop.design), countOrNothing(loop.cap),
                              countOrNothing(loop.padding), std::to_string(loop.n),
                              std::to_string(promisedProcessed(loop, loop.n)),
                              processed ? rounded0(*processed) : std::string("not measured")});
    }
    dropIfEmpty(table, kCap);
    dropIfEmpty(table, kPadding);
    document.add(std::move(table));
    for (const PredictedLoop& tail : all.loops) {
        if (tail.design != "B-tail") continue;
        for (const PredictedLoop& plainB : all.loops) {
            if (plainB.design != "B" || plainB.target != tail.target || plainB.cap != tail.cap ||
                plainB.padding != tail.padding)
                continue;
            const int n = std::min(tail.n, plainB.n);
            std::string words =
                "B-tail in place of B on " + tail.target + ", " + std::to_string(n) + " turns: promised " +
                percentLess(double(promisedProcessed(tail, n)), double(promisedProcessed(plainB, n))) +
                " fewer tokens read anew after turn 1";
            const auto a = measured.processed(tail);
            const auto b = measured.processed(plainB);
            if (a && b && tail.n == plainB.n)
                words += ", measured " + percentLess(*a, *b) + ".";
            else
                words += "; to measure it, run both with the same number of turns.";
            document.add(Paragraph{plain(words)});
        }
    }
}

// Turns without an account for one reason: a server that stopped answering may leave thousands.
struct AbsentGroup {
    const TurnExplanation* first = nullptr;
    std::int64_t turns = 0;
};

// By "target X: reason", as the reason of a whole target is written.
std::map<std::string, AbsentGroup> absentGroups(const SessionExplanations& all) {
    std::map<std::string, AbsentGroup> out;
    for (const TurnExplanation& turn : all.turns) {
        if (turn.absent.empty()) continue;
        AbsentGroup& group = out["target " + turn.target + ": " + turn.absent];
        if (group.first == nullptr) group.first = &turn;
        ++group.turns;
    }
    return out;
}

void addLeftOver(Document& document, const SessionExplanations& all) {
    BulletList list;
    std::size_t more = 0;
    const auto say = [&](const TurnExplanation& turn, const std::string& what) {
        if (list.items.size() < kMostListed)
            list.items.push_back(plain(placeOf(turn) + ": " + what));
        else
            ++more;
    };
    const auto groups = absentGroups(all);
    std::set<std::string> whole; // reasons that stand once for their target
    for (const std::string& why : all.absent) {
        std::string words = "not explained: " + why;
        if (const auto found = groups.find(why); found != groups.end())
            words += " (" + counted(found->second.turns, "turn", "turns") + ")";
        list.items.push_back(plain(words));
        whole.insert(why);
    }
    for (const auto& [why, group] : groups) {
        if (whole.count(why) > 0) continue;
        std::string words = "not explained: " + group.first->absent;
        if (group.turns > 1) words += " (the same of " + counted(group.turns - 1, "turn", "turns") + " more)";
        say(*group.first, words);
    }
    for (const TurnExplanation& turn : all.turns) {
        if (!turn.mismatch.empty()) say(turn, "counts disagree: " + turn.mismatch);
        if (turn.verdict && (turn.verdict == Reread::Unexplained || !turn.exact.value_or(true)))
            say(turn, std::string(name(*turn.verdict)) + ". " + turn.sentence);
    }
    if (more > 0) list.items.push_back(plain("and " + std::to_string(more) + " more in explanations.jsonl"));
    if (list.items.empty()) return;
    document.add(Heading{3, "What is left"});
    document.add(std::move(list));
}

std::string withoutAccount(std::int64_t turns) {
    if (turns == 0) return {};
    return std::to_string(turns) + (turns == 1 ? " has" : " have") + " no account, ";
}

} // namespace

Json rereadsJson(const ReportInputs& in) {
    const SessionExplanations& all = in.explanations;
    if (all.empty()) return nullptr;
    const ExplainedCounts counts = countsOf(all);
    Json out;
    out["turns"] = counts.turns;
    out["absent"] = counts.absent;
    out["explained"] = counts.explained;
    out["exact"] = counts.exact;
    out["mismatches"] = counts.mismatches;
    out["reasons"] = Json::array();
    for (const auto& [key, sums] : byVerdict(all)) {
        out["reasons"].push_back({{"target", key.target},
                                  {"design", key.design},
                                  {"cap", orNull(key.cap)},
                                  {"padding", orNull(key.padding)},
                                  {"cache_mode", key.mode},
                                  {"reason", std::string(name(key.verdict))},
                                  {"turns", sums.turns},
                                  {"prompt_tokens", sums.mean(sums.prompt)},
                                  {"reused", sums.mean(sums.cached)},
                                  {"read_anew", sums.mean(sums.prompt - sums.cached)},
                                  {"state_tokens", orNull(sums.stateMean(sums.state))},
                                  {"state_reused", orNull(sums.stateMean(sums.state_cached))}});
    }
    out["loops"] = Json::array();
    const Measured measured(in);
    for (const PredictedLoop& loop : all.loops)
        out["loops"].push_back({{"target", loop.target},
                                {"design", loop.design},
                                {"cap", orNull(loop.cap)},
                                {"padding", orNull(loop.padding)},
                                {"n", loop.n},
                                {"promised", promisedProcessed(loop, loop.n)},
                                {"measured", orNull(measured.processed(loop))}});
    return out;
}

void addReread(Document& document, const ReportContext& context) {
    const SessionExplanations& all = context.in.explanations;
    if (all.empty()) return;
    document.add(Heading{2, "Why turns were re-read"});
    const ExplainedCounts counts = countsOf(all);
    if (counts.turns > 0) {
        document.add(Paragraph{
            plain("Each prompt was made again from the journal, cut by the runtime's own template and "
                  "tokenizer, and held against what "
                  "the slot held before. Of " +
                  counted(counts.turns, "turn", "turns") + " of llama-server that ended ok " +
                  std::to_string(counts.explained) + " are explained, " +
                  withoutAccount(counts.absent) + "and for " + std::to_string(counts.exact) +
                  " the rule names the very number of tokens that the runtime says it reused (within 2 "
                  "where a past reply's own token ids are not known). Counts disagree on " +
                  std::to_string(counts.mismatches) + ".")});
        addVerdicts(document, context, byVerdict(all));
        addAdvice(document, context, all);
    }
    addPromises(document, context, all);
    addLeftOver(document, all);
}

} // namespace looptax
