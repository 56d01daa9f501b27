// One attempt of one scheduled run as the journal tells it, for reports and windows.
#pragma once

#include "domain/outcome.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct RunView {
    int run = 0; // schedule position, from 1
    int run_attempt = 1;
    std::string cell;
    std::optional<RunOutcome> outcome; // absent while it goes on, or when the program died in it
    std::string reason;
    std::vector<std::size_t> turns; // indices into the session's turns, in journal order
};

} // namespace looptax
