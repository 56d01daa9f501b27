#include "chart/chart_makers.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

constexpr double kGroupGap = 1; // empty places between the paddings of a panel

// What the bars of a chart show.
struct BarKind {
    std::vector<BarPart> parts;
    // Absent where the turn does not have them all.
    std::optional<StackedBar> (*bar)(const SourceTurn&) = nullptr;
    bool marks_ttft = false;
};

std::optional<StackedBar> tokensOf(const SourceTurn& turn) {
    if (!turn.cached_tokens || !turn.processed_tokens) return std::nullopt;
    StackedBar bar;
    bar.parts = {turn.cached_tokens->median, turn.processed_tokens->median};
    bar.n = turn.processed_tokens->n;
    // What was computed is what a bar is looked at for; the tokens of a prompt hardly differ from run to run.
    bar.row = turn.processed_tokens->row;
    bar.turns = turn.processed_tokens->turns;
    return bar;
}

std::optional<StackedBar> timesOf(const SourceTurn& turn) {
    if (!turn.split) return std::nullopt;
    const SourceSplit& split = *turn.split;
    StackedBar bar;
    bar.parts = {split.outside, split.fixed, split.new_message, split.attention, split.reread};
    bar.n = split.n;
    if (!turn.ttft_ms) return bar;
    bar.row = turn.ttft_ms->row;
    if (turn.ttft_ms->n == split.n) bar.turns = turn.ttft_ms->turns; // else some of them have no split
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
    return curve.padding ? "padding " + std::to_string(*curve.padding) : "cap " + std::to_string(curve.cap.value_or(0));
}

void fill(ChartPanel& panel, const ChartFamily& family, const std::vector<Group>& groups, bool grouped, const BarKind& kind) {
    double end = 0; // of the bars so far
    std::vector<Curve> disturbed;
    for (const Group& group : groups) {
        const double offset = grouped && end > 0 ? end + kGroupGap : 0;
        std::set<int> turns;
        const auto add = [&](const SourceTurn& turn, bool running) {
            auto bar = kind.bar(turn);
            if (!bar) return;
            bar->x = offset + turn.turn;
            bar->turn = turn.turn;
            bar->group = grouped ? wordsOf(*group.curve) : std::string();
            bar->running = running;
            panel.bars.push_back(std::move(*bar));
            turns.insert(turn.turn);
        };
        for (const SourceTurn& turn : group.curve->turns) add(turn, false);
        if (group.running != nullptr)
            for (const SourceTurn& turn : group.running->curve.turns) add(turn, true);
        if (turns.empty()) continue;
        end = offset + *turns.rbegin();
        if (grouped) panel.x_labels.push_back({offset + (*turns.begin() + *turns.rbegin()) / 2.0, markOf(*group.curve)});
        if (!kind.marks_ttft) continue;
        if (panel.curves.empty()) panel.curves.emplace_back();
        for (const SourceTurn& turn : group.curve->turns)
            if (turn.ttft_ms && turns.count(turn.turn) > 0) {
                const Spread& ttft = *turn.ttft_ms;
                panel.curves.back().points.push_back(
                    {offset + turn.turn, ttft.median, ttft.low, ttft.high, ttft.n, 0, ttft.row, ttft.turns});
            }
        Curve marks = disturbedCurve(family, *group.curve, [&](const SourceTurn& turn) {
            return turns.count(turn.turn) > 0 ? std::optional<double>(offset + turn.turn) : std::nullopt;
        });
        if (!marks.points.empty()) disturbed.push_back(std::move(marks));
    }
    for (Curve& curve : disturbed) panel.curves.push_back(std::move(curve));
}

// One panel a target and design; the paddings (or caps) of a design stand side by side in it.
std::vector<ChartPanel> panelsOf(const ChartFamily& family, const SourceRun* run, const BarKind& kind) {
    std::vector<std::pair<std::size_t, std::string>> places; // target and design, in the order of the curves
    std::map<std::pair<std::size_t, std::string>, std::vector<Group>> groups;
    for (const SourceCurve* curve : family.curves) {
        const std::pair key{curve->target, curve->design};
        if (groups.find(key) == groups.end()) places.push_back(key);
        const bool now = run != nullptr && sameCurve(run->curve, *curve);
        groups[key].push_back({curve, now ? run : nullptr});
    }
    std::vector<ChartPanel> panels;
    for (const auto& key : places) {
        const SourceCurve& first = *groups[key].front().curve;
        ChartPanel panel;
        panel.title = first.design + " " + first.design_name;
        if (family.targets().size() > 1) panel.title = first.design + ", " + family.source->targets[first.target].id;
        panel.bar_look.design = first.design;
        panel.bar_parts = kind.parts;
        fill(panel, family, groups[key], family.variants(first.design).size() > 1, kind);
        if (!panel.bars.empty()) panels.push_back(std::move(panel));
    }
    return panels;
}

} // namespace

std::vector<std::string> silentTargets(const ChartFamily& family) {
    std::vector<std::string> silent;
    for (const std::size_t target : family.targets()) {
        bool any = false, says = false;
        for (const SourceCurve* curve : family.curves) {
            if (curve->target != target) continue;
            any = any || !curve->turns.empty();
            says = says || std::any_of(curve->turns.begin(), curve->turns.end(),
                                       [](const SourceTurn& turn) { return tokensOf(turn).has_value(); });
        }
        if (any && !says) silent.push_back(family.source->targets[target].id);
    }
    return silent;
}

Chart barsByTurn(const ChartFamily& family, const ChartRequest& request) {
    Chart chart = blankChart(family, "cached_processed_by_turn", "Prompt tokens by turn: cached and processed");
    chart.y_title = "prompt tokens (runtime's count)";
    chart.y_brief = "prompt tokens";
    chart.bar_unit = "prompt tokens";
    const SourceRun* run = runningOf(family, request);
    if (run != nullptr) {
        chart.running_key = runningLabel(family, *run);
        chart.running_brief = briefRunningLabel(family, *run);
    }
    const BarKind kind{{{"cached", "cached (reused from before)", "cached", BarTone::DesignLight},
                        {"processed", "processed (computed for this turn)", "processed", BarTone::Design}},
                       tokensOf};
    chart.panels = panelsOf(family, run, kind);
    return chart;
}

Chart splitByTurn(const ChartFamily& family) {
    Chart chart = blankChart(family, "ttft_split_by_turn", "Time to first token by turn, split");
    chart.y_title = "TTFT (ms)";
    chart.bar_unit = "ms";
    chart.y_words = {"TTFT ", " ms"};
    const BarKind kind{{{"outside", "outside the model (queue, template, network)", "outside", BarTone::Outside},
                        {"fixed", "fixed cost of a prompt", "fixed", BarTone::Fixed},
                        {"new", "new message", "new", BarTone::NewMessage},
                        {"attention", "attention over the context", "attention", BarTone::Attention},
                        {"reread", "re-reading", "re-read", BarTone::Reread}},
                       timesOf,
                       true};
    chart.panels = panelsOf(family, nullptr, kind);
    int least = 0, most = 0;
    for (const ChartPanel& panel : chart.panels)
        for (const Curve& curve : panel.curves)
            for (const CurvePoint& point : curve.points) {
                if (curve.look.disturbed) continue;
                least = least == 0 ? point.n : std::min(least, point.n);
                most = std::max(most, point.n);
            }
    for (ChartPanel& panel : chart.panels)
        for (Curve& curve : panel.curves) {
            if (curve.look.disturbed) continue;
            curve.name = curve.brief = curve.label = "measured TTFT";
            curve.terse = "TTFT";
            if (most > 0)
                for (std::string* words : {&curve.terse, &curve.brief, &curve.label})
                    *words += " (" + countText(least, most) + ")";
            curve.look.over_bars = true;
            curve.joined = false;
            curve.whiskers = true;
        }
    return chart;
}

} // namespace looptax
