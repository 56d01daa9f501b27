// Bytes that came from a model or a server, kept in JSON without loss. JSON is UTF-8: a reply that is not
// goes in twice, as repaired text under its name, for people, and as base64 under <name>_base64, for the
// record.
#pragma once

#include "base/json_fwd.h"

#include <optional>
#include <string>
#include <string_view>

namespace looptax {

void putBytes(Json& object, const std::string& key, std::string_view bytes);
// The very bytes that were put; absent when the member is missing, null or not what putBytes() writes.
std::optional<std::string> getBytes(const Json& object, const std::string& key);

} // namespace looptax
