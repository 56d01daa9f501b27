#pragma once

#include "domain/plan_json.h"

#include <string_view>
#include <vector>

namespace looptax {

// Is the text JSON, with no key twice in an object? False: what is wrong with it has been added to the problems.
bool checkForm(std::string_view text, std::vector<Problem>& problems);

} // namespace looptax
