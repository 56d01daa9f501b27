// T1 to T4: the loop tax itself. Times of complete runs whose state was right; one stratum at a time, since a turn
// that reused nothing and one that reused its prefix are two different measurements; of cells that overlap the
// longest, or the median over a block's cells, so that a block counts once.
//
// T1  A's TTFT grows with the turn. Endpoint by the plan's `primary`, one value a run:
//     slope_processed  Theil-Sen slope of TTFT on processed tokens. Only where those rise from every turn to the
//                      next, by half or more in all: the first cache mode in which they do. Where a runtime
//                      reuses the prefix they do not, and then the slope is taken as for slope_context.
//     slope_context    the same on the runtime's prompt tokens; where it gives none, on characters / 4.
//     ratio            ln of last turn / first turn.
// T2  C is flat: ln of last turn / first turn with a full state (turn cap + 1) of the same stratum. Before that turn
//     the state still fills, and turn 1 reuses nothing: neither is depth.
// T3  A costs more than C at the last turn that both have, paired by block where the seeds agree.
// T4  A's growth is re-reading: of each repeat the growth of TTFT over the same turns in cold (all is read again)
//     and in run-isolated (only what is new); the share of the first that is missing in the second. Supported only where
//     the split of the same cold turns by the fitted law (tax_split.h), if it can be made, says so too: what is gone with
//     re-reading may have been attention over what was re-read.
#pragma once

#include "analysis/verdict_draft.h"

namespace looptax {

Draft verdictT1(const RuleSubject& subject);
Draft verdictT2(const RuleSubject& subject);
Draft verdictT3(const RuleSubject& subject);
Draft verdictT4(const RuleSubject& subject);

// T3 is judged in one cache mode. What to say where the other would have judged otherwise; else nothing.
std::optional<Caution> costHangsOnMode(const SweepData& data, const std::string& target,
                                       const std::optional<Instrument>& instrument);

// The runtime counts no cached tokens at all, and yet A's last turn takes at most half as long in run-isolated as the very
// same turn in cold, where everything is read: its counts are wrong. What to say then, and T1 and T4 take no count of
// run-isolated; else nothing. Of runs paired by block and seed; fewer than seven cannot show it.
std::optional<Caution> uncountedCache(const SweepData& data, const std::string& target,
                                      const std::optional<Instrument>& instrument);

} // namespace looptax
