#include "chart/chart_data.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

bool isEmpty(const Chart& chart) {
    return std::all_of(chart.panels.begin(), chart.panels.end(), [](const ChartPanel& panel) {
        const auto blank = [](const Curve& curve) {
            return curve.look.published ||
                   std::none_of(curve.points.begin(), curve.points.end(), [](const CurvePoint& p) { return p.y.has_value(); });
        };
        return panel.bars.empty() && std::all_of(panel.curves.begin(), panel.curves.end(), blank);
    });
}

double partHeight(const ChartPanel& panel, const StackedBar& bar, std::size_t part) {
    if (part >= bar.parts.size() || part >= panel.bar_parts.size()) return 0;
    return panel.hidden_parts.count(panel.bar_parts[part].id) > 0 ? 0 : bar.parts[part];
}

double barHeight(const ChartPanel& panel, const StackedBar& bar) {
    double height = 0;
    for (std::size_t part = 0; part < bar.parts.size(); ++part) height += partHeight(panel, bar, part);
    return height;
}

const std::vector<BarPart>& barPartsOf(const Chart& chart) {
    static const std::vector<BarPart> kNone;
    const auto with =
        std::find_if(chart.panels.begin(), chart.panels.end(), [](const ChartPanel& panel) { return !panel.bar_parts.empty(); });
    return with == chart.panels.end() ? kNone : with->bar_parts;
}

std::string valueText(double value) { return fixedText(value, value == double(std::int64_t(value)) ? 0 : 1); }

namespace {

std::string wordsOf(const CurvePoint& point) {
    std::string text = " " + valueText(point.x) + ": ";
    if (!point.y) return text + "absent;";
    text += valueText(*point.y);
    if (point.low && point.high && *point.low < *point.high)
        text += " (" + valueText(*point.low) + " to " + valueText(*point.high) + ")";
    return text + ";";
}

std::string wordsOf(const StackedBar& bar) {
    const std::string group = bar.group.empty() ? std::string() : bar.group + " turn ";
    std::vector<std::string> parts;
    for (const double part : bar.parts) parts.push_back(valueText(part));
    return " " + group + valueText(bar.group.empty() ? bar.x : bar.turn) + ": " + joined(parts, " + ") +
           (bar.running ? " (run in progress);" : ";");
}

template <class Values> std::string listed(const Values& values, std::size_t most) {
    const std::size_t kept = std::max<std::size_t>(2, most) / 2;
    const bool all = values.size() <= most;
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!all && i == kept) {
            i = values.size() - kept;
            text += " ... " + std::to_string(i - kept) + " more ...";
        }
        text += wordsOf(values[i]);
    }
    return text;
}

} // namespace

std::string describe(const Chart& chart, std::size_t mostPoints) {
    std::string text = chart.title;
    if (!chart.subtitle.empty()) text += ". " + chart.subtitle;
    text += ". " + chart.y_title + " over " + chart.x_title + ".";
    for (const ChartPanel& panel : chart.panels) {
        for (const Curve& curve : panel.curves) {
            const std::string& which = curve.look.disturbed ? curve.name : curve.label; // in the legend one entry serves all
            text += "\n" + (panel.title.empty() ? which : panel.title + ", " + which) + ":" + listed(curve.points, mostPoints);
        }
        if (panel.bars.empty()) continue;
        std::vector<std::string> parts;
        for (const BarPart& part : panel.bar_parts) parts.push_back(part.terse);
        text += "\n" + panel.title + ", " + joined(parts, " + ") + ":" + listed(panel.bars, mostPoints);
    }
    return text;
}

} // namespace looptax
