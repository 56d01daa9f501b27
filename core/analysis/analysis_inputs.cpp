#include "analysis/analysis_inputs.h"

#include "base/json_read.h"
#include "base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace looptax {

namespace {

void addFacts(AnalysedTarget& target, const Json& facts) {
    if (target.runtime.empty()) target.runtime = textMember(facts, "kind");
    const std::string version = textMember(facts, "version");
    if (!version.empty()) target.runtime += (target.runtime.empty() ? "" : " ") + version;
    if (const std::string model = textMember(facts, "model"); !model.empty()) target.model = withoutFolder(model);
    target.model_digest = textMember(facts, "model_digest");
}

} // namespace

std::vector<AnalysedTarget> analysedTargets(const std::optional<Plan>& plan,
                                            const std::vector<std::shared_ptr<const Json>>& sessions) {
    std::vector<AnalysedTarget> out;
    std::vector<bool> known;
    if (plan)
        for (const Target& target : plan->targets) {
            out.push_back({target.id, std::string(name(target.kind)), withoutFolder(target.model), {}});
            known.push_back(false);
        }
    for (const auto& line : sessions) {
        if (!line) continue;
        const auto targets = line->find("targets");
        if (targets == line->end() || !targets->is_array()) continue;
        for (const Json& facts : *targets) {
            const std::string id = textMember(facts, "id");
            if (id.empty()) continue;
            auto at = std::find_if(out.begin(), out.end(), [&](const AnalysedTarget& t) { return t.id == id; });
            if (at == out.end()) {
                if (plan) continue;
                out.push_back({id, {}, {}, {}});
                known.push_back(false);
                at = out.end() - 1;
            }
            const auto index = std::size_t(at - out.begin());
            if (known[index]) continue;
            known[index] = true;
            addFacts(*at, facts);
        }
    }
    return out;
}

AnalysisInputs analysisInputs(const RecordStore& records, std::optional<Instrument> instrument, bool collecting) {
    AnalysisInputs in;
    in.plan = records.plan();
    in.amendments = records.amendments();
    in.schedule = records.schedule();
    in.runs = &records.runs();
    in.turns = &records.turns();
    in.targets = analysedTargets(records.plan(), records.sessionLines());
    in.instrument = std::move(instrument);
    in.collecting = collecting;
    return in;
}

} // namespace looptax
