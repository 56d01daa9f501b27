// Q1: does quality fall with the size of the state, over all designs? The positive control of the other hypotheses:
// where nothing ever fails, a sweep could not have shown a cliff either.
#pragma once

#include "analysis/verdict_draft.h"

namespace looptax {

// What the reply of a run's last turn has to hold: padding + turns, at most the cap.
int entriesHeld(const JudgedRun& run);
Draft verdictQ1(const RuleSubject& subject);

} // namespace looptax
