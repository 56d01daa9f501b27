#include "report/report_numbers.h"

#include "base/text.h"

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

std::string rounded(const std::optional<double>& value) {
    return value ? rounded(*value) : std::string();
}

std::string medianText(const std::optional<MetricSummary>& metric) {
    return metric ? rounded(metric->median) : std::string();
}

std::string rangeText(const std::optional<MetricSummary>& metric) {
    if (!metric || metric->n < 2) return {};
    return rounded(metric->min) + " to " + rounded(metric->max);
}

std::string countText(const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string();
}

void dropIfEmpty(Table& table, const std::string& title) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].title != title) continue;
        for (const auto& row : table.rows)
            if (!row[i].empty()) return;
        table.columns.erase(table.columns.begin() + std::ptrdiff_t(i));
        for (auto& row : table.rows)
            row.erase(row.begin() + std::ptrdiff_t(i));
        return;
    }
}

std::string counted(std::int64_t n, const std::string& one, const std::string& many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
}

} // namespace looptax
