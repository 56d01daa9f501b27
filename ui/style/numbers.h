// How numbers are written in the window: one place for digits and units. Absent is an empty text, never 0.
#pragma once

#include <QString>

#include <cstdint>
#include <optional>

namespace looptax {

QString countText(std::optional<std::int64_t> value);              // "12345"
std::optional<double> msOf(const std::optional<std::int64_t>& ns); // nanoseconds, as the journal has them
QString msText(std::optional<double> milliseconds);                // "0.42", "12.3", "1046"
QString rateText(std::optional<double> perSecond);                 // "62.8"
inline QString notReported() { return QStringLiteral("not reported"); }

} // namespace looptax
