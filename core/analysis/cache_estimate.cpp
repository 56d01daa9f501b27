#include "analysis/cache_estimate.h"

#include "analysis/prefill_fit.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace looptax {

namespace {

constexpr double kMostSpread = 0.25; // of one turn: above it the law is no law
constexpr double kLevel = 0.95;
// The law is fitted to prompts read whole and stretched to prompts read in part. On a real Ollama 0.33.0 (34 later turns of A,
// C and B-tail, its child's own counts beside) it made 3 to 19 tokens too much of the 90 to 260 that were read.
constexpr double kStretch = 0.20;

struct ColdTurn {
    double tokens = 0;
    double ms = 0;
    bool operator<(const ColdTurn& other) const { return std::pair(tokens, ms) < std::pair(other.tokens, other.ms); }
};

struct Fit {
    CostTerms law{};
    CostMatrix covariance{};
    double spread = 0; // relative, of one turn
    double t = 0;      // of the interval
};

std::optional<Fit> fitTerms(const std::vector<ColdTurn>& turns, const UsedTerms& used) {
    std::vector<CostPoint> points;
    for (const ColdTurn& turn : turns) points.push_back({costTerms(turn.tokens, turn.tokens), turn.ms});
    const auto fit = fitCost(points, used);
    if (!fit) return std::nullopt;
    const auto parameters = std::count(used.begin(), used.end(), true);
    const double t = studentQuantile((1 + kLevel) / 2, double(turns.size()) - double(parameters));
    if (!std::isfinite(t)) return std::nullopt;
    return Fit{fit->parameters, fit->covariance, fit->spread, t};
}

// Absent where a term would be negative, that of reading cannot be told from zero, or single turns lie too far about it. A
// term that might be zero stays: to leave it out would claim to know that it is.
std::optional<Fit> soundFit(const std::vector<ColdTurn>& turns, const UsedTerms& used) {
    auto fit = fitTerms(turns, used);
    if (!fit || fit->spread > kMostSpread) return std::nullopt;
    const bool told = fit->law[1] > fit->t * std::sqrt(std::max(0.0, fit->covariance[1][1]));
    return told && fit->law[0] >= 0 && fit->law[2] >= 0 ? fit : std::nullopt;
}

// The fullest law that is sound, and of two the one that single turns lie nearer to. Reading itself is in every one.
std::optional<Fit> fitLaw(const std::vector<ColdTurn>& turns) {
    if (auto all = soundFit(turns, {true, true, true})) return all;
    auto fixed = soundFit(turns, {true, true, false});
    auto context = soundFit(turns, {false, true, true});
    if (fixed && context) return fixed->spread <= context->spread ? fixed : context;
    if (fixed) return fixed;
    return context ? context : soundFit(turns, {false, true, false});
}

bool counted(const TurnRecord& turn) {
    return turn.outcome == Outcome::Ok && !turn.cached_tokens && turn.prompt_tokens.value_or(0) > 0 &&
           turn.prompt_ms.value_or(0) > 0;
}

bool knownCold(const TurnRecord& turn) {
    const bool promised = turn.cache_mode == CacheMode::Cold || (turn.cache_mode == CacheMode::RunIsolated && turn.turn == 1);
    return promised && counted(turn) && turn.stratum != "load" && !turn.cache_mode_broken.value_or(false);
}

constexpr const char* kHelp = "cache mode cold with several turns a run gives prompts of many lengths";

std::string whyTooFew(const ReadingRate& rate) {
    if (rate.turns == 0) return std::string("no turn of it is known to be cold; ") + kHelp;
    if (rate.turns < kLeastColdTurns || rate.lengths < kLeastColdLengths ||
        double(rate.longest) < kLeastColdSpan * double(rate.shortest))
        return std::to_string(rate.turns) + " cold turns with prompts of " + std::to_string(rate.shortest) + " to " +
               std::to_string(rate.longest) + " tokens (" + std::to_string(rate.lengths) +
               " lengths) do not tell what a prompt of another length would take; " + kHelp;
    return {};
}

std::optional<CachedEstimate> estimateOf(const TurnRecord& turn, const Fit& fit) {
    const double context = double(*turn.prompt_tokens), ms = *turn.prompt_ms;
    // processed solves law(processed) = ms; slope is what one token more would have taken.
    const double first = fit.law[1] + fit.law[2] * context;
    const double square = first * first - 2 * fit.law[2] * (ms - fit.law[0]);
    if (!(first > 0) || !(square > 0)) return std::nullopt;
    const double slope = std::sqrt(square);
    const double processed = 2 * (ms - fit.law[0]) / (first + slope);
    const CostTerms terms = costTerms(processed, context);
    double variance = fit.spread * fit.spread * ms * ms;
    for (std::size_t a = 0; a < kCostTerms; ++a) variance += terms[a] * dot(fit.covariance[a], terms);
    const double stretched = kStretch * std::max(0.0, processed) * std::max(0.0, 1 - processed / context);
    const double half = fit.t * std::sqrt(std::max(0.0, variance)) / slope + stretched;
    if (!std::isfinite(processed) || !std::isfinite(half)) return std::nullopt;
    // Far longer than reading all of it anew: something else took the time, and it tells nothing of the cache.
    if (processed - 2 * half > context) return std::nullopt;
    const auto within = [&](double cached) { return std::int64_t(std::clamp(cached, 0.0, context - 1)); };
    return CachedEstimate{within(std::round(context - processed)), within(std::floor(context - processed - half)),
                          within(std::ceil(context - processed + half))};
}

} // namespace

CacheEstimates estimateCached(const std::vector<TurnRecord>& turns) {
    CacheEstimates out;
    out.turns.resize(turns.size());
    std::map<std::string, std::vector<ColdTurn>> cold;
    for (const TurnRecord& turn : turns) {
        if (!counted(turn)) continue;
        auto& own = cold[turn.target];
        if (knownCold(turn)) own.push_back({double(*turn.prompt_tokens), *turn.prompt_ms});
    }
    std::map<std::string, Fit> fits;
    for (auto& [target, own] : cold) {
        std::sort(own.begin(), own.end()); // sums depend on the order; a rate must not
        ReadingRate rate;
        rate.target = target;
        rate.turns = int(own.size());
        std::set<double> lengths;
        for (const ColdTurn& turn : own) lengths.insert(turn.tokens);
        rate.lengths = int(lengths.size());
        if (!own.empty()) {
            rate.shortest = std::int64_t(own.front().tokens);
            rate.longest = std::int64_t(own.back().tokens);
        }
        rate.why_not = whyTooFew(rate);
        if (rate.why_not.empty()) {
            if (const auto fit = fitLaw(own)) {
                fits[target] = *fit;
                rate.fitted = true;
                rate.fixed_ms = fit->law[0];
                rate.per_token_ms = fit->law[1];
                rate.per_token_context_ms = fit->law[2];
                rate.spread_percent = 100 * fit->spread;
            } else {
                rate.why_not = "its cold turns took times that do not follow the lengths of their prompts";
            }
        }
        out.rates.push_back(std::move(rate));
    }
    for (std::size_t i = 0; i < turns.size(); ++i)
        if (const auto fit = fits.find(turns[i].target); fit != fits.end() && counted(turns[i]))
            out.turns[i] = estimateOf(turns[i], fit->second);
    return out;
}

std::vector<EstimateSummary> summarizeEstimates(const std::vector<TurnRecord>& turns, const CacheEstimates& estimates) {
    struct Values {
        std::vector<double> prompt, tokens, low, high;
    };
    std::map<PassKey, Values> groups;
    for (std::size_t i = 0; i < turns.size() && i < estimates.turns.size(); ++i) {
        const TurnRecord& r = turns[i];
        const auto& estimate = estimates.turns[i];
        if (!estimate || r.run_outcome != "complete" || !countsForTimes(r) || r.stratum == "load") continue;
        Values& values = groups[{r.target, r.design, r.cap, r.padding, r.cache_mode, r.turn}];
        values.prompt.push_back(double(*r.prompt_tokens));
        values.tokens.push_back(double(estimate->tokens));
        values.low.push_back(double(estimate->low));
        values.high.push_back(double(estimate->high));
    }
    std::vector<EstimateSummary> out;
    for (const auto& [key, values] : groups)
        out.push_back({key, int(values.tokens.size()), medianOf(values.prompt).value_or(0), medianOf(values.tokens).value_or(0),
                       medianOf(values.low).value_or(0), medianOf(values.high).value_or(0)});
    return out;
}

} // namespace looptax
