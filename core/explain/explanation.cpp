#include "explain/explanation.h"

#include <array>
#include <utility>

namespace looptax {

namespace {

constexpr std::array<std::pair<Reread, std::string_view>, 7> kNames{
    {{Reread::AppendOnly, "append_only"},
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
