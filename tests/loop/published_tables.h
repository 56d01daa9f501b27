// The published rows, read from the reference data the program ships, and turns with right replies to hold
// them to.
#pragma once

#include "base/json_fwd.h"
#include "loop/loop_design.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

std::shared_ptr<const TaskPack> shippedPack();

struct PublishedRow {
    std::string design;
    int n = 0;
    std::optional<int> cap;
    std::optional<int> padding;
    int turn = 0;
    int context_tokens_estimate = 0;
    std::optional<int> state_file_bytes;
};
std::vector<PublishedRow> publishedRows();

// One turn of a conversation in which every reply is right.
struct RightTurn {
    Messages messages;
    std::string reply;
    std::optional<std::string> state; // fed in
    std::int64_t contextTokens = 0;
    Judgement judgement;
};
std::vector<RightTurn> rightTurns(const std::string& design, const LoopSettings& settings);

} // namespace looptax
