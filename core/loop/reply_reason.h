// Why a reply did not pass, in words a person understands: the first and most telling reason, sometimes two.
#pragma once

#include "base/json_fwd.h"
#include "loop/research_log.h"

#include <string>

namespace looptax {

// The first place where the log (a list of objects) is not in its order, or "" where it is. Equal dates are
// in order: an entry that stands twice is a matter of completeness.
std::string sortProblem(const Json& log, LogOrder order);

// For a reply of the right form that is not all right. Entries are numbered by age: entry 4 is the fourth
// ever added.
std::string failReason(const Json& reply, const LogState& truth);

} // namespace looptax
