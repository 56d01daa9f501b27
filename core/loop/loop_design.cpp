#include "loop/loop_design.h"

#include "loop/design_entry.h"

#include <array>
#include <nlohmann/json.hpp>
#include <vector>

// The table of designs, one line each: the name of the function in the design's own file that describes it.
#define LOOPTAX_DESIGNS(Design)                                                                                                  \
    Design(fullContext) Design(stateFileBatch) Design(cappedState) Design(paddedState) Design(tailState)

namespace looptax {

#define LOOPTAX_DECLARE(Name) DesignEntry Name();
LOOPTAX_DESIGNS(LOOPTAX_DECLARE)
#undef LOOPTAX_DECLARE

namespace {

const std::vector<DesignEntry>& entries() {
#define LOOPTAX_CALL(Name) Name(),
    static const std::vector<DesignEntry> table{LOOPTAX_DESIGNS(LOOPTAX_CALL)};
#undef LOOPTAX_CALL
    return table;
}

constexpr std::array<std::string_view, 1> kTaskPacks{"research-log"};

} // namespace

std::span<const DesignFacts> designTable() {
    static const std::vector<DesignFacts> table = [] {
        std::vector<DesignFacts> out;
        for (const DesignEntry& entry : entries()) out.push_back(entry.facts);
        return out;
    }();
    return table;
}

std::span<const std::string_view> taskPackNames() { return kTaskPacks; }

Catalogue catalogue() { return {designTable(), taskPackNames()}; }

std::unique_ptr<LoopDesign> makeLoopDesign(std::string_view id, std::shared_ptr<const TaskPack> pack,
                                           const LoopSettings& settings) {
    for (const DesignEntry& entry : entries())
        if (entry.facts.id == id && pack && pack->prompts.count(entry.prompt) > 0 && settings.n > 0)
            return entry.make(std::move(pack), settings);
    return nullptr;
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
