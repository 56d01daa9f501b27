// All verdicts of one target by the rules in force, with nothing known of what is still being collected or how many
// runs there should be: analyse() looks after that.
#pragma once

#include "stats/instrument.h"
#include "stats/verdict.h"
#include "stats/verdict_data.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// H1, H2, H3, H4a, H4b, H5a, H5b, T1 ... T4, Q1. One that neither family names is untestable and is not reckoned.
std::vector<Verdict> verdictBoard(const SweepData& data, const std::string& target,
                                  const std::optional<Instrument>& instrument);

} // namespace looptax
