#include "analysis/session_laws.h"

#include <algorithm>

namespace looptax {

std::pair<std::size_t, std::size_t> lawsAge(const RecordStore& store) {
    const auto ended =
        std::count_if(store.runs().begin(), store.runs().end(), [](const RunView& run) { return run.outcome.has_value(); });
    return {store.turns().size(), std::size_t(ended)};
}

SessionLaws sessionLaws(const std::vector<TurnRecord>& turns, std::pair<std::size_t, std::size_t> age) {
    return {splitTax(turns), estimateCached(turns), age};
}

} // namespace looptax
