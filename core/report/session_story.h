// What a finished session found, in three sentences for a person: how much was measured, how much of it was
// right, how the time to first token of A grew against the other designs and what the verdicts are. Pure; the
// numbers are those of analysis/summary.h, the verdicts those of the board, and what rests on one block says that
// it has no interval.
#pragma once

#include "analysis/verdict.h"
#include "record/record_store.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// Sentences that have nothing to say are left out: a session without a turn has one. The first goes on after
// a colon.
std::vector<std::string> sessionStory(const RecordStore& store, const std::optional<Analysis>& analysis = std::nullopt);

// "verdicts: T1, T3 supported; T2 rejected; 5 undecided", of several targets counts alone; the analysis' own headline
// where it has one; empty where it has no verdict.
std::string verdictStory(const Analysis& analysis);

} // namespace looptax
