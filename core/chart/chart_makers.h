// The kinds of chart that chart_model.h puts together, one function a kind. Each starts from a family and
// leaves the notes to its caller.
#pragma once

#include "chart/chart_family.h"
#include "chart/chart_model.h"

#include <functional>

namespace looptax {

using PublishedMetric = std::optional<double> PublishedRow::*;

// What goes up in a chart of curves.
struct Quantity {
    std::string id;    // "ttft"
    std::string title; // "Time to first token"
    std::string unit;  // of the y axis
    std::string brief; // the same where there is little room
    Metric metric;
    PublishedMetric published = nullptr;       // absent: the study did not measure it
    std::pair<std::string, std::string> words; // before and after a value: "TTFT ", " ms"
    bool disturbable = false;                  // a time: turns that were disturbed are marked
};
Quantity quantityOf(const ChartRequest& request); // of Ttft and Context
Quantity contextTokens(bool promptTokens);

Chart curvesByTurn(const ChartFamily& family, const Quantity& y, const ChartRequest& request);
// A point a turn at the tokens that were measured there; joined where they grow from turn to turn.
Chart curvesByTokens(const ChartFamily& family, const Quantity& y, const ChartRequest& request);
Chart curvesByPadding(const ChartFamily& family, const Quantity& y, const ChartRequest& request);
// One panel a target and design; the paddings (or caps) of a design stand side by side in it.
Chart barsByTurn(const ChartFamily& family, const ChartRequest& request);
// The same panels, with what the time to first token of each turn is made of, beside the time itself.
Chart splitByTurn(const ChartFamily& family);

// The disturbed turns of one curve, each by itself, where they stand along x; without points where it has none. tellTurn: x does
// not.
using PlaceOf = std::function<std::optional<double>(const SourceTurn&)>;
Curve disturbedCurve(const ChartFamily& family, const SourceCurve& source, const PlaceOf& place, bool tellTurn = false);

// Targets with turns none of which says what was cached.
std::vector<std::string> silentTargets(const ChartFamily& family);

} // namespace looptax
