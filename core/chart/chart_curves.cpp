#include "chart/chart_makers.h"

#include <algorithm>
#include <map>

namespace looptax {

namespace {

const std::optional<Spread>& ttft(const SourceTurn& t) { return t.ttft_ms; }
const std::optional<Spread>& estimate(const SourceTurn& t) { return t.context_tokens_estimate; }
const std::optional<Spread>& promptTokens(const SourceTurn& t) { return t.prompt_tokens; }
const std::optional<Spread>& processed(const SourceTurn& t) { return t.processed_tokens; }

CurvePoint pointOf(double x, const std::optional<Spread>& spread) {
    CurvePoint point;
    point.x = x;
    if (spread) {
        point.y = spread->median;
        point.low = spread->low;
        point.high = spread->high;
        point.n = spread->n;
        point.row = spread->row;
        point.turns = spread->turns;
    }
    return point;
}

// Every turn up to the last: one that was not measured, or not judged comparable, breaks the line.
std::vector<CurvePoint> pointsByTurn(const SourceCurve& curve, const Metric& metric) {
    std::vector<CurvePoint> points;
    for (const SourceTurn& turn : curve.turns) {
        for (int missing = points.empty() ? turn.turn : int(points.back().x) + 1; missing < turn.turn; ++missing) {
            points.emplace_back();
            points.back().x = double(missing);
        }
        points.push_back(pointOf(turn.turn, metric(turn)));
    }
    return points;
}

std::vector<CurvePoint> pointsByTokens(const SourceCurve& curve, const Metric& x, const Metric& y) {
    std::vector<CurvePoint> points;
    for (const SourceTurn& turn : curve.turns) {
        if (!x(turn) || !y(turn)) continue;
        points.push_back(pointOf(x(turn)->median, y(turn)));
        points.back().turn = turn.turn;
    }
    return points;
}

// Sorts by x; true where they stood so already, each beyond the one before.
bool ascending(std::vector<CurvePoint>& points) {
    const auto less = [](const CurvePoint& a, const CurvePoint& b) { return a.x < b.x; };
    const bool strictly = std::adjacent_find(points.begin(), points.end(),
                                             [&](const auto& a, const auto& b) { return !less(a, b); }) == points.end();
    std::stable_sort(points.begin(), points.end(), less);
    return strictly;
}

bool anyPoint(const std::vector<CurvePoint>& points) {
    return std::any_of(points.begin(), points.end(), [](const CurvePoint& p) { return p.y.has_value(); });
}

// The published curves of the designs drawn here. A design whose rows all stand at one turn has no curve over
// turns.
void addPublished(ChartPanel& panel, const ChartSource& source, PublishedMetric metric, ChartX x) {
    // Beyond what was measured of a design its overlay would only squeeze what was.
    std::vector<std::pair<std::string, double>> designs;
    for (const Curve& curve : panel.curves) {
        auto known = std::find_if(designs.begin(), designs.end(), [&](const auto& d) { return d.first == curve.look.design; });
        if (known == designs.end()) known = designs.insert(designs.end(), {curve.look.design, 0});
        for (const CurvePoint& point : curve.points)
            known->second = std::max(known->second, x == ChartX::ContextTokens ? double(point.turn) : point.x);
    }
    for (const auto& [design, last] : designs) {
        Curve curve;
        curve.label = "published study (" + source.published_where + ")";
        curve.name = "published study, " + design;
        curve.brief = "published study";
        curve.terse = "published";
        curve.look.design = design;
        curve.look.published = true;
        for (const PublishedRow& row : source.published) {
            const double place = x == ChartX::Padding ? row.padding.value_or(0) : row.turn;
            if (row.design != design || row.padding.has_value() != (x == ChartX::Padding) || !(row.*metric) || place > last)
                continue;
            CurvePoint point;
            point.x = place;
            point.y = row.*metric;
            if (x == ChartX::ContextTokens) {
                if (!row.context_tokens_estimate) continue;
                point.x = *row.context_tokens_estimate;
                point.turn = row.turn;
            }
            curve.points.push_back(point);
        }
        if (x == ChartX::ContextTokens) curve.joined = ascending(curve.points);
        if (!curve.points.empty()) panel.curves.push_back(std::move(curve));
    }
}

// The panel a curve belongs to: its target's, where targets have panels of their own.
ChartPanel& panelFor(std::map<std::size_t, ChartPanel>& panels, const ChartFamily& family, const SourceCurve& curve) {
    ChartPanel& panel = panels[family.panel_a_target ? curve.target : 0];
    if (family.panel_a_target) panel.title = family.source->targets[curve.target].id;
    return panel;
}

Curve runningCurve(const ChartFamily& family, const SourceRun& run, std::vector<CurvePoint> points) {
    Curve curve;
    curve.points = std::move(points);
    curve.joined = false;
    curve.look = lookOf(family, run.curve);
    curve.look.running = true;
    curve.name = curve.label = runningLabel(family, run);
    curve.brief = briefRunningLabel(family, run);
    curve.terse = (family.source->live ? "now: " : "cut short: ") + tagOf(family, run.curve);
    return curve;
}

void addDisturbed(ChartPanel& panel, const ChartFamily& family, const SourceCurve& source, const PlaceOf& place,
                  bool tellTurn = false) {
    Curve curve = disturbedCurve(family, source, place, tellTurn);
    if (!curve.points.empty()) panel.curves.push_back(std::move(curve));
}

template <class Points>
Chart curveChart(const ChartFamily& family, const Quantity& y, const ChartRequest& request, Chart chart, const Points& pointsOf,
                 const PlaceOf& place) {
    chart.y_title = y.unit;
    chart.y_brief = y.brief;
    chart.y_words = y.words;
    chart.log_y = request.log_y;
    const bool tokens = request.x != ChartX::Turn;
    std::map<std::size_t, ChartPanel> panels;
    for (const SourceCurve* source : family.curves) {
        Curve curve;
        curve.points = pointsOf(*source);
        if (!anyPoint(curve.points)) continue;
        if (tokens) {
            curve.joined = ascending(curve.points);
            curve.whiskers = true;
        }
        curve.look = lookOf(family, *source);
        curve.tag = tagOf(family, *source);
        const std::string count = " (" + countOf(family, *source, y.metric) + ")";
        curve.name = nameOf(family, *source);
        curve.label = curve.name + count;
        curve.brief = briefNameOf(family, *source) + count;
        curve.terse = curve.tag + count;
        panelFor(panels, family, *source).curves.push_back(std::move(curve));
        if (y.disturbable) addDisturbed(panelFor(panels, family, *source), family, *source, place, tokens);
    }
    const bool overlay = request.published && y.published &&
                         (request.x == ChartX::Turn || (request.x == ChartX::ContextTokens && !request.prompt_tokens));
    for (auto& [target, panel] : panels)
        if (overlay) addPublished(panel, *family.source, y.published, request.x);
    if (const SourceRun* run = runningOf(family, request)) {
        auto points = pointsOf(run->curve);
        if (tokens) ascending(points);
        if (anyPoint(points)) {
            ChartPanel& panel = panelFor(panels, family, run->curve);
            panel.curves.push_back(runningCurve(family, *run, std::move(points)));
            if (y.disturbable) addDisturbed(panel, family, run->curve, place, tokens);
        }
    }
    for (auto& [target, panel] : panels) chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace

Curve disturbedCurve(const ChartFamily& family, const SourceCurve& source, const PlaceOf& place, bool tellTurn) {
    Curve curve;
    curve.name = "disturbed turns, " + nameOf(family, source);
    curve.label = curve.brief = "disturbed turns: something else used the machine";
    curve.terse = "disturbed";
    curve.look = lookOf(family, source);
    curve.look.disturbed = true;
    curve.joined = false;
    for (const SourceTurn& turn : source.turns)
        for (const DisturbedTurn& one : turn.disturbed)
            if (const auto x = place(turn))
                curve.points.push_back({*x, one.ttft_ms, {}, {}, 1, tellTurn ? turn.turn : 0, one.row, 1});
    ascending(curve.points);
    return curve;
}

Quantity contextTokens(bool runtimeCount) {
    // The published study counted characters: beside the runtime's own count it would be another quantity.
    if (runtimeCount)
        return {"context",
                "Context",
                "prompt tokens (runtime's count)",
                "tokens (runtime)",
                promptTokens,
                nullptr,
                {"", " prompt tokens"}};
    return {"context",
            "Context",
            "context tokens (estimate: characters / 4)",
            "tokens (estimate)",
            estimate,
            &PublishedRow::context_tokens_estimate,
            {"", " context tokens (estimate)"}};
}

Quantity quantityOf(const ChartRequest& request) {
    if (request.kind == ChartKind::Context) return contextTokens(request.prompt_tokens);
    return {"ttft", "Time to first token", "TTFT (ms)", "", ttft, &PublishedRow::ttft_ms, {"TTFT ", " ms"}, true};
}

Chart curvesByTurn(const ChartFamily& family, const Quantity& y, const ChartRequest& request) {
    Chart chart = blankChart(family, y.id + "_by_turn", y.title + " by turn");
    chart.x_is_turn = true;
    return curveChart(
        family, y, request, std::move(chart), [&](const SourceCurve& curve) { return pointsByTurn(curve, y.metric); },
        [](const SourceTurn& turn) { return std::optional<double>(turn.turn); });
}

Chart curvesByTokens(const ChartFamily& family, const Quantity& y, const ChartRequest& request) {
    const bool context = request.x == ChartX::ContextTokens;
    Chart chart = blankChart(family, y.id + (context ? "_by_context" : "_by_processed"),
                             y.title + (context ? " by context tokens" : " by processed tokens"));
    const Quantity along = contextTokens(request.prompt_tokens);
    chart.x_title = context ? along.unit : "processed tokens (runtime's count)";
    chart.x_words = context ? along.words : std::pair<std::string, std::string>{"", " processed tokens"};
    chart.x_from_zero = true;
    const Metric x = context ? along.metric : Metric(processed);
    return curveChart(
        family, y, request, std::move(chart), [&](const SourceCurve& curve) { return pointsByTokens(curve, x, y.metric); },
        [x](const SourceTurn& turn) { return x(turn) ? std::optional<double>(x(turn)->median) : std::nullopt; });
}

Chart curvesByPadding(const ChartFamily& family, const Quantity& y, const ChartRequest& request) {
    Chart chart = blankChart(family, y.id + "_by_padding", y.title + " by padding, turn 1");
    chart.x_title = "padding: entries the state starts with";
    chart.x_words = {"turn 1, padding ", ""};
    chart.y_title = y.unit;
    chart.y_brief = y.brief;
    chart.y_words = y.words;
    chart.log_y = request.log_y;
    using Place = std::pair<std::size_t, std::string>; // one a target and design
    std::map<Place, Curve> curves;
    std::map<Place, std::pair<int, int>> counts;
    ChartPanel disturbed; // its curves alone
    const auto firstTurn = [&](const SourceCurve& curve) -> const SourceTurn* {
        const auto first = std::find_if(curve.turns.begin(), curve.turns.end(), [](const SourceTurn& t) { return t.turn == 1; });
        return first == curve.turns.end() || !y.metric(*first) ? nullptr : &*first;
    };
    for (const SourceCurve* source : family.curves) {
        const SourceTurn* first = source->padding ? firstTurn(*source) : nullptr;
        if (first == nullptr) continue;
        const Place key{source->target, source->design};
        Curve& curve = curves[key];
        const int n = y.metric(*first)->n;
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
        curve.name = curve.label;
        curve.terse = curve.tag + " (" + countText(least, most) + ")";
        curve.brief = curve.label += " (" + countText(least, most) + ")";
        curve.points.push_back(pointOf(*source->padding, y.metric(*first)));
        if (y.disturbable) {
            SourceCurve alone = *source;
            alone.turns = {*first};
            addDisturbed(disturbed, family, alone,
                         [source](const SourceTurn&) { return std::optional<double>(*source->padding); });
        }
    }
    ChartPanel panel;
    for (auto& [key, curve] : curves) {
        ascending(curve.points);
        panel.curves.push_back(std::move(curve));
    }
    for (Curve& curve : disturbed.curves) panel.curves.push_back(std::move(curve));
    if (!panel.curves.empty() && request.published && y.published)
        addPublished(panel, *family.source, y.published, ChartX::Padding);
    if (const SourceRun* run = runningOf(family, request); run != nullptr && run->curve.padding)
        if (const SourceTurn* first = firstTurn(run->curve))
            panel.curves.push_back(runningCurve(family, *run, {pointOf(*run->curve.padding, y.metric(*first))}));
    if (!panel.curves.empty()) chart.panels.push_back(std::move(panel));
    return chart;
}

} // namespace looptax
