#include "ui/style/numbers.h"

#include <cmath>

namespace looptax {

namespace {

// Three figures that mean something, no exponent.
QString short3(double value) {
    const double size = std::abs(value);
    return QString::number(value, 'f', size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

} // namespace

QString countText(std::optional<std::int64_t> value) { return value ? QString::number(*value) : QString(); }
QString msText(std::optional<double> milliseconds) { return milliseconds ? short3(*milliseconds) : QString(); }
QString rateText(std::optional<double> perSecond) { return perSecond ? QString::number(*perSecond, 'f', 1) : QString(); }

std::optional<double> msOf(const std::optional<std::int64_t>& ns) {
    return ns ? std::optional<double>(double(*ns) / 1e6) : std::nullopt;
}

} // namespace looptax
