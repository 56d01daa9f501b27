// The warm-up request's messages: unrelated to the task, so that no token of it can be the prefix of a
// measured prompt beyond the template's own.
#pragma once

#include "domain/message.h"
#include "loop/loop_design.h"

namespace looptax {

inline Messages warmupMessages() {
    return {{"system", std::string(kNeutralTag) + " You answer in one short sentence."},
            {"user", "Name three rivers and the sea each of them flows into."}};
}

} // namespace looptax
