#include "prefix/explanation.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace looptax {

namespace {

constexpr std::array<std::pair<Reread, std::string_view>, 7> kNames{{{Reread::AppendOnly, "append_only"},
                                                                     {Reread::StateChangedAt, "state_changed_at"},
                                                                     {Reread::HistoryRerendered, "history_rerendered"},
                                                                     {Reread::WindowLost, "window_lost"},
                                                                     {Reread::SlotLost, "slot_lost"},
                                                                     {Reread::CacheOff, "cache_off"},
                                                                     {Reread::Unexplained, "unexplained"}}};

} // namespace

std::string_view name(Reread verdict) {
    for (const auto& [value, text] : kNames)
        if (value == verdict) return text;
    return {};
}

std::optional<Reread> rereadOf(std::string_view name) {
    for (const auto& [value, text] : kNames)
        if (text == name) return value;
    return std::nullopt;
}

SessionExplanations ofTarget(const SessionExplanations& all, const std::string& target) {
    SessionExplanations out;
    const auto of = [&](const auto& item) { return item.target == target; };
    std::copy_if(all.turns.begin(), all.turns.end(), std::back_inserter(out.turns), of);
    std::copy_if(all.loops.begin(), all.loops.end(), std::back_inserter(out.loops), of);
    std::copy_if(all.absent.begin(), all.absent.end(), std::back_inserter(out.absent),
                 [&](const std::string& why) { return why.rfind("target " + target + ": ", 0) == 0; });
    return out;
}

void add(SessionExplanations& to, SessionExplanations part) {
    const auto move = [](auto& items, auto& more) {
        items.insert(items.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    };
    move(to.turns, part.turns);
    move(to.loops, part.loops);
    move(to.absent, part.absent);
}

ExplainedCounts countsOf(const SessionExplanations& all) {
    ExplainedCounts out;
    for (const TurnExplanation& turn : all.turns) {
        ++out.turns;
        if (!turn.verdict) {
            ++out.absent;
            continue;
        }
        out.explained += *turn.verdict != Reread::Unexplained ? 1 : 0;
        out.exact += turn.exact.value_or(false) ? 1 : 0;
        out.mismatches += turn.mismatch.empty() ? 0 : 1;
    }
    return out;
}

} // namespace looptax
