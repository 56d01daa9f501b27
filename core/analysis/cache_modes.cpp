#include "analysis/cache_modes.h"

#include <map>
#include <tuple>
#include <utility>

namespace looptax {

namespace {

template <class Member> std::optional<double> medianBy(const std::vector<const TurnRecord*>& turns, Member member) {
    std::vector<double> values;
    for (const TurnRecord* turn : turns)
        if (const auto& value = turn->*member) values.push_back(double(*value));
    return medianOf(std::move(values));
}

} // namespace

int CacheModes::leftOut() const {
    int sum = 0;
    for (const CacheModeCount& count : counts) sum += count.left_out;
    return sum;
}

CacheModes cacheModes(const std::vector<TurnRecord>& turns) {
    std::map<std::pair<std::string, CacheMode>, CacheModeCount> counts;
    std::map<PassKey, std::vector<const TurnRecord*>> broken;
    CacheModes out;
    for (const TurnRecord& turn : turns) {
        out.disagreeing += turn.counts_disagree.empty() ? 0 : 1;
        if (turn.outcome != Outcome::Ok) continue;
        CacheModeCount& count = counts[{turn.target, turn.cache_mode}];
        if (!turn.cache_mode_broken) {
            ++count.not_verifiable;
        } else if (!*turn.cache_mode_broken) {
            ++count.verified;
        } else {
            ++count.broken;
            if (turn.run_outcome != "complete" || turn.carry_over) continue;
            ++count.left_out;
            broken[{turn.target, turn.design, turn.cap, turn.padding, turn.cache_mode, turn.turn}].push_back(&turn);
        }
    }
    for (auto& [key, count] : counts) {
        std::tie(count.target, count.cache_mode) = key;
        out.counts.push_back(std::move(count));
    }
    for (const auto& [key, records] : broken)
        out.broken.push_back({key, int(records.size()), medianBy(records, &TurnRecord::prompt_tokens),
                              medianBy(records, &TurnRecord::cached_tokens), medianBy(records, &TurnRecord::ttft_ms)});
    return out;
}

} // namespace looptax
