#include "base/bytes_json.h"

#include "base/base64.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// U+FFFD is three bytes: a large binary reply repaired whole would outgrow the longest line a reader takes.
constexpr std::size_t kRepairedBytes = 64 << 10;

} // namespace

void putBytes(Json& object, const std::string& key, std::string_view bytes) {
    if (isValidUtf8(bytes)) {
        object[key] = std::string(bytes);
        return;
    }
    object[key] = repairUtf8(firstBytes(bytes, kRepairedBytes));
    object[key + "_base64"] = toBase64(bytes);
}

std::optional<std::string> getBytes(const Json& object, const std::string& key) {
    if (!object.is_object()) return std::nullopt;
    if (const auto exact = object.find(key + "_base64"); exact != object.end())
        return exact->is_string() ? fromBase64(exact->get_ref<const std::string&>()) : std::nullopt;
    const auto text = object.find(key);
    if (text == object.end() || !text->is_string()) return std::nullopt;
    return text->get<std::string>();
}

} // namespace looptax
