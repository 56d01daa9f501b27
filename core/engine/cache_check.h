// Did a turn find in the cache what its cache mode promises? Judged when the turn is recorded, from the runtime's own
// count of cached tokens; where there is no such count nothing is said.
//
// Nothing reused is promised of every cold turn and of turn 1 of a run-isolated run. Where the request switched
// reuse off (cache_prompt false) that is 0 tokens. Where a random tag stands in front, the template's tokens before the
// tag stay reusable; how many that are no runtime says, but they are fewer than the whole prompt of a warm-up has,
// which begins with the same ones.
//
// Later turns of a run-isolated run promise that the runtime keeps what it can. The system message is the same in every
// turn of every design, C's and D's moving state stands behind it; so half of what it must have in tokens is the least.
//   - Some tokens, but fewer: the slot held another prompt that begins alike. Broken.
//   - None: broken where the same turn of the design reused its prefix in an earlier run, or, where that turn was never
//     measured before, an earlier turn did. Otherwise it is not verifiable: a model with a sliding window or a recurrent
//     memory, or a server that caches in large blocks, gives the same picture, and what it does is a result.
//   - None because the model was loaded for this very turn: the stratum says so already.
#pragma once

#include "domain/turn_record.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace looptax {

// Of one target, for as long as a session lasts; turns in the order they were made.
class CacheCheck {
public:
    // The runtime's count of a warm-up's prompt.
    void warmedUp(std::optional<std::int64_t> promptTokens);
    // A turn of before a resume, with the judgement it got then.
    void remember(const TurnRecord& record);
    // Fills in cache_mode_broken. switched: the request said cache_prompt. systemShare: of the prompt's characters, those
    // of the system message, 0 to 1.
    void judge(TurnRecord& record, bool switched, double systemShare);

private:
    using Place = std::tuple<std::string, std::optional<int>, std::optional<int>>; // design, cap, padding
    struct Found {
        bool warm = false;  // once at least
        bool empty = false; // once at least
    };
    std::optional<bool> notEmpty(const TurnRecord& record, bool switched) const;
    std::optional<bool> notWarm(const TurnRecord& record, double systemShare) const;
    void note(const TurnRecord& record, bool warm);

    std::optional<std::int64_t> m_warmupTokens;
    std::map<Place, std::map<int, Found>> m_found; // by turn, from 2
};

} // namespace looptax
