// What was odd about an answer and did not make it fail: a number that cannot be, bytes behind the end.
#pragma once

#include <cstddef>
#include <string>

namespace looptax {

struct TurnWarning {
    std::size_t turn = 0; // row of the table of turns, from 0
    std::string text;
    bool operator==(const TurnWarning&) const = default;
};

} // namespace looptax
