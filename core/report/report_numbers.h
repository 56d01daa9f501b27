// Numbers as a reader wants them: no digits that the measurement does not carry, and never "0" for what is
// absent or merely small.
#pragma once

#include "report/document.h"
#include "stats/summary.h"

#include <optional>
#include <string>

namespace looptax {

// From 100 on whole, from 10 on one decimal, below two; whole numbers stay whole. "" for NaN and infinities.
std::string rounded(double value);
std::string rounded(const std::optional<double>& value); // absent: ""

std::string medianText(const std::optional<MetricSummary>& metric); // absent: ""
// "470 to 481", over blocks; empty for a single block, whose value is the median already.
std::string rangeText(const std::optional<MetricSummary>& metric);
inline constexpr const char* kRange = "min to max"; // the title of its column
std::string countText(const std::optional<int>& value);
// Takes a column away in which no row has anything.
void dropIfEmpty(doc::Table& table, const std::string& title);
// "1 turn", "2 turns"
std::string counted(std::int64_t n, const std::string& one, const std::string& many);

} // namespace looptax
