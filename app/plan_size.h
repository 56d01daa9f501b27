// What a plan comes to, in words: how much there is to do and about how long it takes.
#pragma once

#include "domain/plan.h"
#include "engine/time_estimate.h"

#include <string>

namespace looptax {

std::string sizeText(const Plan& plan); // "4 cells, 4 runs, 24 turns, 26 requests with warm-ups"
// "about 10 min to 2 h (rough: nothing was measured on this target yet)". out is where earlier sessions lie;
// may be empty.
std::string timeText(const Plan& plan, const std::string& out);

} // namespace looptax
