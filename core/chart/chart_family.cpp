#include "chart/chart_family.h"

#include "base/text.h"

#include <algorithm>
#include <map>

namespace looptax {

namespace {

// Above this, two targets in one picture cannot be told apart and each gets a panel of its own.
constexpr std::size_t kMostCurvesTogether = 8;

int variantOf(const SourceCurve& curve) { return curve.padding.value_or(curve.cap.value_or(0)); }

bool tellTargets(const ChartFamily& family) { return family.targets().size() > 1 && !family.panel_a_target; }

std::string joinedTargets(const ChartFamily& family) {
    std::vector<std::string> parts;
    for (const std::size_t i : family.targets()) {
        const SourceTarget& target = family.source->targets[i];
        std::string text = target.id + ": " + (target.model.empty() ? std::string("model unknown") : target.model) + " on " +
                           std::string(name(target.kind));
        if (!target.build.empty()) text += " " + target.build;
        parts.push_back(std::move(text));
    }
    return joined(parts, "; ") + " · cache " + std::string(name(family.mode));
}

bool anyMixed(const ChartFamily& family) {
    for (const SourceCurve* curve : family.curves)
        for (const SourceTurn& turn : curve->turns)
            if (turn.mixed) return true;
    return false;
}

} // namespace

std::vector<int> ChartFamily::variants(const std::string& design) const {
    std::vector<int> found;
    for (const SourceCurve* curve : curves) {
        const int value = variantOf(*curve);
        if (curve->design == design && std::find(found.begin(), found.end(), value) == found.end()) found.push_back(value);
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::vector<std::size_t> ChartFamily::targets() const {
    std::vector<std::size_t> found;
    for (const SourceCurve* curve : curves)
        if (std::find(found.begin(), found.end(), curve->target) == found.end()) found.push_back(curve->target);
    return found;
}

ChartFamily familyOf(const ChartSource& source, CacheMode mode, std::optional<std::size_t> target) {
    ChartFamily family;
    family.source = &source;
    family.mode = mode;
    for (const SourceCurve& curve : source.curves)
        if (curve.cache_mode == mode && curve.target < source.targets.size() && (!target || curve.target == *target))
            family.curves.push_back(&curve);
    family.panel_a_target = family.targets().size() > 1 && family.curves.size() > kMostCurvesTogether;
    return family;
}

bool sameCurve(const SourceCurve& a, const SourceCurve& b) {
    return a.target == b.target && a.design == b.design && a.cap == b.cap && a.padding == b.padding &&
           a.cache_mode == b.cache_mode;
}

const SourceRun* runningOf(const ChartFamily& family, const ChartRequest& request) {
    if (!request.running || !family.source->running) return nullptr;
    const SourceRun& run = *family.source->running;
    const auto ours = [&](const SourceCurve* curve) { return sameCurve(*curve, run.curve); };
    return std::any_of(family.curves.begin(), family.curves.end(), ours) ? &run : nullptr;
}

std::string runningLabel(const ChartFamily& family, const SourceRun& run) {
    return (family.source->live ? "now running, single turns in no median yet: " : "cut short, single turns in no median: ") +
           nameOf(family, run.curve) + ", repeat " + std::to_string(run.repeat);
}

std::string briefRunningLabel(const ChartFamily& family, const SourceRun& run) {
    return (family.source->live ? "now, single turns: " : "cut short, single turns: ") + briefNameOf(family, run.curve);
}

int dashOf(const ChartSource& source, std::size_t target) {
    std::vector<int> taken;
    for (std::size_t i = 0; i <= target; ++i) {
        int dash = source.targets[i].kind == TargetKind::LlamaServer ? 0 : source.targets[i].kind == TargetKind::Ollama ? 1 : 2;
        for (int next = 0; std::find(taken.begin(), taken.end(), dash) != taken.end(); ++next) dash = next;
        taken.push_back(dash);
    }
    return taken.back();
}

CurveLook lookOf(const ChartFamily& family, const SourceCurve& curve) {
    const std::vector<int> values = family.variants(curve.design);
    const int value = variantOf(curve);
    CurveLook look;
    look.design = curve.design;
    look.variant = int(std::find(values.begin(), values.end(), value) - values.begin());
    look.variants = int(values.size());
    look.dash = family.panel_a_target ? 0 : dashOf(*family.source, curve.target);
    return look;
}

std::string countText(int least, int most) {
    return least == most ? "n=" + std::to_string(least) : "n=" + std::to_string(least) + "–" + std::to_string(most);
}

std::string nameOf(const ChartFamily& family, const SourceCurve& curve) {
    std::string name = curve.design + " " + curve.design_name;
    if (curve.cap) name += ", cap " + std::to_string(*curve.cap);
    if (curve.padding) name += ", padding " + std::to_string(*curve.padding);
    if (tellTargets(family)) name += ", " + family.source->targets[curve.target].id;
    return name;
}

std::string briefNameOf(const ChartFamily& family, const SourceCurve& curve) {
    const bool several = family.variants(curve.design).size() > 1;
    std::string name = curve.design + " " + curve.design_name;
    if (several && curve.padding) name = curve.design + " padding " + std::to_string(*curve.padding);
    if (several && curve.cap) name = curve.design + " cap " + std::to_string(*curve.cap);
    if (tellTargets(family)) name += ", " + family.source->targets[curve.target].id;
    return name;
}

std::string tagOf(const ChartFamily& family, const SourceCurve& curve) {
    std::string tag = curve.design;
    if (family.variants(curve.design).size() > 1) {
        if (curve.cap) tag += " c" + std::to_string(*curve.cap);
        if (curve.padding) tag += " p" + std::to_string(*curve.padding);
    }
    if (tellTargets(family)) tag += " " + family.source->targets[curve.target].id.substr(0, 10);
    return tag;
}

std::string countOf(const ChartFamily& family, const SourceCurve& curve, const Metric& metric) {
    int least = 0, most = 0;
    for (const SourceCurve* other : family.curves) {
        if (other->design != curve.design || other->cap != curve.cap || other->padding != curve.padding) continue;
        if (other->target != curve.target && !family.panel_a_target) continue;
        for (const SourceTurn& turn : other->turns)
            if (const auto& spread = metric(turn)) {
                least = least == 0 ? spread->n : std::min(least, spread->n);
                most = std::max(most, spread->n);
            }
    }
    return countText(least, most);
}

std::string streamNote(const ChartFamily& family, const SourceRun* running) {
    std::map<std::size_t, StreamCounts> targets;
    for (const SourceCurve* curve : family.curves) targets[curve->target] += curve->streams;
    if (running != nullptr) targets[running->curve.target] += running->curve.streams;
    std::vector<std::string> sentences;
    for (const auto& [target, counts] : targets) {
        const auto of = [&](int turns) {
            const std::string& id = family.source->targets[target].id;
            return turns == counts.known() ? id
                                           : std::to_string(turns) + " of " + std::to_string(counts.known()) + " turns of " + id;
        };
        if (counts.chunked > 0)
            sentences.push_back("Chunked stream: TTFT of " + of(counts.chunked) +
                                " is that of the first chunk of several tokens.");
        if (counts.buffered > 0)
            sentences.push_back("No TTFT of " + of(counts.buffered) + ": the reply was held back and sent at once.");
    }
    return joined(sentences, " ");
}

Chart blankChart(const ChartFamily& family, const std::string& id, const std::string& title) {
    Chart chart;
    chart.id = id;
    if (!family.source->cache_modes.empty() && family.mode != family.source->cache_modes.front())
        chart.id += "_" + std::string(name(family.mode));
    chart.title = title;
    const auto targets = family.targets();
    if (std::any_of(targets.begin(), targets.end(), [&](std::size_t i) { return family.source->targets[i].simulated; }))
        chart.title += " (simulated)";
    chart.subtitle = joinedTargets(family);
    chart.x_title = "turn";
    return chart;
}

void addNotes(Chart& chart, const ChartFamily& family, std::vector<std::string> first) {
    chart.notes = std::move(first);
    bool overlay = false, disturbed = false;
    for (const ChartPanel& panel : chart.panels)
        for (const Curve& curve : panel.curves) {
            overlay = overlay || curve.look.published;
            disturbed = disturbed || curve.look.disturbed;
        }
    if (disturbed)
        chart.notes.push_back(
            "Hollow stars: single turns that were disturbed, because something else used the machine; the medians count them.");
    if (overlay)
        chart.notes.push_back("Dotted and hollow: published values, one a turn and without spread, from "
                              "another machine and model.");
    if (anyMixed(family))
        chart.notes.push_back("At some turns the blocks did not agree on what was cached; drawn is the more frequent case.");
    if (family.mode == CacheMode::Natural)
        chart.notes.push_back("Cache natural: turn 1 depends on what ran before it and is left out.");
    std::string from = "Session " + family.source->session;
    if (!family.source->measured_by.empty()) from += ", measured by looptax " + family.source->measured_by;
    chart.notes.push_back(from + ".");
}

} // namespace looptax
