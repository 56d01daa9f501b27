// Turns a right answer into one that is wrong in a known way.
#pragma once

#include "sim/sim_options.h"

#include <string>

namespace looptax {

// reply is as rightReply() says it. An answer without JSON comes back as it is.
std::string corrupted(const std::string& reply, Corruption kind);
// The `count` of a right answer; absent where it holds no JSON.
std::optional<std::int64_t> countOf(const std::string& reply);

} // namespace looptax
