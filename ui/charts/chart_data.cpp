#include "ui/charts/chart_data.h"

#include "base/text.h"

#include <algorithm>

namespace looptax {

bool isEmpty(const Chart& chart) {
    return std::all_of(chart.panels.begin(), chart.panels.end(), [](const ChartPanel& panel) {
        const auto blank = [](const Curve& curve) {
            return curve.look.published || std::none_of(curve.points.begin(), curve.points.end(),
                                                        [](const CurvePoint& p) { return p.y.has_value(); });
        };
        return panel.bars.empty() && std::all_of(panel.curves.begin(), panel.curves.end(), blank);
    });
}

std::string describe(const Chart& chart) {
    const auto number = [](double value) {
        return fixedText(value, value == double(std::int64_t(value)) ? 0 : 1);
    };
    std::string text = chart.title;
    if (!chart.subtitle.empty()) text += ". " + chart.subtitle;
    text += ". " + chart.y_title + " over " + chart.x_title + ".";
    for (const ChartPanel& panel : chart.panels) {
        for (const Curve& curve : panel.curves) {
            text += "\n" + (panel.title.empty() ? curve.label : panel.title + ", " + curve.label) + ":";
            for (const CurvePoint& point : curve.points) {
                text += " " + number(point.x) + ": ";
                if (!point.y) {
                    text += "absent;";
                    continue;
                }
                text += number(*point.y);
                if (point.low && point.high && *point.low < *point.high)
                    text += " (" + number(*point.low) + " to " + number(*point.high) + ")";
                text += ";";
            }
        }
        if (panel.bars.empty()) continue;
        text += "\n" + panel.title + ", cached + processed:";
        for (const StackedBar& bar : panel.bars)
            text += " " + number(bar.x) + ": " + number(bar.cached) + " + " + number(bar.processed) + ";";
    }
    return text;
}

} // namespace looptax
