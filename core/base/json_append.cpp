#include "base/json_append.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace looptax {

void appendMember(Json& object, std::string key, Json value) {
    object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

void appendMembers(Json& object, Json from) {
    auto& members = from.get_ref<Json::object_t&>();
    object.get_ref<Json::object_t&>().reserve(object.size() + members.size());
    for (auto& [key, value] : members) appendMember(object, key, std::move(value));
}

} // namespace looptax
