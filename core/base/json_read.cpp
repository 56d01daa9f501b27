#include "base/json_read.h"

#include <nlohmann/json.hpp>

namespace looptax {

std::string textMember(const Json& object, std::string_view key) {
    const auto at = object.is_object() ? object.find(key) : object.end();
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

} // namespace looptax
