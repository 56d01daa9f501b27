#include "chart/chart_model.h"

#include "chart/chart_makers.h"

#include <algorithm>

namespace looptax {

namespace {

constexpr const char* kTtftClock =
    "TTFT: from just before the request is written, on an open connection, to the first non-empty output.";
constexpr const char* kBars = "Bars: medians over blocks, cached below and processed on top; p and c: "
                              "the turns of one padding or cap, side by side.";

// First: where there is room for one note, this is the one that a reader must not miss.
std::vector<std::string> streamNotes(const ChartFamily& family, const SourceRun* running) {
    const std::string note = streamNote(family, running);
    return note.empty() ? std::vector<std::string>() : std::vector<std::string>{note};
}

constexpr const char* kSplit =
    "Bars: medians over blocks of each part, by the prefill cost model fitted to all turns of the target; marks: the measured "
    "TTFT, "
    "median and smallest to largest. What lies between a bar's top and its mark the model does not explain.";

const char* readingOf(const Chart& chart) {
    int most = 0;
    bool whiskers = false;
    for (const ChartPanel& panel : chart.panels)
        for (const Curve& curve : panel.curves) {
            whiskers = whiskers || curve.whiskers;
            for (const CurvePoint& point : curve.points)
                if (!curve.look.running && !curve.look.disturbed) most = std::max(most, point.n);
        }
    if (most == 0) return "No run is complete yet: single turns only, no median.";
    if (most == 1) return "One block (n=1): a single value a turn, so no spread can be drawn.";
    return whiskers ? "Points: medians over n blocks, one a turn; bar: smallest to largest. Joined where the "
                      "tokens grow from turn to turn."
                    : "Line: median over n blocks; band: smallest to largest.";
}

Chart curves(const ChartFamily& family, const ChartRequest& request) {
    const Quantity y = quantityOf(request);
    switch (request.x) {
    case ChartX::Turn: break;
    case ChartX::ProcessedTokens:
    case ChartX::ContextTokens: return curvesByTokens(family, y, request);
    case ChartX::Padding: return curvesByPadding(family, y, request);
    }
    return curvesByTurn(family, y, request);
}

} // namespace

bool hasPadding(const ChartSource& source) {
    return std::any_of(source.curves.begin(), source.curves.end(),
                       [](const SourceCurve& curve) { return curve.padding.has_value(); });
}

Chart chartOf(const ChartSource& source, const ChartRequest& request) {
    const ChartFamily family = familyOf(source, request.mode, request.target);
    if (request.kind == ChartKind::CachedProcessed) {
        Chart chart = barsByTurn(family, request);
        std::vector<std::string> reading{kBars};
        for (const std::string& id : silentTargets(family))
            reading.push_back("No bars for " + id + ": its runtime does not say which tokens it reused.");
        addNotes(chart, family, std::move(reading));
        return chart;
    }
    if (request.kind == ChartKind::TtftSplit) {
        Chart chart = splitByTurn(family);
        std::vector<std::string> reading = streamNotes(family, nullptr);
        reading.emplace_back(kSplit);
        for (const std::size_t i : family.targets()) {
            const SourceTarget& target = source.targets[i];
            if (!target.law.empty()) reading.push_back(target.id + ": " + target.law + ".");
            if (!target.why_no_law.empty())
                reading.push_back("No bars for " + target.id + ", whose parts cannot be told apart: " + target.why_no_law + ".");
        }
        addNotes(chart, family, std::move(reading));
        return chart;
    }
    Chart chart = curves(family, request);
    std::vector<std::string> reading;
    if (request.kind == ChartKind::Ttft) reading = streamNotes(family, runningOf(family, request));
    reading.emplace_back(readingOf(chart));
    if (request.kind == ChartKind::Ttft) reading.emplace_back(kTtftClock);
    addNotes(chart, family, std::move(reading));
    return chart;
}

std::vector<Chart> chartsOf(const ChartSource& source, const ChartOptions& options) {
    std::vector<Chart> charts;
    for (const CacheMode mode : source.cache_modes)
        for (const auto& [kind, x] : {std::pair{ChartKind::Ttft, ChartX::Turn},
                                      {ChartKind::Context, ChartX::Turn},
                                      {ChartKind::Ttft, ChartX::Padding},
                                      {ChartKind::Context, ChartX::Padding},
                                      {ChartKind::CachedProcessed, ChartX::Turn},
                                      {ChartKind::TtftSplit, ChartX::Turn}}) {
            ChartRequest request;
            request.kind = kind;
            request.x = x;
            request.mode = mode;
            request.prompt_tokens = options.prompt_tokens;
            request.log_y = options.log_ttft && kind == ChartKind::Ttft;
            request.published = options.published;
            Chart chart = chartOf(source, request);
            if (!isEmpty(chart)) charts.push_back(std::move(chart));
        }
    return charts;
}

} // namespace looptax
