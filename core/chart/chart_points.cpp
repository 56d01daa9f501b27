#include "chart/chart_points.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

const StackedBar* barAt(const Chart& chart, const PointRef& ref) {
    if (ref.curve || ref.panel >= chart.panels.size()) return nullptr;
    const auto& bars = chart.panels[ref.panel].bars;
    return ref.point < bars.size() ? &bars[ref.point] : nullptr;
}

const CurvePoint* pointAt(const Chart& chart, const PointRef& ref) {
    if (!ref.curve || ref.panel >= chart.panels.size()) return nullptr;
    const auto& curves = chart.panels[ref.panel].curves;
    if (*ref.curve >= curves.size() || ref.point >= curves[*ref.curve].points.size()) return nullptr;
    const CurvePoint& point = curves[*ref.curve].points[ref.point];
    return point.y ? &point : nullptr;
}

// One row of points to step along: a curve, or the bars of a panel.
struct Track {
    PointRef first; // its point is not set
    std::vector<std::size_t> points;
};

std::vector<Track> tracksOf(const Chart& chart) {
    std::vector<Track> tracks;
    const auto add = [&](Track track) {
        if (!track.points.empty()) tracks.push_back(std::move(track));
    };
    for (std::size_t p = 0; p < chart.panels.size(); ++p) {
        const ChartPanel& panel = chart.panels[p];
        Track bars{{p, std::nullopt, 0}, {}};
        for (std::size_t i = 0; i < panel.bars.size(); ++i) bars.points.push_back(i);
        add(std::move(bars));
        for (std::size_t c = 0; c < panel.curves.size(); ++c) {
            Track track{{p, c, 0}, {}};
            for (std::size_t i = 0; i < panel.curves[c].points.size(); ++i)
                if (panel.curves[c].points[i].y) track.points.push_back(i);
            add(std::move(track));
        }
    }
    return tracks;
}

PointRef onTrack(const Track& track, std::size_t index) {
    PointRef ref = track.first;
    ref.point = track.points[index];
    return ref;
}

PointRef nearestByX(const Chart& chart, const Track& track, double x) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < track.points.size(); ++i)
        if (std::fabs(xOf(chart, onTrack(track, i)) - x) < std::fabs(xOf(chart, onTrack(track, best)) - x)) best = i;
    return onTrack(track, best);
}

std::string behindIt(int turns, int blocks) {
    const std::string counted = blocks == 1 ? "one block" : std::to_string(blocks) + " blocks";
    if (turns > 1) return "median of " + std::to_string(turns) + " turns in " + counted;
    return blocks == 1 ? counted : "median of " + counted;
}

std::vector<std::string> barWords(const Chart& chart, const PointRef& ref, const StackedBar& bar) {
    std::string where = (bar.group.empty() ? std::string() : bar.group + ", ") + "turn " + std::to_string(bar.turn);
    const ChartPanel& panel = chart.panels[ref.panel];
    std::vector<std::string> parts;
    double sum = 0;
    for (std::size_t i = 0; i < bar.parts.size() && i < panel.bar_parts.size(); ++i) {
        parts.push_back(valueText(bar.parts[i]) + " " + panel.bar_parts[i].terse);
        sum += bar.parts[i];
    }
    return {bar.running ? chart.running_key : panel.title, where,
            joined(parts, " + ") + " = " + valueText(sum) + " " + chart.bar_unit,
            bar.running ? "a single turn" : behindIt(bar.turns, bar.n)};
}

} // namespace

bool isPoint(const Chart& chart, const PointRef& ref) { return barAt(chart, ref) != nullptr || pointAt(chart, ref) != nullptr; }

double xOf(const Chart& chart, const PointRef& ref) {
    if (const StackedBar* bar = barAt(chart, ref)) return bar->x;
    const CurvePoint* point = pointAt(chart, ref);
    return point ? point->x : 0;
}

double yOf(const Chart& chart, const PointRef& ref) {
    if (const StackedBar* bar = barAt(chart, ref)) return barHeight(chart.panels[ref.panel], *bar);
    const CurvePoint* point = pointAt(chart, ref);
    return point ? *point->y : 0;
}

std::optional<int> rowOf(const Chart& chart, const PointRef& ref) {
    if (const StackedBar* bar = barAt(chart, ref)) return bar->row;
    const CurvePoint* point = pointAt(chart, ref);
    return point ? point->row : std::nullopt;
}

bool isOneTurn(const Chart& chart, const PointRef& ref) {
    if (const StackedBar* bar = barAt(chart, ref)) return bar->row && bar->turns == 1;
    const CurvePoint* point = pointAt(chart, ref);
    return point && point->row && point->turns == 1;
}

std::vector<std::string> wordsOf(const Chart& chart, const PointRef& ref) {
    if (const StackedBar* bar = barAt(chart, ref)) return barWords(chart, ref, *bar);
    const CurvePoint* point = pointAt(chart, ref);
    if (point == nullptr) return {};
    const ChartPanel& panel = chart.panels[ref.panel];
    const Curve& curve = panel.curves[*ref.curve];
    std::vector<std::string> words;
    words.push_back(panel.title.empty() ? curve.name : curve.name + ", " + panel.title);
    std::string where = chart.x_words.first + valueText(point->x) + chart.x_words.second;
    for (const StackedBar& bar : panel.bars) // a mark on a bar stands where the bar stands
        if (bar.x == point->x && !bar.group.empty()) where = bar.group + ", turn " + std::to_string(bar.turn);
    if (point->turn > 0) where = "turn " + std::to_string(point->turn) + ", " + where;
    words.push_back(std::move(where));
    words.push_back(chart.y_words.first + valueText(*point->y) + chart.y_words.second);
    if (curve.look.published) return words;
    if (curve.look.disturbed) {
        words.push_back("a single turn: something else used the machine");
        return words;
    }
    if (curve.look.running) {
        words.push_back("a single turn");
        return words;
    }
    std::string behind = behindIt(point->turns, point->n);
    if (point->low && point->high && *point->low < *point->high)
        behind += ", " + valueText(*point->low) + " to " + valueText(*point->high);
    words.push_back(std::move(behind));
    return words;
}

std::optional<PointRef> samePoint(const Chart& before, const PointRef& ref, const Chart& now) {
    if (before.id != now.id || !isPoint(before, ref)) return std::nullopt;
    const auto named = [&](const Chart& chart, const PointRef& at) {
        const ChartPanel& panel = chart.panels[at.panel];
        return panel.title + "/" + (at.curve ? panel.curves[*at.curve].name : std::string());
    };
    const std::string wanted = named(before, ref);
    const auto turnOf = [](const Chart& chart, const PointRef& at) {
        if (const StackedBar* bar = barAt(chart, at)) return double(bar->turn);
        const CurvePoint* point = pointAt(chart, at);
        return point->turn > 0 ? double(point->turn) : point->x;
    };
    const StackedBar* bar = barAt(before, ref);
    std::optional<PointRef> found; // of panels that are named alike the one in the same place
    for (const Track& track : tracksOf(now)) {
        if (named(now, track.first) != wanted) continue;
        for (std::size_t i = 0; i < track.points.size(); ++i) {
            const PointRef at = onTrack(track, i);
            const StackedBar* other = barAt(now, at);
            const bool sameBar =
                bar == nullptr || (other != nullptr && other->group == bar->group && other->running == bar->running);
            if (!sameBar || turnOf(now, at) != turnOf(before, ref)) continue;
            if (at.panel == ref.panel) return at;
            if (!found) found = at;
        }
    }
    return found;
}

std::optional<PointRef> stepped(const Chart& chart, const std::optional<PointRef>& from, PointStep step) {
    const std::vector<Track> tracks = tracksOf(chart);
    if (tracks.empty()) return std::nullopt;
    if (!from || !isPoint(chart, *from)) {
        const bool end = step == PointStep::Last || step == PointStep::Left;
        return onTrack(tracks.front(), end ? tracks.front().points.size() - 1 : 0);
    }
    std::size_t track = 0;
    while (track + 1 < tracks.size() && !(tracks[track].first.panel == from->panel && tracks[track].first.curve == from->curve))
        ++track;
    const auto& points = tracks[track].points;
    const std::size_t at = std::size_t(std::lower_bound(points.begin(), points.end(), from->point) - points.begin());
    switch (step) {
    case PointStep::Left: return onTrack(tracks[track], at > 0 ? at - 1 : 0);
    case PointStep::Right: return onTrack(tracks[track], std::min(at + 1, points.size() - 1));
    case PointStep::First: return onTrack(tracks[track], 0);
    case PointStep::Last: return onTrack(tracks[track], points.size() - 1);
    case PointStep::Up:
    case PointStep::Down: break;
    }
    // The tracks of this panel as they lie over each other at this x; beyond the last the next panel.
    const double x = xOf(chart, *from);
    struct Stop {
        PointRef ref;
        double y;
        std::size_t track;
    };
    std::vector<Stop> stops;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        if (tracks[i].first.panel != from->panel) continue;
        const PointRef ref = i == track ? *from : nearestByX(chart, tracks[i], x);
        stops.push_back({ref, yOf(chart, ref), i});
    }
    std::stable_sort(stops.begin(), stops.end(), [](const Stop& a, const Stop& b) { return a.y < b.y; });
    const auto here = std::find_if(stops.begin(), stops.end(), [&](const Stop& stop) { return stop.track == track; });
    if (step == PointStep::Up && here + 1 != stops.end()) return (here + 1)->ref;
    if (step == PointStep::Down && here != stops.begin()) return (here - 1)->ref;
    const std::size_t wanted = step == PointStep::Up ? from->panel + 1 : from->panel - 1;
    const auto beside = std::find_if(tracks.begin(), tracks.end(), [&](const Track& one) { return one.first.panel == wanted; });
    return beside == tracks.end() ? *from : nearestByX(chart, *beside, x);
}

} // namespace looptax
