// A finished turn as one line of text, for terminals and logs.
#pragma once

#include "domain/turn_record.h"
#include "engine/sweep.h"

#include <string>

namespace looptax {

std::string turnTableHead();
// design, turn, context estimate, cached/processed, TTFT, decode, flags: absent shows as "-".
std::string turnLine(const TurnRecord& record);
std::string progressLine(const SweepProgress& progress); // "12 of 24 turns, about 3 min left: A n6"

} // namespace looptax
