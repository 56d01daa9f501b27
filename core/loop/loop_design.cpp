#include "loop/loop_design.h"

#include "loop/full_context.h"
#include "loop/state_loop.h"

#include <nlohmann/json.hpp>

#include <array>

namespace looptax {

namespace {

constexpr int kUsualCap = 3; // entries

// A new design is a line here, where StateRules can say what it does.
constexpr DesignFacts kDesigns[] = {
    {.id = "A", .name = "full context", .prompt = "full_context"},
    // The whole log lives in the state file; no past reply is sent.
    {.id = "B", .name = "batch + state file", .prompt = "state_file", .keeps_state = true},
    // As B, but the state holds the newest entries only; `count` goes on counting. The model does the capping.
    {.id = "C", .name = "capped state", .prompt = "capped_state", .keeps_state = true, .takes_cap = true},
    // As B, but the state starts with entries nobody has sent: state size without depth.
    {.id = "D", .name = "padded state", .prompt = "state_file", .keeps_state = true, .takes_padding = true},
    // As B, but the state only ever changes at its end: oldest first, `count` behind the log. What a runtime has cached of it
    // stays good up to the newest entry; B, C and D break the prefix in the state's first line.
    {.id = "B-tail", .name = "oldest first", .prompt = "state_tail", .keeps_state = true, .oldest_first = true},
};

constexpr std::array<std::string_view, 1> kTaskPacks{"research-log"};

} // namespace

std::span<const DesignFacts> designTable() { return kDesigns; }

std::span<const std::string_view> taskPackNames() { return kTaskPacks; }

Catalogue catalogue() { return {designTable(), taskPackNames()}; }

std::unique_ptr<LoopDesign> makeLoopDesign(std::string_view id, std::shared_ptr<const TaskPack> pack,
                                           const LoopSettings& settings) {
    const DesignFacts* facts = catalogue().design(id);
    if (facts == nullptr || !pack || pack->prompts.count(facts->prompt) == 0 || settings.n <= 0) return nullptr;
    if (!facts->keeps_state) return std::make_unique<FullContext>(std::move(pack), settings, facts->prompt);
    StateRules rules;
    rules.prompt = facts->prompt;
    if (facts->takes_cap) rules.cap = settings.cap.value_or(kUsualCap);
    if (facts->takes_padding) rules.padding = settings.padding.value_or(0);
    if (facts->oldest_first) rules.order = LogOrder::OldestFirst;
    return std::make_unique<StateLoop>(std::move(pack), settings, rules);
}

std::string replySchemaJson(const DesignFacts& design, const TaskPack& pack) {
    const Json text = Json::object({{"type", "string"}});
    const auto object = [](Json properties) {
        Json out = Json::object({{"type", "object"}, {"properties", properties}});
        out["required"] = Json::array();
        for (const auto& [key, value] : properties.items()) out["required"].push_back(key);
        out["additionalProperties"] = false;
        return out;
    };
    Json entry = Json::object();
    for (const std::string& key : pack.entry_keys) entry[key] = text;
    Json state = Json::object();
    const Json count = {{"type", "integer"}};
    if (design.keeps_state) state[pack.note.first] = text;
    if (!design.oldest_first) state["count"] = count;
    state["log"] = {{"type", "array"}, {"items", object(entry)}};
    if (design.oldest_first) state["count"] = count;
    return object(state).dump();
}

} // namespace looptax
