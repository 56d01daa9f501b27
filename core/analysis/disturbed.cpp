#include "analysis/disturbed.h"

#include "analysis/more_runs.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr std::string_view kPart = "; ";
constexpr std::string_view kNumber = "…";

bool isDigit(char c) { return c >= '0' && c <= '9'; }

std::string withoutNumbers(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        if (!isDigit(text[i])) {
            out += text[i++];
            continue;
        }
        const auto inside = [&](std::size_t at) {
            return isDigit(text[at]) || ((text[at] == '.' || text[at] == ',') && at + 1 < text.size() && isDigit(text[at + 1]));
        };
        while (i < text.size() && inside(i)) ++i;
        out += kNumber;
    }
    return out;
}

std::vector<const TurnRecord*> pointersTo(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> out;
    out.reserve(turns.size());
    for (const TurnRecord& turn : turns) out.push_back(&turn);
    return out;
}

PassKey curveOf(const CellKey& cell) { return {cell.target, cell.design, cell.cap, cell.padding, cell.cache_mode, 0}; }

} // namespace

std::vector<std::string> disturbances(const TurnRecord& turn) {
    std::vector<std::string> out;
    for (std::string_view rest = turn.disturbed_by; !rest.empty();) {
        const auto end = std::min(rest.find(kPart), rest.size());
        if (std::string part = withoutNumbers(rest.substr(0, end));
            !part.empty() && std::find(out.begin(), out.end(), part) == out.end())
            out.push_back(std::move(part));
        rest.remove_prefix(std::min(end + kPart.size(), rest.size()));
    }
    return out;
}

std::vector<DisturbedCell> disturbedCells(const std::vector<TurnRecord>& turns) {
    std::map<CellKey, DisturbedCell> cells;
    for (const RunTurns& run : completeRuns(pointersTo(turns)))
        for (const TurnRecord* turn : run.turns) {
            DisturbedCell& cell = cells[cellKeyOf(*turn)];
            ++cell.turns;
            cell.known += int(turn->disturbed.has_value());
            if (!wasDisturbed(*turn)) continue;
            ++cell.disturbed;
            for (const std::string& what : disturbances(*turn)) ++cell.by[what];
        }
    std::vector<DisturbedCell> out;
    for (auto& [key, cell] : cells) {
        if (cell.known == 0) continue;
        cell.key = key;
        out.push_back(std::move(cell));
    }
    return out;
}

std::vector<TurnRecord> withoutDisturbedTimes(std::vector<TurnRecord> turns) {
    for (TurnRecord& turn : turns)
        if (wasDisturbed(turn)) turn.ttft_ms.reset(), turn.ttft_content_ms.reset();
    return turns;
}

int blocksForVerdict(const AnalysisRules& rules) {
    return signFlipFloor(rules.alpha / double(std::max<std::size_t>(1, rules.own_family.size())));
}

std::vector<QuietMedian> quietMedians(const std::vector<TurnRecord>& turns, int fewestBlocks) {
    std::vector<QuietMedian> out;
    if (std::none_of(turns.begin(), turns.end(), wasDisturbed)) return out;
    std::set<PassKey> noisy;
    for (const DisturbedCell& cell : disturbedCells(turns))
        if (!cell.quiet()) noisy.insert(curveOf(cell.key));
    using Key = std::tuple<PassKey, std::string>;
    std::map<Key, int> disturbed;
    const auto all = pointersTo(turns);
    for (const RunTurns& run : completeRuns(all))
        for (const TurnRecord* turn : run.turns)
            if (wasDisturbed(*turn) && countsForTimes(*turn) && turn->ttft_ms)
                ++disturbed[{{turn->target, turn->design, turn->cap, turn->padding, turn->cache_mode, turn->turn},
                             turn->stratum}];
    const std::vector<TurnRecord> quiet = withoutDisturbedTimes(turns);
    const auto with = summarizeTimes(all), without = summarizeTimes(pointersTo(quiet));
    for (std::size_t i = 0; i < with.size() && i < without.size(); ++i) { // the same rows: what they lack is a time
        const auto found = disturbed.find({with[i].key, with[i].stratum});
        PassKey curve = with[i].key;
        curve.turn = 0;
        const auto &a = with[i].metric("ttft_ms"), &b = without[i].metric("ttft_ms");
        if (found == disturbed.end() || noisy.count(curve) > 0 || !a || !b || std::min(a->n, b->n) < fewestBlocks) continue;
        out.push_back({with[i].key, with[i].stratum, found->second, *a, *b});
    }
    return out;
}

} // namespace looptax
