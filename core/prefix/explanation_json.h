// explanations.jsonl: a derived file of the session folder. A head line, one line a turn, one a predicted
// loop, one a target that has none; no wall time in it, so the same journal, template and vocabulary give the
// same bytes.
#pragma once

#include "base/result.h"
#include "prefix/explanation.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

inline constexpr const char* kExplanationsSchema = "looptax.explanations/1";

std::string writeExplanations(const SessionExplanations& all);
// Lines of an unknown kind are passed over. Error: no such file form, with the line.
Result<SessionExplanations> readExplanations(std::string_view text);
// One turn out of the file's text, without reading the others: a window asks for one at a time.
std::optional<TurnExplanation> findExplanation(std::string_view text, int run, int runAttempt, int turn);

} // namespace looptax
