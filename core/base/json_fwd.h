// The one JSON type of the project: keys keep the order they were written in, so that a file written twice has the
// same bytes. Headers include this; only .cpp files include <nlohmann/json.hpp>, which costs seconds to compile.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace looptax {

using Json = nlohmann::ordered_json;

} // namespace looptax
