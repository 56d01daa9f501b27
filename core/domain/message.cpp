#include "domain/message.h"

#include "base/json_append.h"
#include "base/json_text.h"

#include <nlohmann/json.hpp>

namespace looptax {

std::string promptText(const Messages& messages) {
    Json json = Json::array();
    for (const Message& message : messages) {
        Json one = Json::object();
        appendMember(one, "role", message.role);
        appendMember(one, "content", message.content);
        json.push_back(std::move(one));
    }
    return jsonText(json);
}

} // namespace looptax
