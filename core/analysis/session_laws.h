// What is fitted to all turns of a session together: the split of its times and the estimates of reused tokens. Of a long
// session that takes longer than an event may, so it is made beside the window: by who reads a session, and for one that
// grows by SessionFeed.
#pragma once

#include "analysis/cache_estimate.h"
#include "analysis/tax_split.h"
#include "record/record_store.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace looptax {

struct SessionLaws {
    TaxSplit split; // one entry of `turns` for each row that the store had then
    CacheEstimates estimates;
    std::pair<std::size_t, std::size_t> of; // turns and ended runs of the store they were fitted to
};

// Every run that ends changes the laws of all turns.
std::pair<std::size_t, std::size_t> lawsAge(const RecordStore& store);
SessionLaws sessionLaws(const std::vector<TurnRecord>& turns, std::pair<std::size_t, std::size_t> age);

} // namespace looptax
