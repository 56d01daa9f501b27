// What is estimated of a turn whose runtime does not count the tokens it reused (analysis/cache_estimate.h), in words.
#pragma once

#include "analysis/cache_estimate.h"
#include "domain/turn_record.h"

#include <QString>

namespace looptax {

// Empty where the runtime counts for itself (no rate of its target) or the turn has no number to go by.
QString estimateWords(const TurnRecord& record, const CacheEstimates& estimates, const std::optional<CachedEstimate>& estimate);

} // namespace looptax
