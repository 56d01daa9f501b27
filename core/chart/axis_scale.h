// Where an axis begins and ends and which values are written on it: steps of 1, 2 and 5 times a power of ten.
#pragma once

#include <string>
#include <vector>

namespace looptax {

struct AxisScale {
    double low = 0;
    double high = 1;
    std::vector<double> ticks;      // inside [low, high], ascending
    std::vector<std::string> texts; // one a tick; empty: tickText()
    bool log = false;
    bool whole = false; // ticks are whole numbers
    bool operator==(const AxisScale&) const = default;
};

// From zero up to a step above the largest value, with some air; about wanted steps.
AxisScale linearScale(double largest, int wanted = 6);
// Whole numbers (turns, paddings) with half a step of air at both ends; at most wanted labels.
AxisScale countScale(double smallest, double largest, int wanted = 16);
// Both must be above zero. Ticks at 1, 2, 5 within four decades, at powers of ten beyond.
AxisScale logScale(double smallest, double largest);

std::string tickText(double value); // "0.05", "100000", "2e+09"

// The axis is drawn linearly: of a logarithmic one the logarithm is taken here and the ticks carry the text.
double onAxis(const AxisScale& scale, double value);
double offAxis(const AxisScale& scale, double place);
bool holds(const AxisScale& scale, double value); // false for what has no logarithm

// The same axis with less written on it. Not for one that has names (texts) or is logarithmic.
AxisScale withFewerTicks(const AxisScale& scale, int wanted);
// A part of the axis with ticks of its own, from low to high in values. Named ticks keep their names.
AxisScale partOf(const AxisScale& scale, double low, double high, int wanted = 6);

} // namespace looptax
