#include "analysis/loop_time.h"

#include "analysis/runs.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace looptax {

namespace {

using Parts = std::array<double, kLoopParts>;

// Of the first n turns. Absent where one is missing or a time cannot be.
std::optional<Parts> partsOf(const RunTurns& run, int n) {
    Parts out{};
    if (int(run.turns.size()) < n) return std::nullopt;
    for (int i = 0; i < n; ++i) {
        const TurnRecord& turn = *run.turns[std::size_t(i)];
        if (turn.cache_mode_broken.value_or(false)) return std::nullopt; // a loop of another mode
        if (turn.turn != i + 1 || turn.outcome != Outcome::Ok || !turn.ttft_ms || !turn.end_ns) return std::nullopt;
        const double decode = double(*turn.end_ns) / 1e6 - *turn.ttft_ms;
        const double state = turn.state_replace_ms.value_or(0);
        const double gap = i == 0 ? state : double(turn.gap_before_ns.value_or(0)) / 1e6;
        if (!(*turn.ttft_ms >= 0) || !(decode >= 0) || !(state >= 0) || !(gap >= 0)) return std::nullopt;
        out[std::size_t(LoopPart::Ttft)] += *turn.ttft_ms;
        out[std::size_t(LoopPart::Decode)] += decode;
        out[std::size_t(LoopPart::StateFile)] += std::min(state, gap);
        out[std::size_t(LoopPart::Gap)] += gap - std::min(state, gap);
    }
    return out;
}

} // namespace

std::string_view name(LoopPart part) {
    static constexpr std::array<std::string_view, kLoopParts> kNames{"ttft_ms", "decode_ms", "state_file_ms", "gap_ms"};
    return kNames[std::size_t(part)];
}

std::vector<LoopTime> loopTimes(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    for (const TurnRecord& r : turns) all.push_back(&r);
    const std::vector<RunTurns> runs = completeRuns(all);
    std::map<std::pair<std::string, CacheMode>, std::set<int>> lengths;
    for (const RunTurns& run : runs)
        lengths[{run.turns.front()->target, run.turns.front()->cache_mode}].insert(run.turns.front()->n);
    using Place = std::tuple<std::string, CacheMode, int, PassKey>;
    struct Blocks {
        std::map<int, std::vector<double>> total;
        std::array<std::map<int, std::vector<double>>, kLoopParts> parts;
    };
    std::map<Place, Blocks> cells;
    for (const RunTurns& run : runs) {
        const TurnRecord& r = *run.turns.front();
        for (const int n : lengths[{r.target, r.cache_mode}]) {
            const auto parts = partsOf(run, n);
            if (!parts) break; // a longer one has this fault too
            Blocks& cell = cells[{r.target, r.cache_mode, n, {r.target, r.design, r.cap, r.padding, r.cache_mode, n}}];
            double sum = 0;
            for (std::size_t i = 0; i < kLoopParts; ++i) {
                cell.parts[i][r.repeat].push_back((*parts)[i]);
                sum += (*parts)[i];
            }
            cell.total[r.repeat].push_back(sum);
        }
    }
    std::vector<LoopTime> out;
    for (const auto& [place, cell] : cells) {
        LoopTime loop;
        loop.key = std::get<3>(place);
        loop.total_ms = overBlocks(cell.total).value_or(MetricSummary{});
        for (std::size_t i = 0; i < kLoopParts; ++i) loop.parts[i] = overBlocks(cell.parts[i]).value_or(MetricSummary{});
        out.push_back(std::move(loop));
    }
    return out;
}

} // namespace looptax
