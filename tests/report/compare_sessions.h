// Two small sessions that differ in known ways: another build, another machine, other flags, one design slower, one
// with wrong answers.
#pragma once

#include "report_sessions.h"

#include <string>

namespace looptax {

inline constexpr const char* kOtherId = "20261125-040506-9f8e7d6c";

SessionBuilder comparedFirst();  // target "llamacpp", A with 3 turns and C with 2, 6 blocks
SessionBuilder comparedSecond(); // target "lc": A's turns 40 ms slower, C's right answers halved, D besides
// One design of one target under that name and id, 2 blocks.
SessionBuilder oneDesign(const std::string& design, const std::string& target, TargetKind kind, const std::string& id);

} // namespace looptax
