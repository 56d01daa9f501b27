#include "sim/corrupt.h"

#include "loop/research_log.h"
#include "loop/right_reply.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// The text between the fences; empty where there is none.
std::string unfenced(const std::string& reply) {
    const std::size_t begin = reply.find("```json\n");
    const std::size_t end = reply.rfind("\n```");
    if (begin == std::string::npos || end == std::string::npos || end < begin + 8) return {};
    return reply.substr(begin + 8, end - begin - 8);
}

// Of a blank between the quotes of a string value that has no escapes before it.
std::size_t blankInValue(const std::string& text, std::size_t from) {
    static constexpr std::string_view kOpens = "\": \"";
    for (std::size_t at = text.find(kOpens, from); at != std::string::npos; at = text.find(kOpens, at + 1)) {
        const std::size_t begin = at + kOpens.size();
        const std::size_t hit = text.find_first_of("\" \\", begin);
        if (hit != std::string::npos && text[hit] == ' ') return hit;
    }
    return std::string::npos;
}

} // namespace

std::string simulatedName(const std::string& model) {
    return model.rfind(kSimulatedPrefix, 0) == 0 ? model : kSimulatedPrefix + model;
}

std::optional<std::int64_t> countOf(const std::string& reply) {
    const Json json = Json::parse(unfenced(reply), nullptr, false);
    if (!json.is_object() || !json.contains("count")) return std::nullopt;
    return wholeNumber(json["count"]);
}

std::string corrupted(const std::string& reply, Corruption kind) {
    const std::string text = unfenced(reply);
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("log") || !json["log"].is_array()) return reply;
    Json& log = json["log"];
    switch (kind) {
    case Corruption::NoFence: return text;
    case Corruption::NeverStops: return reply; // its tokens go on; the text is right
    case Corruption::DropEntry:
        if (!log.empty()) log.erase(log.size() - 1);
        break;
    case Corruption::WrongCount: json["count"] = countOf(reply).value_or(1) - 1; break;
    case Corruption::Unsorted:
        if (log.size() > 1) std::swap(log[0], log[1]);
        break;
    case Corruption::RawNewline: {
        // The first blank inside a value of the log becomes the line end that models like to put there.
        const std::size_t blank = blankInValue(text, text.find("\"log\""));
        if (blank == std::string::npos) return reply;
        std::string broken = text;
        broken[blank] = '\n';
        return fenced(broken);
    }
    }
    return fenced(canonicalText(json));
}

} // namespace looptax
