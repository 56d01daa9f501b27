// The prefill cost model and its one fit, for everything that takes the time of a prompt apart (analysis/prefill_law.h,
// analysis/cache_estimate.h):
//   ms = overhead + processed * (per_token + per_token_context * attended)
// processed: prompt tokens that were run through the model. attended: tokens that each of them attends to, on average. A
// token passes every layer once whatever stands before it (per_token), and its attention grows with what it attends to
// (Vaswani et al. 2017, table 1: n * d^2 and n^2 * d).
//
// What it attends to depends on the engine. Causal attention alone needs the tokens before it: prompt - processed / 2,
// the model here (Mean). Engines work in batches of b tokens (llama.cpp's -ub, 512; its README of the server) and many
// compute all of a batch up to its end, then mask what a token must not see: prompt - processed / 2 + b / 2, where the
// constant goes into per_token; a prompt of one batch then costs processed * prompt (Whole). The truth lies between the
// two forms, and b is in no API: what rests on the form is told with both (analysis/tax_split.h). A real llama.cpp on a CPU,
// flash attention on as by default, followed Mean within 1.3 % at the median, while by Whole its longest cold prompts took
// 17 % less than fitted, and a fit of cold prompts made those read in part 12 % too cheap (tests/data/prefill).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace looptax {

inline constexpr std::size_t kCostTerms = 3; // overhead, per token, per token and attended token
using CostTerms = std::array<double, kCostTerms>;
using CostMatrix = std::array<CostTerms, kCostTerms>;
using UsedTerms = std::array<bool, kCostTerms>;

enum class Attended { Mean, Whole };

inline double attendedTokens(double processed, double prompt, Attended form = Attended::Mean) {
    return form == Attended::Mean ? prompt - processed / 2 : prompt;
}

inline CostTerms costTerms(double processed, double prompt, Attended form = Attended::Mean) {
    return {1, processed, processed * attendedTokens(processed, prompt, form)};
}

double dot(const CostTerms& a, const CostTerms& b);

// Weighted normal equations: sums of the products of the terms, and of each with the time.
struct CostEquations {
    CostMatrix left{};
    CostTerms right{};
    void add(const CostTerms& terms, double ms, double weight);
    CostEquations without(const CostEquations& part) const;
    // Of the used rows and columns; the others are zero. Absent where terms depend on each other.
    std::optional<CostMatrix> inverse(const UsedTerms& used) const;
    std::optional<CostTerms> solve(const UsedTerms& used) const; // terms that are not used are zero
};

struct CostPoint {
    CostTerms terms{};
    double ms = 0; // above 0
};

struct CostFit {
    CostTerms parameters{};
    CostMatrix covariance{};
    std::vector<double> weights; // of each point, in the order given
    double spread = 0;           // standard deviation of one relative residual
    double residual = 0;         // median of the sizes of the relative residuals
};

// Huber's M-estimate of ms / model = 1 + noise, because a runtime is late by percents, by iteratively reweighted least
// squares, its scale by Huber's Proposal 2 (Huber 1964): points that were held up pull neither model nor spread. Absent
// where terms cannot be told apart or no more than one point is left to judge the noise by. The order of points may change
// the last bits; the caller sorts.
std::optional<CostFit> fitCost(const std::vector<CostPoint>& points, const UsedTerms& used);

} // namespace looptax
