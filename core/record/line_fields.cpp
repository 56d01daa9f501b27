#include "record/line_fields.h"

#include <nlohmann/json.hpp>

namespace looptax {

std::optional<std::string> textField(const Json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || !at->is_string()) return std::nullopt;
    return at->get<std::string>();
}

std::optional<int> countField(const Json& object, const char* key) {
    const auto at = object.find(key);
    if (at == object.end() || !at->is_number_integer()) return std::nullopt;
    const auto value = at->get<std::int64_t>();
    if (value < 1 || value > 1'000'000'000) return std::nullopt;
    return int(value);
}

} // namespace looptax
