// All verdicts of one target by the rules in force, with nothing known of what is still being collected or how many
// runs there should be: analyse() looks after that.
#pragma once

#include "analysis/instrument.h"
#include "analysis/verdict.h"
#include "analysis/verdict_data.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

// H1, H2, H3, H4a, H4b, H5a, H5b, T1 ... T4, Q1. One that neither family names is untestable and is not reckoned.
//
// What is withheld, with the reason in `why` and what would let it be decided in `decide`:
// - of quality, where the runtime cut a prompt of a run that it rests on; those runs are in no number
// - of quality, where it is another with the runs left out that hit max_tokens or ended by an error (they count as not
//   passed), or where a cell has no other runs
// - of a time, where the turns compared came partly token by token and partly in chunks
// - of any, where it is another with no time of the turns that something else on the machine disturbed: times by those turns,
// others
//   of their family by Holm. Beside it stands what it is without them (without_disturbed), whether they differ or not
std::vector<Verdict> verdictBoard(const SweepData& data, const std::string& target, const std::optional<Instrument>& instrument);

} // namespace looptax
