#include "loop/calendar.h"

#include "base/text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace looptax {

std::optional<std::int64_t> dayNumber(std::string_view text) {
    const auto digits = [&](std::size_t at, std::size_t n) -> std::optional<std::int64_t> {
        const std::string_view part = text.substr(at, n);
        if (!std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
        return parseInteger(part);
    };
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digits(0, 4);
    const auto month = digits(5, 2);
    const auto day = digits(8, 2);
    if (!year || !month || !day || *year < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(int(*year)), std::chrono::month(unsigned(*month)),
                                           std::chrono::day(unsigned(*day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

std::string isoDate(std::int64_t number) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(int(number)))};
    char out[32];
    std::snprintf(out, sizeof out, "%04d-%02u-%02u", int(date.year()), unsigned(date.month()), unsigned(date.day()));
    return out;
}

} // namespace looptax
