// The entries of a conversation, made from a task pack's material. They depend on the seed alone, so all
// designs and all lengths see the same ones: asking for more never changes the first.
#pragma once

#include "loop/research_log.h"
#include "loop/task_pack.h"

#include <cstdint>
#include <vector>

namespace looptax {

struct EntrySeries {
    std::vector<LogEntry> turns;   // [0] is turn 1's; dates strictly rising
    std::vector<LogEntry> padding; // [0] is the newest, older than turn 1's; dates strictly falling
};

EntrySeries makeEntries(const TaskPack& pack, std::int64_t seed, int turns, int padding);

} // namespace looptax
