#include "stats/prefill_law.h"

#include "base/text.h"
#include "stats/summary.h"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr std::size_t kTerms = 3; // overhead, processed, processed * context
constexpr int kLeastRuns = 4;
constexpr int kLeastTurns = 12;    // four for each parameter
constexpr int kMostRounds = 60;    // of reweighting
constexpr double kHuber = 1.345;   // 95 % efficient for normal errors (Huber 1964)
constexpr double kMadToSd = 1.4826;
constexpr double kLeastScale = 1e-4; // of a TTFT: exact data must not divide by zero
constexpr double kNothing = 1e-6;    // of a TTFT: rounding, of exact data
constexpr double kCollinear = 1e-10; // smallest pivot of the equations scaled to a unit diagonal

using Vector = std::array<double, kTerms>;
using Used = std::array<bool, kTerms>;

// Weighted normal equations: sums of the products of the terms, and of each with the TTFT.
struct Equations {
    std::array<Vector, kTerms> left{};
    Vector right{};
    void add(const Vector& terms, double y, double weight) {
        for (std::size_t i = 0; i < kTerms; ++i) {
            for (std::size_t k = 0; k < kTerms; ++k)
                left[i][k] += weight * terms[i] * terms[k];
            right[i] += weight * terms[i] * y;
        }
    }
    Equations without(const Equations& part) const {
        Equations rest = *this;
        for (std::size_t i = 0; i < kTerms; ++i) {
            for (std::size_t k = 0; k < kTerms; ++k)
                rest.left[i][k] -= part.left[i][k];
            rest.right[i] -= part.right[i];
        }
        return rest;
    }
    // Terms that are not used are zero. Absent where they depend on each other.
    std::optional<Vector> solve(const Used& used) const;
};

std::optional<Vector> Equations::solve(const Used& used) const {
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < kTerms; ++i)
        if (used[i]) at.push_back(i);
    const std::size_t n = at.size();
    Vector scale{};
    std::array<std::array<double, kTerms + 1>, kTerms> m{};
    for (std::size_t i = 0; i < n; ++i) {
        const double diagonal = left[at[i]][at[i]];
        if (!(diagonal > 0)) return std::nullopt;
        scale[i] = 1 / std::sqrt(diagonal);
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < n; ++k)
            m[i][k] = left[at[i]][at[k]] * scale[i] * scale[k];
        m[i][n] = right[at[i]] * scale[i];
    }
    for (std::size_t column = 0; column < n; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < n; ++row)
            if (std::abs(m[row][column]) > std::abs(m[pivot][column])) pivot = row;
        if (!(std::abs(m[pivot][column]) > kCollinear)) return std::nullopt;
        std::swap(m[pivot], m[column]);
        for (std::size_t row = 0; row < n; ++row) {
            if (row == column) continue;
            const double factor = m[row][column] / m[column][column];
            for (std::size_t k = column; k <= n; ++k)
                m[row][k] -= factor * m[column][k];
        }
    }
    Vector out{};
    for (std::size_t i = 0; i < n; ++i) {
        out[at[i]] = m[i][n] / m[i][i] * scale[i];
        if (!std::isfinite(out[at[i]])) return std::nullopt;
    }
    return out;
}

Vector termsOf(const PromptCost& cost) {
    return {1, cost.processed, cost.processed * cost.context};
}

double lawAt(const Vector& parameters, const Vector& terms) {
    double sum = 0;
    for (std::size_t i = 0; i < kTerms; ++i)
        sum += parameters[i] * terms[i];
    return sum;
}

struct Fit {
    Vector parameters{};
    std::vector<double> weights;
    double residual = 0; // median of the relative ones
};

class Fitter {
public:
    explicit Fitter(const std::vector<PromptCost>& costs)
        : m_costs(costs) {
        for (const PromptCost& cost : costs)
            m_terms.push_back(termsOf(cost));
    }
    std::optional<Fit> fit(const Used& used) const;
    // Half the width of the interval of each parameter.
    std::optional<Vector> halfWidths(const Fit& fit, const Used& used) const;

private:
    const std::vector<PromptCost>& m_costs;
    std::vector<Vector> m_terms;
};

std::optional<Fit> Fitter::fit(const Used& used) const {
    Fit out;
    out.weights.resize(m_costs.size());
    // From here a turn that was held up for long counts for little.
    for (std::size_t i = 0; i < m_costs.size(); ++i)
        out.weights[i] = 1 / (m_costs[i].ttft_ms * m_costs[i].ttft_ms);
    std::vector<double> sizes(m_costs.size()), expected(m_costs.size());
    std::optional<Vector> before;
    for (int round = 0; round < kMostRounds; ++round) {
        Equations all;
        for (std::size_t i = 0; i < m_costs.size(); ++i)
            all.add(m_terms[i], m_costs[i].ttft_ms, out.weights[i]);
        const auto solved = all.solve(used);
        if (!solved) return std::nullopt;
        out.parameters = *solved;
        for (std::size_t i = 0; i < m_costs.size(); ++i) {
            // A law that is far off must not give a turn all the weight there is.
            expected[i] = std::max(lawAt(out.parameters, m_terms[i]), 0.1 * m_costs[i].ttft_ms);
            sizes[i] = std::abs(m_costs[i].ttft_ms - expected[i]) / expected[i];
        }
        out.residual = medianOf(sizes).value_or(0);
        bool settled = before.has_value();
        for (std::size_t k = 0; settled && k < kTerms; ++k)
            settled = std::abs(out.parameters[k] - (*before)[k]) <= 1e-9 * std::abs(out.parameters[k]);
        if (settled) break;
        before = out.parameters;
        const double bound = kHuber * std::max(kMadToSd * out.residual, kLeastScale);
        for (std::size_t i = 0; i < m_costs.size(); ++i)
            out.weights[i] = (sizes[i] > bound ? bound / sizes[i] : 1) / (expected[i] * expected[i]);
    }
    return out;
}

std::optional<Vector> Fitter::halfWidths(const Fit& fit, const Used& used) const {
    std::map<int, Equations> byBlock;
    Equations all;
    for (std::size_t i = 0; i < m_costs.size(); ++i) {
        byBlock[m_costs[i].block].add(m_terms[i], m_costs[i].ttft_ms, fit.weights[i]);
        all.add(m_terms[i], m_costs[i].ttft_ms, fit.weights[i]);
    }
    const double blocks = double(byBlock.size());
    std::vector<Vector> left;
    Vector mean{};
    for (const auto& [block, part] : byBlock) {
        const auto solved = all.without(part).solve(used);
        if (!solved) return std::nullopt; // it all hangs on this block
        left.push_back(*solved);
        for (std::size_t k = 0; k < kTerms; ++k)
            mean[k] += (*solved)[k] / blocks;
    }
    const double t = boost::math::quantile(boost::math::students_t(blocks - 1), (1 + kLawCoverage) / 2);
    Vector out{};
    for (std::size_t k = 0; k < kTerms; ++k) {
        double squares = 0;
        for (const Vector& one : left)
            squares += (one[k] - mean[k]) * (one[k] - mean[k]);
        out[k] = t * std::sqrt(squares * (blocks - 1) / blocks);
    }
    return out;
}

constexpr const char* kHelp =
    ". A sweep of designs A and C with at least 12 turns, cache modes run-isolated and cold, and 3 repeats "
    "can tell them";

std::string whyTooFew(const PrefillLaw& law) {
    if (law.turns == 0)
        return "no turn says both its time to first token and how many of its prompt tokens were read anew";
    if (law.blocks < 2)
        return std::string("there is one block only: nothing was repeated, so nobody knows how far these times "
                           "spread") +
               kHelp;
    if (law.runs < kLeastRuns || law.turns < kLeastTurns)
        return "there are " + std::to_string(law.turns) + " turns of " + std::to_string(law.runs) + " runs, and " +
               std::to_string(kLeastTurns) + " of " + std::to_string(kLeastRuns) + " are the least" + kHelp;
    return {};
}

constexpr std::array<const char*, kTerms> kNames{"the overhead", "the cost of a token",
                                                 "the cost of attention over the context"};

// The three terms of a typical turn, for one unit of each parameter.
Vector typicalTerms(const std::vector<PromptCost>& costs) {
    std::vector<double> processed, work;
    for (const PromptCost& cost : costs) {
        processed.push_back(cost.processed);
        work.push_back(cost.processed * cost.context);
    }
    return {1, medianOf(std::move(processed)).value_or(0), medianOf(std::move(work)).value_or(0)};
}

double typicalTtft(const std::vector<PromptCost>& costs) {
    std::vector<double> times;
    for (const PromptCost& cost : costs)
        times.push_back(cost.ttft_ms);
    return medianOf(std::move(times)).value_or(0);
}

void estimate(PrefillLaw& law, const std::vector<PromptCost>& costs) {
    const Fitter fitter(costs);
    Used used{true, true, true};
    auto fit = fitter.fit(used);
    auto half = fit ? fitter.halfWidths(*fit, used) : std::nullopt;
    if (!half) {
        law.why_not = std::string("the turns are too much alike: processed tokens and context never vary apart, "
                                  "or do so in one block only") +
                      kHelp;
        return;
    }
    const Vector typical = typicalTerms(costs);
    const double ttft = typicalTtft(costs);
    for (std::size_t k = 0; k < kTerms; ++k)
        if (const double share = (*half)[k] * typical[k] / ttft; !(share <= kMostUncertain)) {
            law.why_not = std::string(kNames[k]) + " is uncertain by " +
                          (share < 10 ? fixedText(100 * share, 0) + " %" : std::string("many times")) +
                          " of a typical time to first token" + kHelp;
            return;
        }
    // A negative cost has no meaning. Where zero lies in the interval, it is what the data say.
    Vector upper{};
    for (const std::size_t k : {std::size_t(2), std::size_t(0)}) {
        if (fit->parameters[k] > 0) continue;
        upper[k] = std::max(0.0, fit->parameters[k] + (*half)[k]);
        // One in forty intervals of a true zero lies below it: that alone does not overturn the law.
        const bool below = fit->parameters[k] + 2 * (*half)[k] < 0 && fit->parameters[k] * typical[k] < -kNothing * ttft;
        used[k] = false;
        if (!below) fit = fitter.fit(used);
        if (below || !fit) {
            law.why_not = std::string(kNames[k]) + " would have to be negative: the law does not hold here";
            return;
        }
        half = fitter.halfWidths(*fit, used);
        if (!half) break;
    }
    if (!half || !(fit->parameters[1] > 0)) {
        law.why_not = std::string(kNames[1]) + " would have to be negative: the law does not hold here";
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

PrefillLaw fitPrefillLaw(const std::vector<PromptCost>& given) {
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
