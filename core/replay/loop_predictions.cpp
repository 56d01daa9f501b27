#include "replay/loop_predictions.h"

#include "loop/loop_design.h"
#include "prefix/what_if.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace looptax {

namespace {

constexpr int kLongestPrediction = 12; // turns: beyond it only more of the same
constexpr int kShortestPrediction = 2; // of a design that the plan does not have
constexpr int kUsualCap = 3;           // likewise: entries
constexpr int kUsualPadding = 3;

using Variant = std::pair<std::optional<int>, std::optional<int>>; // cap and padding; absent: the design takes none

std::vector<std::optional<int>> valuesOf(bool takes, const std::vector<int>& values) {
    if (!takes || values.empty()) return {std::nullopt};
    return {values.begin(), values.end()};
}

// How long the plan has each; one, as long as its longest, of a design that it does not have. Sorted.
std::map<Variant, int> variantsOf(const Plan& plan, const DesignFacts& facts) {
    std::map<Variant, int> out;
    int longest = kShortestPrediction;
    for (const CellGroup& group : plan.cells) {
        if (group.turns.empty()) continue;
        const int n = *std::max_element(group.turns.begin(), group.turns.end());
        longest = std::max(longest, n);
        if (group.design != facts.id) continue;
        for (const auto& cap : valuesOf(facts.takes_cap, group.cap))
            for (const auto& padding : valuesOf(facts.takes_padding, group.padding)) {
                int& known = out[{cap, padding}];
                known = std::max(known, n);
            }
    }
    if (out.empty()) out[{}] = longest;
    return out;
}

} // namespace

Result<std::vector<PredictedLoop>> predictLoops(const Plan& plan, const std::shared_ptr<const TaskPack>& pack,
                                                PromptReader& reader, const std::function<bool()>& stop) {
    std::vector<PredictedLoop> out;
    for (const DesignFacts& facts : designTable())
        for (const auto& [variant, n] : variantsOf(plan, facts)) {
            LoopSettings settings;
            settings.n = std::min(n, kLongestPrediction);
            settings.cap = variant.first.value_or(kUsualCap);
            settings.padding = variant.second.value_or(kUsualPadding);
            settings.format = plan.reply.format;
            settings.task_seed = plan.task.seed;
            auto loop = predictLoop(facts.id, pack, settings, kNeutralTag, reader, stop);
            if (!loop) return loop.error();
            out.push_back(loop.take());
        }
    return out;
}

} // namespace looptax
