#include "analysis/prefill_law.h"

#include "analysis/summary.h"
#include "base/text.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr int kLeastRuns = 4;
constexpr int kLeastTurns = 12;        // four for each parameter
constexpr double kNothing = 1e-6;      // of a TTFT: rounding, of data without noise
constexpr double kAgainstZero = 0.001; // one-sided p at which a term below zero overturns the model

// The turns of one target as the fit takes them.
class Costs {
public:
    Costs(const std::vector<PromptCost>& costs, Attended form);
    std::optional<CostFit> fit(const UsedTerms& used) const { return fitCost(m_points, used); }
    // Half the width of the interval of each parameter.
    std::optional<CostTerms> halfWidths(const CostFit& fit, const UsedTerms& used) const;
    // The three terms of a typical turn, for one unit of each parameter.
    CostTerms typicalTerms() const;
    double typicalTtft() const;

private:
    std::vector<CostPoint> m_points;
    std::vector<int> m_blocks;
};

Costs::Costs(const std::vector<PromptCost>& costs, Attended form) {
    for (const PromptCost& cost : costs) {
        m_points.push_back({costTerms(cost.processed, cost.context, form), cost.ttft_ms});
        m_blocks.push_back(cost.block);
    }
}

std::optional<CostTerms> Costs::halfWidths(const CostFit& fit, const UsedTerms& used) const {
    std::map<int, CostEquations> byBlock;
    CostEquations all;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        byBlock[m_blocks[i]].add(m_points[i].terms, m_points[i].ms, fit.weights[i]);
        all.add(m_points[i].terms, m_points[i].ms, fit.weights[i]);
    }
    const double blocks = double(byBlock.size());
    std::vector<CostTerms> left;
    CostTerms mean{};
    for (const auto& [block, part] : byBlock) {
        const auto solved = all.without(part).solve(used);
        if (!solved) return std::nullopt; // it all depends on this block
        left.push_back(*solved);
        for (std::size_t k = 0; k < kCostTerms; ++k) mean[k] += (*solved)[k] / blocks;
    }
    const double t = studentQuantile((1 + kLawCoverage) / 2, blocks - 1);
    if (!std::isfinite(t)) return std::nullopt;
    CostTerms out{};
    for (std::size_t k = 0; k < kCostTerms; ++k) {
        double squares = 0;
        for (const CostTerms& one : left) squares += (one[k] - mean[k]) * (one[k] - mean[k]);
        out[k] = t * std::sqrt(squares * (blocks - 1) / blocks);
    }
    return out;
}

CostTerms Costs::typicalTerms() const {
    std::vector<double> processed, work;
    for (const CostPoint& point : m_points) {
        processed.push_back(point.terms[1]);
        work.push_back(point.terms[2]);
    }
    return {1, medianOf(std::move(processed)).value_or(0), medianOf(std::move(work)).value_or(0)};
}

double Costs::typicalTtft() const {
    std::vector<double> times;
    for (const CostPoint& point : m_points) times.push_back(point.ms);
    return medianOf(std::move(times)).value_or(0);
}

constexpr const char* kHelp =
    ". A sweep of designs A and C with at least 12 turns, cache modes run-isolated and cold, and 3 repeats "
    "can tell them";

std::string whyTooFew(const PrefillLaw& law) {
    if (law.turns == 0) return "no turn says both its time to first token and how many of its prompt tokens were read anew";
    if (law.blocks < 2)
        return std::string("there is one block only: nothing was repeated, so nobody knows how far these times "
                           "spread") +
               kHelp;
    if (law.runs < kLeastRuns || law.turns < kLeastTurns)
        return "there are " + std::to_string(law.turns) + " turns of " + std::to_string(law.runs) + " runs, and " +
               std::to_string(kLeastTurns) + " of " + std::to_string(kLeastRuns) + " are the least" + kHelp;
    return {};
}

constexpr std::array<const char*, kCostTerms> kNames{"the overhead", "the cost of a token",
                                                     "the cost of attention over the context"};

void estimate(PrefillLaw& law, const std::vector<PromptCost>& costs) {
    const Costs turns(costs, law.form);
    UsedTerms used{true, true, true};
    auto fit = turns.fit(used);
    auto half = fit ? turns.halfWidths(*fit, used) : std::nullopt;
    if (!half) {
        law.why_not = std::string("the turns are too much alike: processed tokens and context never vary apart, "
                                  "or do so in one block only") +
                      kHelp;
        return;
    }
    const CostTerms typical = turns.typicalTerms();
    const double ttft = turns.typicalTtft();
    for (std::size_t k = 0; k < kCostTerms; ++k)
        if (const double share = (*half)[k] * typical[k] / ttft; !(share <= kMostUncertain)) {
            law.why_not = std::string(kNames[k]) + " is uncertain by " +
                          (share < 10 ? fixedText(100 * share, 0) + " %" : std::string("many times")) +
                          " of a typical time to first token" + kHelp;
            return;
        }
    const double farther =
        studentQuantile(1 - kAgainstZero, law.blocks - 1) / studentQuantile((1 + kLawCoverage) / 2, law.blocks - 1);
    // A negative cost has no meaning. Where zero lies in the interval, it is what the data say.
    CostTerms upper{};
    for (const std::size_t k : {std::size_t(2), std::size_t(0)}) {
        if (fit->parameters[k] > 0) continue;
        upper[k] = std::max(0.0, fit->parameters[k] + (*half)[k]);
        // One in forty intervals of a true zero lies below it: that alone does not overturn the model.
        const bool below = fit->parameters[k] + farther * (*half)[k] < 0 && fit->parameters[k] * typical[k] < -kNothing * ttft;
        used[k] = false;
        if (!below) fit = turns.fit(used);
        if (below || !fit) {
            law.why_not = std::string(kNames[k]) + " would have to be negative: the model does not hold here";
            return;
        }
        half = turns.halfWidths(*fit, used);
        if (!half) break;
    }
    if (!half || !(fit->parameters[1] > 0)) {
        law.why_not = std::string(kNames[1]) + " would have to be negative: the model does not hold here";
        return;
    }
    const auto say = [&](LawValue& out, std::size_t k) {
        if (!used[k]) {
            out = {0, 0, upper[k]};
            return;
        }
        const double value = fit->parameters[k];
        out = {value, std::max(0.0, value - (*half)[k]), value + (*half)[k]};
    };
    say(law.overhead_ms, 0);
    say(law.per_token_ms, 1);
    say(law.per_token_context_ms, 2);
    law.residual_percent = 100 * fit->residual;
    law.told_apart = true;
}

} // namespace

PrefillLaw fitPrefillLaw(const std::vector<PromptCost>& given, Attended form) {
    std::vector<PromptCost> costs;
    for (const PromptCost& cost : given)
        if (std::isfinite(cost.ttft_ms) && std::isfinite(cost.context) && cost.ttft_ms > 0 && cost.processed > 0 &&
            cost.context >= cost.processed)
            costs.push_back(cost);
    // Sums of floating point numbers depend on their order; the answer must not.
    std::sort(costs.begin(), costs.end(), [](const PromptCost& a, const PromptCost& b) {
        return std::tie(a.run, a.context, a.processed, a.ttft_ms) < std::tie(b.run, b.context, b.processed, b.ttft_ms);
    });
    PrefillLaw law;
    law.form = form;
    std::set<int> runs, blocks;
    for (const PromptCost& cost : costs) {
        runs.insert(cost.run);
        blocks.insert(cost.block);
    }
    law.turns = int(costs.size());
    law.runs = int(runs.size());
    law.blocks = int(blocks.size());
    law.why_not = whyTooFew(law);
    if (law.why_not.empty()) estimate(law, costs);
    return law;
}

} // namespace looptax
