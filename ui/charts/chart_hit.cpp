#include "ui/charts/chart_hit.h"

#include <cmath>

namespace looptax {

namespace {

constexpr double kReach = 28;         // px
constexpr double kRunningShare = 0.3; // of a bar's place that the narrow one takes

// Anywhere on a bar is on it, and a little above its top.
bool onBar(const Chart& chart, const ChartPanels& panels, const PointRef& ref, const StackedBar& bar, const QPointF& place) {
    const auto top = placeOfPoint(chart, panels, ref);
    const auto beside = panels.position(ref.panel, bar.x + 0.5, 0);
    if (!top || !beside) return false;
    const double half = (beside->x() - top->x()) * (bar.running ? kRunningShare : 1);
    return std::fabs(place.x() - top->x()) <= half && place.y() >= top->y() - kReach;
}

} // namespace

std::optional<std::size_t> panelAt(const ChartPanels& panels, const QPointF& place) {
    for (std::size_t i = 0; i < panels.count(); ++i)
        if (panels.clip(i).adjusted(-6, -6, 6, 6).contains(place)) return i;
    return std::nullopt;
}

std::optional<QPointF> placeOfPoint(const Chart& chart, const ChartPanels& panels, const PointRef& ref) {
    if (!isPoint(chart, ref) || ref.panel >= panels.count()) return std::nullopt;
    const auto at = panels.position(ref.panel, xOf(chart, ref), yOf(chart, ref));
    if (!at || !panels.clip(ref.panel).adjusted(-2, -2, 2, 2).contains(*at)) return std::nullopt;
    return at;
}

std::optional<PointRef> pointNear(const Chart& chart, const ChartPanels& panels, const QPointF& place) {
    const auto panel = panelAt(panels, place);
    if (!panel || *panel >= chart.panels.size()) return std::nullopt;
    const ChartPanel& shown = chart.panels[*panel];
    std::optional<PointRef> best;
    for (std::size_t i = 0; i < shown.bars.size(); ++i)
        if (const PointRef ref{*panel, std::nullopt, i}; onBar(chart, panels, ref, shown.bars[i], place)) best = ref;
    double least = kReach;
    for (std::size_t c = 0; c < shown.curves.size(); ++c)
        for (std::size_t i = 0; i < shown.curves[c].points.size(); ++i) {
            const PointRef ref{*panel, c, i};
            const auto at = placeOfPoint(chart, panels, ref);
            if (!at) continue;
            // Later curves lie on top: where two meet, theirs is the point that is seen.
            const double away = std::hypot(at->x() - place.x(), at->y() - place.y());
            if (away > least) continue;
            least = away;
            best = ref;
        }
    return best;
}

} // namespace looptax
