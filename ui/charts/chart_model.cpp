#include "ui/charts/chart_model.h"

#include "ui/charts/chart_family.h"

#include <algorithm>
#include <map>

namespace looptax {

namespace {

// Above this, two targets in one picture cannot be told apart and each gets a panel of its own.
constexpr std::size_t kMostCurvesTogether = 8;
constexpr int kPaddingGap = 1; // empty places between the paddings of a bar panel

const std::optional<Spread>& ttft(const SourceTurn& t) {
    return t.ttft_ms;
}
const std::optional<Spread>& estimate(const SourceTurn& t) {
    return t.context_tokens_estimate;
}
const std::optional<Spread>& promptTokens(const SourceTurn& t) {
    return t.prompt_tokens;
}

CurvePoint pointOf(double x, const std::optional<Spread>& spread) {
    CurvePoint point;
    point.x = x;
    if (spread) {
        point.y = spread->median;
        point.low = spread->low;
        point.high = spread->high;
        point.n = spread->n;
    }
    return point;
}

// Every turn up to the last: one that was not measured, or not judged comparable, breaks the line.
std::vector<CurvePoint> pointsByTurn(const SourceCurve& curve, const Metric& metric) {
    std::vector<CurvePoint> points;
    for (const SourceTurn& turn : curve.turns) {
        for (int missing = points.empty() ? turn.turn : int(points.back().x) + 1; missing < turn.turn;
             ++missing)
            points.push_back({double(missing), {}, {}, {}, 0});
        points.push_back(pointOf(turn.turn, metric(turn)));
    }
    return points;
}

bool anyPoint(const std::vector<CurvePoint>& points) {
    return std::any_of(points.begin(), points.end(), [](const CurvePoint& p) { return p.y.has_value(); });
}

std::string publishedLabel(const ChartSource& source) {
    return "published study (" + source.published_where + ")";
}

using PublishedMetric = std::optional<double> PublishedRow::*;

// The published curves of the designs drawn here. A design whose rows all stand at one turn has no curve over
// turns.
void addPublished(ChartPanel& panel, const ChartSource& source, PublishedMetric metric, bool byPadding) {
    std::vector<std::string> designs;
    for (const Curve& curve : panel.curves)
        if (std::find(designs.begin(), designs.end(), curve.look.design) == designs.end())
            designs.push_back(curve.look.design);
    double last = 0; // beyond what was measured the overlay would only squeeze it
    for (const Curve& curve : panel.curves)
        for (const CurvePoint& point : curve.points)
            last = std::max(last, point.x);
    for (const std::string& design : designs) {
        Curve curve;
        curve.label = publishedLabel(source);
        curve.look.design = design;
        curve.look.published = true;
        for (const PublishedRow& row : source.published) {
            const double x = byPadding ? row.padding.value_or(0) : row.turn;
            if (row.design == design && row.padding.has_value() == byPadding && row.*metric && x <= last)
                curve.points.push_back({x, row.*metric, {}, {}, 0});
        }
        if (!curve.points.empty()) panel.curves.push_back(std::move(curve));
    }
}

const char* readingOf(const Chart& chart) {
    int most = 0;
    for (const ChartPanel& panel : chart.panels)
        for (const Curve& curve : panel.curves)
            for (const CurvePoint& point : curve.points)
                most = std::max(most, point.n);
    return most > 1 ? "Line: median over n blocks; band: smallest to largest."
                    : "One block (n=1): a single value a turn, so no spread can be drawn.";
}

constexpr const char* kTtftClock =
    "TTFT: from just before the request is written, on an open connection, to the first non-empty output.";

Chart byTurn(const ChartFamily& family, const std::string& id, const std::string& title,
             const std::string& unit, const Metric& metric, PublishedMetric published,
             const ChartOptions& options) {
    Chart chart = blankChart(family, id, title);
    chart.y_title = unit;
    std::map<std::size_t, ChartPanel> panels;
    for (const SourceCurve* source : family.curves) {
        Curve curve;
        curve.points = pointsByTurn(*source, metric);
        if (!anyPoint(curve.points)) continue;
        curve.look = lookOf(family, *source);
        curve.tag = tagOf(family, *source);
        curve.label = nameOf(family, *source) + " (" + countOf(family, *source, metric) + ")";
        ChartPanel& panel = panels[family.panel_a_target ? source->target : 0];
        if (family.panel_a_target) panel.title = family.source->targets[source->target].id;
        panel.curves.push_back(std::move(curve));
    }
    for (auto& [target, panel] : panels) {
        if (options.published && published) addPublished(panel, *family.source, published, false);
        chart.panels.push_back(std::move(panel));
    }
    return chart;
}

Chart byPadding(const ChartFamily& family, const std::string& id, const std::string& title,
                const std::string& unit, const Metric& metric, PublishedMetric published,
                const ChartOptions& options) {
    Chart chart = blankChart(family, id, title);
    chart.x_title = "padding: entries the state starts with";
    chart.y_title = unit;
    std::map<std::pair<std::size_t, std::string>, Curve> curves; // one a target and design
    std::map<std::pair<std::size_t, std::string>, std::pair<int, int>> counts;
    for (const SourceCurve* source : family.curves) {
        if (!source->padding) continue;
        const auto first = std::find_if(source->turns.begin(), source->turns.end(),
                                        [](const SourceTurn& t) { return t.turn == 1; });
        if (first == source->turns.end() || !metric(*first)) continue;
        const std::pair key{source->target, source->design};
        Curve& curve = curves[key];
        const int n = metric(*first)->n;
        auto& [least, most] = counts.try_emplace(key, n, n).first->second;
        least = std::min(least, n);
        most = std::max(most, n);
        curve.look.design = source->design;
        curve.look.dash = dashOf(*family.source, source->target);
        curve.tag = source->design;
        curve.label = source->design + " " + source->design_name;
        if (family.targets().size() > 1) {
            curve.label += ", " + family.source->targets[source->target].id;
            curve.tag += " " + family.source->targets[source->target].id.substr(0, 10);
        }
        curve.label += " (" + countText(least, most) + ")";
        curve.points.push_back(pointOf(*source->padding, metric(*first)));
    }
    ChartPanel panel;
    for (auto& [key, curve] : curves) {
        std::sort(curve.points.begin(), curve.points.end(),
                  [](const CurvePoint& a, const CurvePoint& b) { return a.x < b.x; });
        panel.curves.push_back(std::move(curve));
    }
    if (panel.curves.empty()) return chart;
    if (options.published && published) addPublished(panel, *family.source, published, true);
    chart.panels.push_back(std::move(panel));
    return chart;
}

std::vector<std::string> silentTargets(const ChartFamily& family) {
    std::vector<std::string> silent;
    for (const std::size_t target : family.targets()) {
        const bool speaks =
            std::any_of(family.curves.begin(), family.curves.end(), [&](const SourceCurve* curve) {
                return curve->target == target &&
                       std::any_of(curve->turns.begin(), curve->turns.end(), [](const SourceTurn& turn) {
                           return turn.cached_tokens && turn.processed_tokens;
                       });
            });
        if (!speaks) silent.push_back(family.source->targets[target].id);
    }
    return silent;
}

// One panel a target and design; the paddings (or caps) of a design stand side by side in it.
Chart cachedAndProcessed(const ChartFamily& family) {
    Chart chart =
        blankChart(family, "cached_processed_by_turn", "Prompt tokens by turn: cached and processed");
    chart.y_title = "prompt tokens (runtime's count)";
    chart.bars_key = true;
    std::map<std::pair<std::size_t, std::string>, std::size_t> places;
    for (const SourceCurve* source : family.curves) {
        const auto [at, isNew] = places.try_emplace({source->target, source->design}, chart.panels.size());
        if (isNew) {
            ChartPanel panel;
            panel.title = source->design + " " + source->design_name;
            if (family.targets().size() > 1)
                panel.title = source->design + ", " + family.source->targets[source->target].id;
            panel.bar_look.design = source->design;
            chart.panels.push_back(std::move(panel));
        }
        ChartPanel& panel = chart.panels[at->second];
        const bool grouped = family.variants(source->design).size() > 1;
        const double offset = panel.bars.empty() ? 0 : panel.bars.back().x + kPaddingGap;
        double first = 0, last = 0;
        int turns = 0;
        for (const SourceTurn& turn : source->turns) {
            if (!turn.cached_tokens || !turn.processed_tokens) continue;
            const double x = grouped ? offset + turn.turn : turn.turn;
            panel.bars.push_back({x, turn.cached_tokens->median, turn.processed_tokens->median});
            first = turns++ == 0 ? x : first;
            last = x;
        }
        if (!grouped || turns == 0) continue;
        const std::string mark = source->padding ? "p" + std::to_string(*source->padding)
                                                 : "c" + std::to_string(source->cap.value_or(0));
        panel.x_labels.push_back({(first + last) / 2, mark});
    }
    std::erase_if(chart.panels, [](const ChartPanel& panel) { return panel.bars.empty(); });
    return chart;
}

} // namespace

std::vector<Chart> chartsOf(const ChartSource& source, const ChartOptions& options) {
    std::vector<Chart> charts;
    for (const CacheMode mode : source.cache_modes) {
        ChartFamily family;
        family.source = &source;
        family.mode = mode;
        for (const SourceCurve& curve : source.curves)
            if (curve.cache_mode == mode && curve.target < source.targets.size())
                family.curves.push_back(&curve);
        if (family.curves.empty()) continue;
        family.panel_a_target = family.targets().size() > 1 && family.curves.size() > kMostCurvesTogether;

        const std::string tokens = options.prompt_tokens ? "prompt tokens (runtime's count)"
                                                         : "context tokens (estimate: characters / 4)";
        const Metric context = options.prompt_tokens ? Metric(promptTokens) : Metric(estimate);
        // The published study counted characters: beside the runtime's own count it would be another
        // quantity.
        const PublishedMetric published =
            options.prompt_tokens ? nullptr : &PublishedRow::context_tokens_estimate;

        Chart chart = byTurn(family, "ttft_by_turn", "Time to first token by turn", "TTFT (ms)", ttft,
                             &PublishedRow::ttft_ms, options);
        chart.log_y = options.log_ttft;
        addNotes(chart, family, {readingOf(chart), kTtftClock});
        charts.push_back(std::move(chart));

        chart = byTurn(family, "context_by_turn", "Context by turn", tokens, context, published, options);
        addNotes(chart, family, {readingOf(chart)});
        charts.push_back(std::move(chart));

        chart = byPadding(family, "ttft_by_padding", "Time to first token by padding, turn 1", "TTFT (ms)",
                          ttft, &PublishedRow::ttft_ms, options);
        chart.log_y = options.log_ttft;
        addNotes(chart, family, {readingOf(chart), kTtftClock});
        charts.push_back(std::move(chart));

        chart = byPadding(family, "context_by_padding", "Context by padding, turn 1", tokens, context,
                          published, options);
        addNotes(chart, family, {readingOf(chart)});
        charts.push_back(std::move(chart));

        chart = cachedAndProcessed(family);
        std::vector<std::string> reading{
            "Bars: medians over blocks, cached below and processed on top; p and c: "
            "the turns of one padding or cap, side by side."};
        for (const std::string& id : silentTargets(family))
            reading.push_back("No bars for " + id + ": its runtime does not say which tokens it reused.");
        addNotes(chart, family, std::move(reading));
        charts.push_back(std::move(chart));
    }
    std::erase_if(charts, [](const Chart& chart) { return isEmpty(chart); });
    return charts;
}

} // namespace looptax
