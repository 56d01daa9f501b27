#include "analysis/decode_trend.h"

#include "analysis/summary.h"
#include "domain/stream_kind.h"
#include "stats/order_statistics.h"
#include "stats/slope.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace looptax {

namespace {

constexpr std::size_t kLeastTurns = 3;
constexpr double kLeastGrowth = 1.5;     // longest context over the shortest
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

bool isRate(const std::optional<double>& rate) { return rate && std::isfinite(*rate) && *rate > 0; }

// What of its stream a turn without a rate has none for; absent where the stream is not the reason.
std::optional<std::string> hiddenBy(const TurnRecord& r) {
    if (r.stream == kBufferedStream) return "buffered: the replies were held back and sent at once";
    if (r.stream == kChunkedStream) return "chunked: several tokens came at once";
    if (r.stream.empty() && isRate(r.decode_tps)) return "recorded before streams were told apart, in fewer reads than tokens";
    return std::nullopt;
}

bool counts(const TurnRecord& r) {
    return r.outcome == Outcome::Ok && r.run_outcome == "complete" && r.prompt_tokens.has_value();
}

double contextOf(const TurnRecord& r) { return double(*r.prompt_tokens) + double(r.predicted_tokens.value_or(0)) / 2; }

// A run, by context.
struct RunRates {
    std::vector<Point> points;
    std::vector<double> contexts;      // of the turns without a rate too
    std::map<std::string, int> hidden; // turns, by why
};

RunRates ratesOf(std::vector<const TurnRecord*> turns, bool byRuntime) {
    std::stable_sort(turns.begin(), turns.end(),
                     [](const TurnRecord* a, const TurnRecord* b) { return contextOf(*a) < contextOf(*b); });
    RunRates out;
    for (const TurnRecord* turn : turns) {
        const auto rate = byRuntime ? turn->decode_tps_runtime : clientDecodeRate(*turn);
        const auto why = hiddenBy(*turn);
        if (isRate(rate)) out.points.push_back({contextOf(*turn), *rate});
        else if (why) ++out.hidden[*why];
        out.contexts.push_back(contextOf(*turn));
    }
    return out;
}

struct Found {
    std::vector<double> slopes, contextLow, contextHigh, rateLow, rateHigh;
    std::map<std::string, int> hidden;
};

void add(Found& found, const RunRates& run) {
    const std::vector<Point>& points = run.points;
    found.contextLow.push_back(points.front().context);
    found.contextHigh.push_back(points.back().context);
    found.rateLow.push_back(points.front().rate);
    found.rateHigh.push_back(points.back().rate);
    if (points.back().context < kLeastGrowth * points.front().context) return;
    if (const auto slope = slopeOf(points)) found.slopes.push_back(1000 * *slope);
}

void addHidden(Found& found, const RunRates& run) {
    found.contextLow.push_back(run.contexts.front());
    found.contextHigh.push_back(run.contexts.back());
    for (const auto& [why, turns] : run.hidden) found.hidden[why] += turns;
}

std::string mostOf(const std::map<std::string, int>& hidden) {
    const auto fewer = [](const auto& one, const auto& other) { return one.second < other.second; };
    return std::max_element(hidden.begin(), hidden.end(), fewer)->first;
}

} // namespace

std::vector<DecodeTrend> decodeTrends(const std::vector<TurnRecord>& turns) {
    std::map<std::string, bool> byRuntime;
    for (const TurnRecord& r : turns)
        if (counts(r) && (isRate(r.decode_tps_runtime) || isRate(clientDecodeRate(r)))) {
            bool& all = byRuntime.try_emplace(r.target, true).first->second;
            all = all && isRate(r.decode_tps_runtime);
        }
    std::map<std::pair<int, int>, std::vector<const TurnRecord*>> runs;
    for (const TurnRecord& r : turns)
        if (counts(r)) runs[{r.run, r.run_attempt}].push_back(&r);
    using Key = std::tuple<std::string, std::string, std::optional<int>, std::optional<int>>;
    std::map<Key, Found> groups, hidden; // with rates; and of those without, where streams are the reason
    for (const auto& [id, of] : runs) {
        const TurnRecord& r = *of.front();
        const Key key{r.target, r.design, r.cap, r.padding};
        const RunRates run = ratesOf(of, byRuntime[r.target]);
        if (run.points.size() >= kLeastTurns) add(groups[key], run);
        else if (!run.hidden.empty() && of.size() >= kLeastTurns) addHidden(hidden[key], run);
    }
    groups.merge(hidden);
    std::vector<DecodeTrend> out;
    for (auto& [key, found] : groups) {
        DecodeTrend trend;
        std::tie(trend.target, trend.design, trend.cap, trend.padding) = key;
        trend.by_runtime = byRuntime[trend.target];
        trend.runs = int(found.slopes.size());
        trend.context_low = medianOf(std::move(found.contextLow)).value_or(0);
        trend.context_high = medianOf(std::move(found.contextHigh)).value_or(0);
        trend.rate_low = medianOf(std::move(found.rateLow));
        trend.rate_high = medianOf(std::move(found.rateHigh));
        trend.interval = medianInterval(found.slopes);
        trend.per_thousand = medianOf(std::move(found.slopes));
        if (!trend.per_thousand) trend.why_not = trend.rate_low ? "the context hardly changes" : mostOf(found.hidden);
        out.push_back(std::move(trend));
    }
    return out;
}

} // namespace looptax
