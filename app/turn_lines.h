// A finished turn as one line of text, for terminals and logs.
#pragma once

#include "domain/turn_record.h"
#include "engine/sweep.h"

#include <string>

namespace looptax {

// columns: of the terminal, whose usual 80 the table fits; 0 for none. A long cell is cut for that, and a long reason.
std::string turnTableHead(int columns);
// design, turn, context estimate, cached/processed, TTFT, decode, flags: absent shows as "-". Behind them why it failed,
// and what limits its times: "(chunked)".
std::string turnLine(const TurnRecord& record, int columns);
std::string progressLine(const SweepProgress& progress); // "12 of 24 turns, about 3 min left: A n6"

} // namespace looptax
