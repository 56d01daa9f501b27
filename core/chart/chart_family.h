// The curves of one cache mode, and what they are called and look like beside each other: a target is named
// only where there are several, a padding only where it tells two curves apart.
#pragma once

#include "chart/chart_data.h"
#include "chart/chart_model.h"
#include "chart/chart_source.h"

#include <functional>
#include <string>
#include <vector>

namespace looptax {

using Metric = std::function<const std::optional<Spread>&(const SourceTurn&)>;

struct ChartFamily {
    const ChartSource* source = nullptr;
    CacheMode mode = CacheMode::RunIsolated;
    std::vector<const SourceCurve*> curves;
    bool panel_a_target = false; // two targets in one picture would be too many curves

    std::vector<int> variants(const std::string& design) const; // its caps or paddings, ascending
    std::vector<std::size_t> targets() const;                   // that have curves
};

// All curves of the mode, planned ones without a turn too: what a curve is called and how it looks must not
// change while others arrive. target: that one alone.
ChartFamily familyOf(const ChartSource& source, CacheMode mode, std::optional<std::size_t> target);

// Both are of the same target, design, cap, padding and cache mode.
bool sameCurve(const SourceCurve& a, const SourceCurve& b);
// The run that has not ended, where it was asked for and is of this family; else null.
const SourceRun* runningOf(const ChartFamily& family, const ChartRequest& request);
std::string runningLabel(const ChartFamily& family, const SourceRun& run);
std::string briefRunningLabel(const ChartFamily& family, const SourceRun& run);

// The plan's targets differ by dash: solid for llama.cpp, dashed for Ollama, the next free pattern for a
// second one.
int dashOf(const ChartSource& source, std::size_t target);
CurveLook lookOf(const ChartFamily& family, const SourceCurve& curve);
std::string nameOf(const ChartFamily& family, const SourceCurve& curve);      // "D padded state, padding 3"
std::string briefNameOf(const ChartFamily& family, const SourceCurve& curve); // "D padding 3"
std::string tagOf(const ChartFamily& family, const SourceCurve& curve);       // "D p3"
// "n=5", "n=4–5": blocks behind the points of the curves that share this one's entry in the legend.
std::string countOf(const ChartFamily& family, const SourceCurve& curve, const Metric& metric);
std::string countText(int least, int most);

// What the kinds of stream take from the times to first token, by target; empty where every token came by itself. One
// note, since a chart in the window shows its first one only. running: of runningOf(); may be null.
std::string streamNote(const ChartFamily& family, const SourceRun* running);

// File name, title and subtitle.
Chart blankChart(const ChartFamily& family, const std::string& id, const std::string& title);
// Adds what must be said of every chart of the family after what is said of this one.
void addNotes(Chart& chart, const ChartFamily& family, std::vector<std::string> first);

} // namespace looptax
