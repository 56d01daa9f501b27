#include "stats/decode_trend.h"

#include "stats/order_statistics.h"
#include "stats/slope.h"
#include "stats/summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace looptax {

namespace {

constexpr std::size_t kLeastTurns = 3;
constexpr double kLeastGrowth = 1.5; // longest context over the shortest
constexpr std::size_t kMostPoints = 400; // of a run: the slopes of all pairs of more would take seconds

struct Point {
    double context = 0;
    double rate = 0;
};

std::optional<double> slopeOf(const std::vector<Point>& points) {
    std::vector<double> contexts, rates;
    const std::size_t step = points.size() / kMostPoints + 1;
    for (std::size_t i = 0; i < points.size(); i += step) {
        contexts.push_back(points[i].context);
        rates.push_back(points[i].rate);
    }
    return theilSen(contexts, rates).slope;
}

bool isRate(const std::optional<double>& rate) {
    return rate && std::isfinite(*rate) && *rate > 0;
}

bool counts(const TurnRecord& r) {
    return r.outcome == Outcome::Ok && r.run_outcome == "complete" && isRate(r.decode_tps) && r.prompt_tokens.has_value();
}

struct Found {
    std::vector<double> slopes, contextLow, contextHigh, rateLow, rateHigh;
};

} // namespace

std::vector<DecodeTrend> decodeTrends(const std::vector<TurnRecord>& turns) {
    std::map<std::string, bool> byRuntime;
    for (const TurnRecord& r : turns)
        if (counts(r)) {
            bool& all = byRuntime.try_emplace(r.target, true).first->second;
            all = all && isRate(r.decode_tps_runtime);
        }
    std::map<std::pair<int, int>, std::vector<Point>> runs;
    std::map<std::pair<int, int>, const TurnRecord*> firsts;
    for (const TurnRecord& r : turns) {
        if (!counts(r)) continue;
        runs[{r.run, r.run_attempt}].push_back(
            {double(*r.prompt_tokens) + double(r.predicted_tokens.value_or(0)) / 2,
             byRuntime[r.target] ? *r.decode_tps_runtime : *r.decode_tps});
        firsts.try_emplace({r.run, r.run_attempt}, &r);
    }
    using Key = std::tuple<std::string, std::string, std::optional<int>, std::optional<int>>;
    std::map<Key, Found> groups;
    for (auto& [id, points] : runs) {
        if (points.size() < kLeastTurns) continue;
        const TurnRecord& r = *firsts[id];
        Found& found = groups[{r.target, r.design, r.cap, r.padding}];
        std::stable_sort(points.begin(), points.end(),
                         [](const Point& a, const Point& b) { return a.context < b.context; });
        found.contextLow.push_back(points.front().context);
        found.contextHigh.push_back(points.back().context);
        found.rateLow.push_back(points.front().rate);
        found.rateHigh.push_back(points.back().rate);
        if (points.back().context < kLeastGrowth * points.front().context) continue;
        if (const auto slope = slopeOf(points)) found.slopes.push_back(1000 * *slope);
    }
    std::vector<DecodeTrend> out;
    for (auto& [key, found] : groups) {
        DecodeTrend trend;
        std::tie(trend.target, trend.design, trend.cap, trend.padding) = key;
        trend.by_runtime = byRuntime[trend.target];
        trend.runs = int(found.slopes.size());
        trend.context_low = medianOf(std::move(found.contextLow)).value_or(0);
        trend.context_high = medianOf(std::move(found.contextHigh)).value_or(0);
        trend.rate_low = medianOf(std::move(found.rateLow)).value_or(0);
        trend.rate_high = medianOf(std::move(found.rateHigh)).value_or(0);
        trend.interval = medianInterval(found.slopes);
        trend.per_thousand = medianOf(std::move(found.slopes));
        if (!trend.per_thousand) trend.why_not = "the context hardly changes";
        out.push_back(std::move(trend));
    }
    return out;
}

} // namespace looptax
