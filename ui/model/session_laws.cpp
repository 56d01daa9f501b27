#include "ui/model/session_laws.h"

#include <algorithm>

namespace looptax {

std::pair<std::size_t, std::size_t> lawsAge(const RecordStore& store) {
    const auto ended = std::count_if(store.runs().begin(), store.runs().end(),
                                     [](const RunView& run) { return run.outcome.has_value(); });
    return {store.turns().size(), std::size_t(ended)};
}

SessionLaws sessionLaws(const RecordStore& store) {
    return {splitTax(store.turns()), estimateCached(store.turns()), lawsAge(store)};
}

} // namespace looptax
