// The data points of a chart as things to point at: which there are, which comes next, and what each says in
// words with its exact numbers.
#pragma once

#include "chart/chart_data.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct PointRef {
    std::size_t panel = 0;
    std::optional<std::size_t> curve; // absent: the panel's bars
    std::size_t point = 0;
    bool operator==(const PointRef&) const = default;
};

// Every point with a value, panel by panel, curve by curve, along x.
bool isPoint(const Chart& chart, const PointRef& ref);
double xOf(const Chart& chart, const PointRef& ref);
double yOf(const Chart& chart, const PointRef& ref);
// Of the store's turns: the one behind the point, of several the nearest to it. Absent where none is known.
std::optional<int> rowOf(const Chart& chart, const PointRef& ref);
bool isOneTurn(const Chart& chart, const PointRef& ref);
// A line each: whose it is, where it stands, the value, what stands behind it.
std::vector<std::string> wordsOf(const Chart& chart, const PointRef& ref);

// The same point in a newer state of the chart; absent where it is gone.
std::optional<PointRef> samePoint(const Chart& before, const PointRef& ref, const Chart& now);

enum class PointStep { Left, Right, Up, Down, First, Last };
// Left and Right along the curve, Up and Down to the curve above and below at the nearest x (then on to the
// panel beside). Where there is no further point the same one comes back; from nothing the first one.
std::optional<PointRef> stepped(const Chart& chart, const std::optional<PointRef>& from, PointStep step);

} // namespace looptax
