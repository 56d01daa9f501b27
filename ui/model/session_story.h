// What a finished session found, in three sentences for a person: how much was measured, how much of it was
// right, and how the time to first token of A grew against the other designs. Pure; the numbers are those of
// stats/summary.h, and what rests on one block says that it has no interval.
#pragma once

#include "store/record_store.h"

#include <string>
#include <vector>

namespace looptax {

// Sentences that have nothing to say are left out: a session without a turn has one. The first goes on after
// a colon.
std::vector<std::string> sessionStory(const RecordStore& store);

} // namespace looptax
