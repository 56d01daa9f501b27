// "Did the cache modes hold?": what each mode promises and on how many turns the runtime's own counts show it, what was
// left out because they do not, and what a runtime said that contradicts itself or cannot be.
#include "base/text.h"
#include "report/report_numbers.h"
#include "report/report_sections.h"

#include <algorithm>

namespace looptax {

using namespace doc;

namespace {

constexpr std::size_t kMostListed = 20;

std::string placeOf(const TurnRecord& turn) {
    return turn.cell + ", run " + std::to_string(turn.run) +
           (turn.run_attempt > 1 ? " attempt " + std::to_string(turn.run_attempt) : "") + ", turn " + std::to_string(turn.turn);
}

std::string promiseOf(CacheMode mode) {
    switch (mode) {
    case CacheMode::Cold: return "no turn reuses anything";
    case CacheMode::RunIsolated: return "turn 1 reuses nothing, later turns keep what the runtime can";
    case CacheMode::Natural: return "nothing";
    }
    return {};
}

std::string keyText(const ReportContext& context, const PassKey& key) {
    std::string out = context.designText(key.design);
    if (key.cap) out += ", cap " + std::to_string(*key.cap);
    if (key.padding) out += ", padding " + std::to_string(*key.padding);
    return out;
}

void addCounts(Document& document, const ReportContext& context) {
    Table table{"Turns on record that ended well, by what the runtime's count of cached tokens shows",
                {{"target"}, {"cache mode"}, {"promises"}, {"verified", true}, {"broken", true}, {"not verifiable", true}},
                {}};
    for (const CacheModeCount& count : context.cache_modes.counts)
        table.rows.push_back({count.target + (context.simulated(count.target) ? " (SIMULATED)" : ""),
                              std::string(name(count.cache_mode)), promiseOf(count.cache_mode), std::to_string(count.verified),
                              std::to_string(count.broken), std::to_string(count.not_verifiable)});
    document.add(std::move(table));
}

void addBroken(Document& document, const ReportContext& context) {
    const int left = context.cache_modes.leftOut();
    if (left == 0) return;
    document.add(
        Notice{Notice::Kind::Warning, plain("left out: " + counted(left, "turn", "turns") + " whose cache mode did not hold. " +
                                            (left == 1 ? "It stands" : "They stand") +
                                            " in turns.csv and in the pass rates, and in no median of times and sizes.")});
    Table table{"Turns whose cache mode did not hold, medians over turns",
                {{"target"},
                 {"design"},
                 {"cache mode"},
                 {"turn", true},
                 {"turns", true},
                 {"prompt tok", true},
                 {"cached", true},
                 {"TTFT ms", true}},
                {}};
    for (const BrokenTurns& broken : context.cache_modes.broken) {
        if (table.rows.size() >= kMostListed) break;
        table.rows.push_back({broken.key.target, keyText(context, broken.key), std::string(name(broken.key.cache_mode)),
                              std::to_string(broken.key.turn), std::to_string(broken.turns), rounded(broken.prompt_tokens),
                              rounded(broken.cached_tokens), rounded(broken.ttft_ms)});
    }
    const std::size_t more = context.cache_modes.broken.size() - table.rows.size();
    document.add(std::move(table));
    if (more > 0) document.add(Paragraph{plain("And " + std::to_string(more) + " more rows; summary.json has them all.")});
    document.add(Paragraph{
        plain("A cold turn, or turn 1 of a run, that reused tokens found a prompt that was not its own. A later turn that "
              "reused nothing lost its own: another client had the slot, the server was restarted, or its memory (a sliding "
              "window, or recurrent) cannot go back so far. Keep other clients away and give the loop one slot (-np 1); where "
              "the model cannot keep a prefix, the mode cold measures the same reading under its right name.")});
}

void addOddities(Document& document, const ReportContext& context) {
    BulletList list;
    std::size_t more = 0;
    const auto say = [&](const TurnRecord& turn, const std::string& what) {
        if (list.items.size() < kMostListed) list.items.push_back(plain(placeOf(turn) + ": " + what));
        else ++more;
    };
    for (const TurnRecord& turn : context.in.turns)
        if (!turn.counts_disagree.empty()) say(turn, "counts disagree: " + turn.counts_disagree);
    for (const TurnWarning& warning : context.in.turn_warnings)
        if (warning.turn < context.in.turns.size()) say(context.in.turns[warning.turn], warning.text);
    if (list.items.empty()) return;
    if (more > 0) list.items.push_back(plain("and " + std::to_string(more) + " more in journal.jsonl"));
    document.add(Heading{3, "Warnings of single turns"});
    document.add(Paragraph{
        plain("A number that cannot be is unknown. Counts that contradict each other stand as the runtime gave them.")});
    document.add(std::move(list));
}

} // namespace

void addCacheModes(Document& document, const ReportContext& context) {
    if (context.cache_modes.counts.empty() && context.cache_modes.disagreeing == 0 && context.in.turn_warnings.empty()) return;
    document.add(Heading{2, "Did the cache modes hold?"});
    if (!context.cache_modes.counts.empty()) {
        document.add(Paragraph{
            plain("Judged when a turn is recorded. Not verifiable: the runtime counts no cached tokens, the mode promises "
                  "nothing, the counts fit a runtime that cannot keep the prefix as well as one that lost it, or the "
                  "program that recorded the turn did not judge yet. Not verifiable is not verified.")});
        addCounts(document, context);
    }
    addBroken(document, context);
    addOddities(document, context);
}

void addLeftOut(Document& document, const ReportContext& context, const ReportCurve& curve) {
    int left = 0;
    for (const BrokenTurns& broken : context.cache_modes.broken) {
        PassKey key = broken.key;
        key.turn = 0;
        if (key == curve.key) left += broken.turns;
    }
    if (left > 0)
        document.add(Paragraph{
            plain("Left out of this table: " + counted(left, "turn", "turns") + " whose cache mode did not hold (below).")});
}

} // namespace looptax
