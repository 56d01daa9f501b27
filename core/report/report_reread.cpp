// "Why turns were re-read", in words.
#include "base/text.h"
#include "base/words.h"
#include "prefix/reread_sums.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <cmath>
#include <set>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostListed = 20;
constexpr double kBreaksEarly = 0.35; // share of the state that is reused: below it the state breaks at its head
constexpr double kBreaksLate = 0.5;

std::string placeOf(const TurnExplanation& turn) {
    return turn.cell + ", run " + std::to_string(turn.run) +
           (turn.run_attempt > 1 ? " attempt " + std::to_string(turn.run_attempt) : "") + ", turn " + std::to_string(turn.turn);
}

constexpr const char* kCap = "cap"; // titles of columns that are there only where some row has one
constexpr const char* kPadding = "padding";

std::string countOrNothing(const std::optional<int>& n) { return n ? std::to_string(*n) : std::string(); }

std::string rounded0(double value) { return rounded(std::round(value)); }

// Whole numbers as they are; of others a tenth, so that reused and read anew add up to the prompt in print too.
std::string tenths(double value) {
    const double whole = std::round(value);
    return std::abs(value - whole) < 1e-9 ? std::to_string(std::llround(value)) : fixedText(value, 1);
}

// What a person can do about it; one sentence or two, from this evidence alone.
std::string adviceFor(Reread verdict, const std::string& design, const RereadMeans& means) {
    const std::string read = rounded0(means.readAnew());
    switch (verdict) {
    case Reread::AppendOnly:
        if (means.state().value_or(0) > 0)
            return design + ": the state was the one of the turn before, so all that the slot held was reused, and " + read +
                   " tokens a turn were new. A state that changes would be read again from where it differs.";
        return design + ": all that the slot held was reused, and " + read +
               " tokens a turn were new (with the last token of each reply, which no cache holds). There is no "
               "re-reading to save here; what grows with such a loop is attention over the longer context.";
    case Reread::StateChangedAt: {
        if (!means.state()) return design + ": the state changed, and " + read + " tokens a turn were read anew.";
        const std::string fact = design + ": of a state of " + rounded0(*means.state()) + " tokens, the mean, " +
                                 rounded0(means.stateReused().value_or(0)) + " were reused; all behind was read anew, " + read +
                                 " tokens a turn, " + rounded0(means.stateReadAnew().value_or(0)) +
                                 " of them in the state and the rest after it. ";
        const std::string head = "The state changes at its head: newest first, under a count that changes every turn, "
                                 "its first lines differ, and a cache is good only up to the first difference. ";
        if (means.stateShareReused() < kBreaksEarly && means.capped())
            return fact + head +
                   "The cap bounds what that costs. Oldest first with the count last helps only until the "
                   "cap "
                   "is reached: from then on the oldest entry leaves at the head.";
        if (means.stateShareReused() < kBreaksEarly)
            return fact + head +
                   "Written oldest first, with what changes every turn (the count) last, the same state only "
                   "grows at its end: that is design B-tail.";
        if (means.stateShareReused() > kBreaksLate)
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
        return design + ": " + counted(means.turns(), "turn", "turns") +
               " found another request's prompt in the slot. Where that was not the turn before a run, keep "
               "other clients "
               "away and give the loop a slot of its own (-np 1).";
    case Reread::CacheOff:
    case Reread::Unexplained: break;
    }
    return {};
}

void addVerdicts(Document& document, const ReportContext& context, const RereadSums& sums) {
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
    for (const auto& [key, means] : sums.by_reason) {
        table.rows.push_back({key.target, context.designText(key.design), countOrNothing(key.cap), countOrNothing(key.padding),
                              key.mode, std::string(name(key.reason)), std::to_string(means.turns()), tenths(means.prompt()),
                              tenths(means.reused()), tenths(means.readAnew())});
    }
    dropIfEmpty(table, kCap);
    dropIfEmpty(table, kPadding);
    document.add(std::move(table));
}

void addAdvice(Document& document, const ReportContext& context, const RereadSums& sums) {
    bool forbidden = false; // cold turns say nothing of a loop: reuse was forbidden there
    BulletList list;
    const bool several = !sums.by_design.empty() && sums.by_design.begin()->first.target != sums.by_design.rbegin()->first.target;
    for (const auto& [key, means] : sums.by_design) {
        forbidden = forbidden || key.reason == Reread::CacheOff;
        const std::string design = "Design " + context.designText(key.design) + (several ? " on " + key.target : std::string());
        if (const std::string words = adviceFor(key.reason, design, means); !words.empty()) list.items.push_back(plain(words));
    }
    if (forbidden)
        list.items.push_back(plain("cache_off: turn 1 of every run-isolated run and every cold turn may reuse nothing, by the "
                                   "plan. What cold turns read from turn 2 on is the price of a loop without a cache."));
    if (!list.items.empty()) document.add(std::move(list));
}

std::string percentFewer(const std::optional<double>& saving) { return saving ? rounded0(100 * *saving) + " %" : std::string(); }

void addPromises(Document& document, const ReportContext& context, const RereadSums& sums) {
    if (sums.loops.empty()) return;
    Table table{"Tokens read anew in turns 2 to N: promised by the rule with right replies, and measured "
                "(run-isolated, means of complete runs, turns whose cache mode did not hold left out)",
                {{"target"}, {"design"}, {kCap, true}, {kPadding, true}, {"N", true}, {"promised", true}, {"measured", true}},
                {}};
    for (const LoopReads& loop : sums.loops)
        table.rows.push_back({loop.target, context.designText(loop.design), countOrNothing(loop.cap),
                              countOrNothing(loop.padding), std::to_string(loop.n), std::to_string(loop.promised),
                              loop.measured ? rounded0(*loop.measured) : std::string("not measured")});
    dropIfEmpty(table, kCap);
    dropIfEmpty(table, kPadding);
    document.add(std::move(table));
    for (const TailInstead& tail : sums.tails)
        document.add(Paragraph{plain("B-tail in place of B on " + tail.target + ", " + counted(tail.n, "turn", "turns") +
                                     ": promised " + percentFewer(tail.promised) + " fewer tokens read anew after turn 1" +
                                     (tail.measured ? ", measured " + percentFewer(tail.measured) + "."
                                                    : "; to measure it, run both with the same number of turns."))});
}

void addLeftOver(Document& document, const SessionExplanations& all, const std::map<std::string, AbsentGroup>& groups) {
    BulletList list;
    std::size_t more = 0;
    const auto say = [&](const TurnExplanation& turn, const std::string& what) {
        if (list.items.size() < kMostListed) list.items.push_back(plain(placeOf(turn) + ": " + what));
        else ++more;
    };
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

// Targets with explained turns that are no llama-server.
std::set<std::string> targetsOfOthers(const ReportContext& context) {
    std::set<std::string> out;
    if (!context.in.plan) return out;
    for (const Target& target : context.in.plan->targets)
        if (target.kind != TargetKind::LlamaServer && !ofTarget(context.in.explanations, target.id).turns.empty())
            out.insert(target.id);
    return out;
}

std::string withoutAccount(std::int64_t turns) {
    if (turns == 0) return {};
    return std::to_string(turns) + " " + std::string(pluralOf(turns, "has", "have")) + " no account, ";
}

} // namespace

void addReread(Document& document, const ReportContext& context) {
    const SessionExplanations& all = context.in.explanations;
    if (all.empty()) return;
    document.add(Heading{2, "Why turns were re-read"});
    const ExplainedCounts counts = countsOf(all);
    const RereadSums sums = rereadSums(context.in.turns, context.in.explanations);
    const std::set<std::string> borrowed = targetsOfOthers(context);
    if (counts.turns > 0) {
        document.add(Paragraph{plain("Each prompt was made again from the journal, cut by the runtime's own template and "
                                     "tokenizer, and held against what "
                                     "the slot held before. Of " +
                                     counted(counts.turns, "turn", "turns") + (borrowed.empty() ? " of llama-server" : "") +
                                     " that ended ok " + std::to_string(counts.explained) + " are explained, " +
                                     withoutAccount(counts.absent) + "and for " + std::to_string(counts.exact) +
                                     " the rule names the very number of tokens that the runtime says it reused (within 2 "
                                     "where a past reply's own token ids are not known). Counts disagree on " +
                                     std::to_string(counts.mismatches) + ".")});
        if (!borrowed.empty())
            document.add(Paragraph{plain("The prompts of " + joined({borrowed.begin(), borrowed.end()}, ", ") +
                                         ", which shows neither template nor tokens, were cut by a llama-server of the plan, "
                                         "and are explained where it counts as many tokens in them as their own runtime.")});
        addVerdicts(document, context, sums);
        addAdvice(document, context, sums);
    }
    addPromises(document, context, sums);
    addLeftOver(document, all, sums.absent);
}

} // namespace looptax
