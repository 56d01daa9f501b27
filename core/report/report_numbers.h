// Numbers as a reader wants them: no digits that the measurement does not carry, and never "0" for what is
// absent or merely small.
#pragma once

#include "analysis/summary.h"
#include "analysis/summary_detail.h"
#include "analysis/verdict.h"
#include "base/words.h"
#include "report/document.h"

#include <optional>
#include <string>

namespace looptax {

// From 100 on whole, from 10 on one decimal, below two; whole numbers stay whole. "" for NaN and infinities.
std::string rounded(double value);
std::string rounded(const std::optional<double>& value); // absent: ""

std::string medianText(const std::optional<MetricSummary>& metric); // absent: ""
// To what its interval supports; null: "".
std::string medianText(const MetricDetail* metric);
std::string intervalWithCoverage(const MetricDetail* metric);
inline constexpr const char* kInterval = "interval (coverage)"; // the title of its column
inline constexpr const char* kRange = "min to max";             // the title of its column
std::string countText(const std::optional<int>& value);

// To two significant digits of half the interval's width, as a measured value and its uncertainty are stated
// (JCGM 100:2008, 7.2.6): 1046.283 in 950 to 1100 is 1046, in 1046.1 to 1046.5 it is 1046.28. At most three
// decimals. An interval without width carries what rounded() gives.
std::string supportedText(double value, const Interval& interval);
std::string supportedText(double value, const std::optional<Interval>& interval); // without one: rounded()
// "950 to 1100", its ends to the same digits.
std::string intervalText(const Interval& interval);
// "93.75 %": the coverage it has, not the one that was asked for.
std::string coverageText(double coverage);
// "950 to 1100 (93.75 %)"; absent: ""
std::string intervalWithCoverage(const std::optional<Interval>& interval);
// "0.0039", "0.17", "< 0.0001"; absent: ""
std::string pText(const std::optional<double>& p);
// Where every cell of a column of intervals has the same coverage, it stands once in the title: "interval, 95 %".
void liftCoverage(doc::Table& table, const std::string& title, const std::string& lifted = "interval");
// Takes a column away in which no row has anything.
void dropIfEmpty(doc::Table& table, const std::string& title);

} // namespace looptax
