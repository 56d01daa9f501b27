#include "ui/charts/chart_makers.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

constexpr double kGroupGap = 1; // empty places between the paddings of a panel

bool speaks(const SourceTurn& turn) {
    return turn.cached_tokens && turn.processed_tokens;
}

StackedBar barOf(const SourceTurn& turn, double x, const std::string& group) {
    StackedBar bar;
    bar.x = x;
    bar.cached = turn.cached_tokens->median;
    bar.processed = turn.processed_tokens->median;
    bar.n = turn.processed_tokens->n;
    bar.turn = turn.turn;
    bar.group = group;
    bar.row = turn.row;
    return bar;
}

struct Group { // of one padding or cap
    const SourceCurve* curve = nullptr;
    const SourceRun* running = nullptr;
};

std::string markOf(const SourceCurve& curve) {
    return curve.padding ? "p" + std::to_string(*curve.padding) : "c" + std::to_string(curve.cap.value_or(0));
}
std::string wordsOf(const SourceCurve& curve) {
    return curve.padding ? "padding " + std::to_string(*curve.padding)
                         : "cap " + std::to_string(curve.cap.value_or(0));
}

void fill(ChartPanel& panel, const std::vector<Group>& groups, bool grouped) {
    double end = 0; // of the bars so far
    for (const Group& group : groups) {
        const double offset = grouped && end > 0 ? end + kGroupGap : 0;
        const std::string words = grouped ? wordsOf(*group.curve) : std::string();
        std::set<int> turns;
        for (const SourceTurn& turn : group.curve->turns) {
            if (!speaks(turn)) continue;
            panel.bars.push_back(barOf(turn, offset + turn.turn, words));
            turns.insert(turn.turn);
        }
        if (group.running != nullptr)
            for (const SourceTurn& turn : group.running->curve.turns) {
                if (!speaks(turn)) continue;
                panel.bars.push_back(barOf(turn, offset + turn.turn, words));
                panel.bars.back().running = true;
                turns.insert(turn.turn);
            }
        if (turns.empty()) continue;
        end = offset + *turns.rbegin();
        if (grouped)
            panel.x_labels.push_back(
                {offset + (*turns.begin() + *turns.rbegin()) / 2.0, markOf(*group.curve)});
    }
}

} // namespace

std::vector<std::string> silentTargets(const ChartFamily& family) {
    std::vector<std::string> silent;
    for (const std::size_t target : family.targets()) {
        bool any = false, says = false;
        for (const SourceCurve* curve : family.curves) {
            if (curve->target != target) continue;
            any = any || !curve->turns.empty();
            says = says || std::any_of(curve->turns.begin(), curve->turns.end(), speaks);
        }
        if (any && !says) silent.push_back(family.source->targets[target].id);
    }
    return silent;
}

Chart barsByTurn(const ChartFamily& family, const ChartRequest& request) {
    Chart chart =
        blankChart(family, "cached_processed_by_turn", "Prompt tokens by turn: cached and processed");
    chart.y_title = "prompt tokens (runtime's count)";
    chart.y_brief = "prompt tokens";
    chart.bars_key = true;
    const SourceRun* run = runningOf(family, request);
    if (run != nullptr) {
        chart.running_key = runningLabel(family, *run);
        chart.running_brief = briefRunningLabel(family, *run);
    }
    std::vector<std::pair<std::size_t, std::string>> places; // target and design, in the order of the curves
    std::map<std::pair<std::size_t, std::string>, std::vector<Group>> groups;
    for (const SourceCurve* curve : family.curves) {
        const std::pair key{curve->target, curve->design};
        if (groups.find(key) == groups.end()) places.push_back(key);
        const bool now = run != nullptr && sameCurve(run->curve, *curve);
        groups[key].push_back({curve, now ? run : nullptr});
    }
    for (const auto& key : places) {
        const SourceCurve& first = *groups[key].front().curve;
        ChartPanel panel;
        panel.title = first.design + " " + first.design_name;
        if (family.targets().size() > 1)
            panel.title = first.design + ", " + family.source->targets[first.target].id;
        panel.bar_look.design = first.design;
        fill(panel, groups[key], family.variants(first.design).size() > 1);
        if (!panel.bars.empty()) chart.panels.push_back(std::move(panel));
    }
    return chart;
}

} // namespace looptax
