#include "domain/simulated.h"

#include <nlohmann/json.hpp>

namespace looptax {

namespace {

std::optional<bool> truthAt(const Json& object, const char* key) {
    const auto at = object.is_object() ? object.find(key) : object.end();
    return at != object.end() && at->is_boolean() ? std::optional(at->get<bool>()) : std::nullopt;
}

} // namespace

bool saysScripted(const Json& answer) { return truthAt(answer, kScriptedServerMember).value_or(false); }

std::optional<bool> simulatedFact(const Json& facts) { return truthAt(facts, "simulated"); }

std::optional<bool> simulatedFact(const std::vector<std::shared_ptr<const Json>>& sessionLines, const std::string& target) {
    std::optional<bool> out;
    for (const auto& line : sessionLines) {
        if (!line || !line->is_object()) continue;
        const auto targets = line->find("targets");
        if (targets == line->end() || !targets->is_array()) continue;
        for (const Json& facts : *targets) {
            const auto id = facts.is_object() ? facts.find("id") : facts.end();
            if (id == facts.end() || *id != target) continue;
            if (const auto fact = simulatedFact(facts)) out = out.value_or(false) || *fact;
        }
    }
    return out;
}

bool namedSimulated(const std::string& text) { return text.find("simulated") != std::string::npos; }

} // namespace looptax
