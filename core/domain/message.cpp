#include "domain/message.h"

#include "base/json_fwd.h"

#include <nlohmann/json.hpp>

namespace looptax {

std::string promptText(const Messages& messages) {
    Json json = Json::array();
    for (const Message& message : messages) json.push_back({{"role", message.role}, {"content", message.content}});
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace looptax
