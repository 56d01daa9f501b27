#include "base/json_text.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace looptax {

namespace {

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Stands in a string as it is.
constexpr std::array<bool, 256> kPlain = [] {
    std::array<bool, 256> plain{};
    for (std::size_t c = ' '; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

std::string_view escaped(char c) {
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return {};
    }
}

void append(std::string& out, const std::string& text) {
    const std::size_t begin = out.size();
    out += '"';
    std::size_t from = 0; // of what is not copied yet
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kPlain[static_cast<unsigned char>(text[i])]) continue;
        const std::string_view mark = escaped(text[i]);
        if (mark.empty()) { // not for our own hand: other characters than ASCII, bytes that are no text, rare controls
            out.resize(begin);
            out += dumped(text);
            return;
        }
        out.append(text, from, i - from);
        out += mark;
        from = i + 1;
    }
    out.append(text, from);
    out += '"';
}

void append(std::string& out, const Json& json) {
    const char* separator = "";
    switch (json.type()) {
    case Json::value_t::string: return append(out, json.get_ref<const std::string&>());
    case Json::value_t::array:
        out += '[';
        for (const Json& item : json) {
            out += separator;
            append(out, item);
            separator = ",";
        }
        out += ']';
        return;
    case Json::value_t::object:
        out += '{';
        for (const auto& [key, value] : json.get_ref<const Json::object_t&>()) {
            out += separator;
            append(out, key);
            out += ':';
            append(out, value);
            separator = ",";
        }
        out += '}';
        return;
    case Json::value_t::null: out += "null"; return;
    case Json::value_t::boolean: out += json.get<bool>() ? "true" : "false"; return;
    case Json::value_t::number_integer: out += std::to_string(json.get<std::int64_t>()); return;
    case Json::value_t::number_unsigned: out += std::to_string(json.get<std::uint64_t>()); return;
    default: out += dumped(json);
    }
}

} // namespace

std::string jsonText(const Json& json) {
    std::string out;
    append(out, json);
    return out;
}

} // namespace looptax
