#include "chart/axis_scale.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

// A step of 1, 2 or 5 times a power of ten, kept apart: 3 * 0.1 is not 0.3 in binary, 3 / 10 is.
struct Step {
    int digit = 1;
    int power = 0;
    double times(double k) const { return power < 0 ? k * digit / std::pow(10.0, -power) : k * digit * std::pow(10.0, power); }
};

// The smallest that is not below the value.
Step stepAbove(double value) {
    const int power = int(std::floor(std::log10(value)));
    for (const int digit : {1, 2, 5})
        if (Step{digit, power}.times(1) >= value * (1 - 1e-9)) return {digit, power};
    return {1, power + 1};
}

} // namespace

AxisScale linearScale(double largest, int wanted) {
    AxisScale scale;
    if (!(largest > 0) || !std::isfinite(largest)) largest = 1;
    const Step step = stepAbove(largest / wanted);
    const int steps = std::max(1, int(std::ceil(largest * 1.04 / step.times(1))));
    for (int k = 0; k <= steps; ++k) scale.ticks.push_back(step.times(k));
    scale.high = scale.ticks.back();
    return scale;
}

AxisScale countScale(double smallest, double largest, int wanted) {
    AxisScale scale;
    scale.whole = true;
    const double first = std::floor(smallest);
    const double last = std::max(first, std::ceil(largest));
    const double step = last - first < wanted ? 1.0 : stepAbove((last - first) / wanted).times(1);
    const double air = std::max(0.5, (last - first) * 0.04);
    scale.low = first - air;
    scale.high = last + air;
    // By twos from the first (1, 3, 5); by more from the first to the round numbers (1, 5, 10).
    double value = first;
    if (step > 2) {
        scale.ticks.push_back(first);
        value = std::ceil((first + step * 0.75) / step) * step;
    }
    for (; value <= last; value += step) scale.ticks.push_back(value);
    return scale;
}

AxisScale logScale(double smallest, double largest) {
    AxisScale scale;
    scale.log = true;
    if (!(smallest > 0)) smallest = 1;
    largest = std::max(largest, smallest);
    const bool wide = std::log10(largest / smallest) > 4;
    const int from = int(std::floor(std::log10(smallest))) - 1;
    const int to = int(std::ceil(std::log10(largest))) + 1;
    std::vector<double> all;
    for (int power = from; power <= to; ++power)
        for (const int digit : {1, 2, 5})
            if (digit == 1 || !wide) all.push_back(Step{digit, power}.times(1));
    const auto above = std::lower_bound(all.begin(), all.end(), largest * 1.02);
    auto below = std::upper_bound(all.begin(), all.end(), smallest * 0.98);
    if (below != all.begin()) --below;
    scale.ticks.assign(below, std::min(above + 1, all.end()));
    scale.low = scale.ticks.front();
    scale.high = scale.ticks.back();
    return scale;
}

std::string tickText(double value) {
    const double size = std::fabs(value);
    if (size != 0 && (size >= 1e9 || size < 1e-4)) return numberText(value);
    if (value == std::round(value)) return fixedText(value, 0); // the shortest text of 100000 is 1e+05
    return numberText(value);
}

double onAxis(const AxisScale& scale, double value) { return scale.log ? std::log10(value) : value; }

double offAxis(const AxisScale& scale, double place) { return scale.log ? std::pow(10.0, place) : place; }

bool holds(const AxisScale& scale, double value) { return std::isfinite(value) && (!scale.log || value > 0); }

AxisScale withFewerTicks(const AxisScale& scale, int wanted) {
    if (!scale.whole || scale.ticks.empty()) return partOf(scale, scale.low, scale.high, wanted);
    AxisScale fewer = scale;
    fewer.ticks = countScale(scale.ticks.front(), std::floor(scale.high), wanted).ticks;
    return fewer;
}

AxisScale partOf(const AxisScale& scale, double low, double high, int wanted) {
    AxisScale part;
    part.log = scale.log;
    part.whole = scale.whole;
    part.low = low;
    part.high = high;
    const auto add = [&](double tick) {
        if (tick >= low && tick <= high) part.ticks.push_back(tick);
    };
    if (!scale.texts.empty()) {
        for (std::size_t i = 0; i < scale.ticks.size() && i < scale.texts.size(); ++i)
            if (scale.ticks[i] >= low && scale.ticks[i] <= high) {
                part.ticks.push_back(scale.ticks[i]);
                part.texts.push_back(scale.texts[i]);
            }
        return part;
    }
    if (scale.log && high > low * 3) {
        const bool wide = std::log10(high / low) > 4;
        for (int power = int(std::floor(std::log10(low))); power <= int(std::ceil(std::log10(high))); ++power)
            for (const int digit : {1, 2, 5})
                if (digit == 1 || !wide) add(Step{digit, power}.times(1));
        return part;
    }
    Step step = stepAbove((high - low) / wanted);
    if (scale.whole && step.power < 0) step = {1, 0};
    for (double k = std::ceil(low / step.times(1) - 1e-9); step.times(k) <= high; ++k) add(step.times(k));
    return part;
}

} // namespace looptax
