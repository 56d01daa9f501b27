#include "report/report_numbers.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>

namespace looptax {

using namespace doc;

std::string rounded(double value) {
    const double size = std::abs(value);
    if (!std::isfinite(value)) return {};
    if (size == 0) return "0";
    if (size < 0.005) return value > 0 ? "< 0.01" : "> -0.01";
    if (value == std::floor(value)) return fixedText(value, 0);
    return fixedText(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

std::string rounded(const std::optional<double>& value) { return value ? rounded(*value) : std::string(); }

namespace {

constexpr int kMostDecimals = 3;

// Without what nobody needs: "-0.00" is 0.00, and "0.50" of a probability 0.5.
std::string withoutSignOfZero(std::string text) {
    if (!text.empty() && text[0] == '-' && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
    return text;
}

std::string withoutTrailingZeros(std::string text) {
    if (text.find('.') == std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

// Power of ten of the last digit that the interval carries; absent where it has no width.
std::optional<int> lastDigit(const Interval& interval) {
    const double half = (interval.high - interval.low) / 2;
    if (!std::isfinite(half) || half <= 0) return std::nullopt;
    return std::max(int(std::floor(std::log10(half))) - 1, -kMostDecimals);
}

std::string toDigit(double value, int digit) {
    if (!std::isfinite(value)) return {};
    if (digit <= 0) return withoutSignOfZero(fixedText(value, -digit));
    const double unit = std::pow(10.0, digit);
    return withoutSignOfZero(fixedText(std::round(value / unit) * unit, 0));
}

} // namespace

std::string supportedText(double value, const Interval& interval) {
    const auto digit = lastDigit(interval);
    return digit ? toDigit(value, *digit) : rounded(value);
}

std::string supportedText(double value, const std::optional<Interval>& interval) {
    return interval ? supportedText(value, *interval) : rounded(value);
}

std::string intervalText(const Interval& interval) {
    return supportedText(interval.low, interval) + " to " + supportedText(interval.high, interval);
}

std::string coverageText(double coverage) { return withoutTrailingZeros(fixedText(100 * coverage, 2)) + " %"; }

std::string intervalWithCoverage(const std::optional<Interval>& interval) {
    return interval ? intervalText(*interval) + " (" + coverageText(interval->coverage) + ")" : std::string();
}

std::string pText(const std::optional<double>& p) {
    if (!p || !std::isfinite(*p)) return {};
    if (*p < 0.0001) return "< 0.0001";
    return withoutTrailingZeros(fixedText(*p, *p < 0.1 ? 4 : 2));
}

std::string medianText(const std::optional<MetricSummary>& metric) { return metric ? rounded(metric->median) : std::string(); }

std::string medianText(const MetricDetail* metric) {
    return metric ? supportedText(metric->median, metric->interval) : std::string();
}

std::string intervalWithCoverage(const MetricDetail* metric) {
    return metric ? intervalWithCoverage(metric->interval) : std::string();
}

std::string countText(const std::optional<int>& value) { return value ? std::to_string(*value) : std::string(); }

void liftCoverage(Table& table, const std::string& title, const std::string& lifted) {
    const auto column =
        std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.title == title; });
    if (column == table.columns.end()) return;
    const auto i = std::size_t(column - table.columns.begin());
    std::string common;
    for (const auto& row : table.rows) {
        const auto at = row[i].rfind(" (");
        if (row[i].empty()) continue;
        if (at == std::string::npos || (!common.empty() && row[i].substr(at) != common)) return;
        common = row[i].substr(at);
    }
    if (common.empty()) return;
    for (auto& row : table.rows)
        if (!row[i].empty()) row[i].resize(row[i].size() - common.size());
    column->title = lifted + ", " + common.substr(2, common.size() - 3);
    // A sign of its own line is no heading: the space before it does not break.
    if (const auto at = column->title.rfind(" %"); at != std::string::npos) column->title.replace(at, 1, "\xC2\xA0");
}

void dropIfEmpty(Table& table, const std::string& title) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].title != title) continue;
        for (const auto& row : table.rows)
            if (!row[i].empty()) return;
        table.columns.erase(table.columns.begin() + std::ptrdiff_t(i));
        for (auto& row : table.rows) row.erase(row.begin() + std::ptrdiff_t(i));
        return;
    }
}

} // namespace looptax
