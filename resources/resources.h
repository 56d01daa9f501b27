// Files of this folder, carried inside the programs so that they run from anywhere.
#pragma once

#include <string_view>

namespace looptax {

// The bytes of a file named relative to resources/; empty when there is no such file.
std::string_view resource(std::string_view name);

} // namespace looptax
