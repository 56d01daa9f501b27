// What a chart shows, as plain values: no colour, no widget, no chart library. Made from a session by
// chart_model.h, drawn by ChartAdapter and ChartSheet. Units stand in the axis titles; an absent number is a
// gap.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace looptax {

struct CurvePoint {
    double x = 0;
    std::optional<double> y; // absent: the line is broken here
    std::optional<double> low;
    std::optional<double> high; // the band, min to max
    int n = 0;                  // blocks behind y
    int turn = 0;               // where x is another quantity; 0: x says it all
    std::optional<int> row;     // of the store's turns: of those behind it the nearest to y
    int turns = 0;              // behind it; 0: nobody knows
    bool operator==(const CurvePoint&) const = default;
};

// Colour and marker follow the design, the shade its variant, the dash the target.
struct CurveLook {
    std::string design; // "A"; decides colour and marker
    int variant = 0;    // k-th cap or padding of this design and how many there are
    int variants = 1;
    int dash = 0;           // 0 solid, 1 dashed, ...
    bool published = false; // lighter, thinner, hollow
    bool running = false;   // turns of a run that has not ended: small marks of their own
    bool over_bars = false; // measured values on bars of any colour: neutral marks with a core
    bool disturbed = false; // single turns during which something else used the machine: hollow stars
    bool operator==(const CurveLook&) const = default;
};

struct Curve {
    std::string name;  // "A full context": the same while n grows
    std::string terse; // where there is hardly any: "D p3 (n=5)"
    std::string brief; // where there is little room: "D padding 3 (n=5)"
    std::string label; // for the legend: "A full context (n=5)"
    std::string tag;   // written at the end of the line: "A", "D p9"; empty: none
    CurveLook look;
    std::vector<CurvePoint> points; // ascending x
    bool joined = true;             // false: markers only
    bool whiskers = false;          // the spread as a bar at each point instead of a band
    bool operator==(const Curve&) const = default;
};

// How a part of a bar looks; the theme knows the colours. Design is the hue of the panel's design.
enum class BarTone { Design, DesignLight, Outside, Fixed, NewMessage, Attention, Reread };

struct BarPart {
    std::string id;    // "cached"
    std::string words; // for the legend: "cached (reused from before)"
    std::string terse; // where a value is read: "cached"
    BarTone tone = BarTone::Design;
    bool operator==(const BarPart&) const = default;
};

// One stacked bar.
struct StackedBar {
    double x = 0;
    std::vector<double> parts; // from below, one for each of the panel's bar_parts; never negative
    int n = 0;                 // blocks behind it
    int turn = 0;              // x may be shifted beside other paddings
    std::string group;         // the padding or cap it stands for, in words; empty: the panel has one only
    std::optional<int> row;    // of the store's turns: of those behind it the nearest
    int turns = 0;             // behind it; 0: nobody knows
    bool running = false;      // of a run that has not ended: a narrow bar of its own
    bool operator==(const StackedBar&) const = default;
};

struct ChartPanel {
    std::string title; // empty where the chart has one panel only
    std::vector<Curve> curves;
    std::vector<StackedBar> bars;
    std::vector<std::pair<double, std::string>> x_labels; // where given, instead of the numbers on the x axis
    std::vector<BarPart> bar_parts;                       // the same in all panels of a chart
    CurveLook bar_look;
    std::set<std::string> hidden_parts; // of the bars, by id: not drawn
    bool operator==(const ChartPanel&) const = default;
};

struct Chart {
    std::string id; // file name without ending: "ttft_by_turn"
    std::string title;
    std::string subtitle; // target, model, cache mode
    std::string x_title;
    std::string y_title;
    std::string y_brief;            // where the title has no room; empty: the title
    std::vector<ChartPanel> panels; // all on the same axes
    std::vector<std::string> notes; // how to read it, below the picture
    bool log_y = false;
    bool x_is_turn = false;                                   // a point's x is its turn
    bool x_from_zero = false;                                 // x is a quantity like y, not a count of turns
    std::pair<std::string, std::string> x_words{"turn ", ""}; // before and after a value, where one point is read
    std::pair<std::string, std::string> y_words;
    std::string bar_unit;    // of a whole bar, where one is read: "prompt tokens", "ms"
    std::string running_key; // and the narrow bars, where there are any
    std::string running_brief;
    bool operator==(const Chart&) const = default;
};

// The height of a part as it is drawn, 0 where hidden, and of the whole bar.
double partHeight(const ChartPanel& panel, const StackedBar& bar, std::size_t part);
double barHeight(const ChartPanel& panel, const StackedBar& bar);
// What the legend explains; empty where the chart has no bars.
const std::vector<BarPart>& barPartsOf(const Chart& chart);

// "1046", "57.3": as exact as anybody reads it.
std::string valueText(double value);

// True where there is nothing to draw.
bool isEmpty(const Chart& chart);

// The chart in words with its numbers, for screen readers and for the description inside the files. Of a
// curve with more points than mostPoints the first and the last few are said, and how many lie between.
std::string describe(const Chart& chart, std::size_t mostPoints = std::size_t(-1));

} // namespace looptax
