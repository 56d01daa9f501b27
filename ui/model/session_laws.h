// What is fitted to all turns of a session together: the split of its times and the estimates of reused tokens. Of a long
// session that takes longer than an event may, so who reads a session makes it, beside the window.
#pragma once

#include "stats/cache_estimate.h"
#include "stats/tax_split.h"
#include "store/record_store.h"

#include <cstddef>
#include <utility>

namespace looptax {

struct SessionLaws {
    TaxSplit split;          // one entry of `turns` for each row of the store
    CacheEstimates estimates;
    std::pair<std::size_t, std::size_t> of; // turns and ended runs of the store they were fitted to
};

// Every run that ends changes the laws of all turns.
std::pair<std::size_t, std::size_t> lawsAge(const RecordStore& store);
SessionLaws sessionLaws(const RecordStore& store);

} // namespace looptax
