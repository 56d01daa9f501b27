#include "engine/cache_check.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

// Prose has fewer tokens a character than the JSON of the rest of a prompt, by a third at most in the tokenizers met.
constexpr double kLeastOfSystem = 0.5;

bool promisesNothingReused(const TurnRecord& record) {
    return record.cache_mode == CacheMode::Cold || (record.cache_mode == CacheMode::RunIsolated && record.turn == 1);
}

std::int64_t leastWarm(const TurnRecord& record, double systemShare) {
    const double tokens = double(record.prompt_tokens.value_or(0)) * std::clamp(systemShare, 0.0, 1.0);
    return std::max<std::int64_t>(1, std::int64_t(std::floor(tokens * kLeastOfSystem)));
}

} // namespace

void CacheCheck::warmedUp(std::optional<std::int64_t> promptTokens) {
    // The least of several: the tightest bound.
    if (promptTokens && (!m_warmupTokens || *promptTokens < *m_warmupTokens)) m_warmupTokens = promptTokens;
}

void CacheCheck::note(const TurnRecord& record, bool warm) {
    Found& found = m_found[{record.design, record.cap, record.padding}][record.turn];
    (warm ? found.warm : found.empty) = true;
}

void CacheCheck::remember(const TurnRecord& record) {
    if (record.outcome != Outcome::Ok || !record.cached_tokens || record.turn < 2 || promisesNothingReused(record)) return;
    if (*record.cached_tokens == 0) note(record, false);
    else if (!record.cache_mode_broken.value_or(false)) note(record, true);
}

void CacheCheck::judge(TurnRecord& record, bool switched, double systemShare) {
    record.cache_mode_broken.reset();
    if (record.outcome != Outcome::Ok || !record.cached_tokens) return;
    if (promisesNothingReused(record)) {
        record.cache_mode_broken = notEmpty(record, switched);
        return;
    }
    if (record.turn < 2 || record.stratum == "load") return;
    if (record.cache_mode == CacheMode::RunIsolated) record.cache_mode_broken = notWarm(record, systemShare);
    // Natural runs promise nothing and yet show what the runtime can keep.
    if (*record.cached_tokens == 0) note(record, false);
    else if (*record.cached_tokens >= leastWarm(record, systemShare)) note(record, true);
}

std::optional<bool> CacheCheck::notEmpty(const TurnRecord& record, bool switched) const {
    if (*record.cached_tokens == 0) return false;
    if (switched) return true;
    if (!m_warmupTokens) return std::nullopt;
    return *record.cached_tokens > *m_warmupTokens;
}

std::optional<bool> CacheCheck::notWarm(const TurnRecord& record, double systemShare) const {
    if (*record.cached_tokens >= leastWarm(record, systemShare)) return false;
    if (*record.cached_tokens > 0) return true;
    const auto place = m_found.find({record.design, record.cap, record.padding});
    if (place == m_found.end()) return std::nullopt;
    if (const auto same = place->second.find(record.turn); same != place->second.end())
        return same->second.warm ? std::optional(true) : std::nullopt;
    const bool earlier = std::any_of(place->second.begin(), place->second.lower_bound(record.turn),
                                     [](const auto& turn) { return turn.second.warm; });
    return earlier ? std::optional(true) : std::nullopt;
}

} // namespace looptax
