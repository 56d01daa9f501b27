#include "runtime/retry_after.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

namespace looptax {

namespace {

constexpr std::int64_t kMostMs = 1'000'000'000'000; // "never": what is bounded by a deadline needs no more

std::optional<double> amount(std::optional<std::string_view> text) {
    const auto value = text ? parseNumber(trimmed(*text)) : std::nullopt;
    if (!value || *value < 0) return std::nullopt;
    return value;
}

// "08:49:37"; a second of 60 is a leap second.
std::optional<std::chrono::seconds> timeOfDay(const std::string& text) {
    const auto parts = splitOn(text, ':');
    if (parts.size() != 3) return std::nullopt;
    std::array<std::int64_t, 3> value{};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto number = parseInteger(parts[i]);
        if (!number || *number < 0 || *number > (i == 0 ? 23 : i == 1 ? 59 : 60)) return std::nullopt;
        value[i] = *number;
    }
    return std::chrono::seconds(value[0] * 3600 + value[1] * 60 + value[2]);
}

// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994", as Unix time in ms: of
// all three the order is weekday, day and month in either order, then time and year.
std::optional<std::int64_t> httpDate(std::string_view text) {
    static constexpr std::string_view kMonths = "jan feb mar apr may jun jul aug sep oct nov dec";
    std::string plain(text);
    std::replace_if(
        plain.begin(), plain.end(), [](char c) { return c == ',' || c == '-' || c == '\t'; }, ' ');
    std::vector<std::string> words = splitOn(plain, ' ');
    std::erase(words, std::string());
    if (words.size() < 5) return std::nullopt;
    std::optional<unsigned> month;
    std::optional<std::chrono::seconds> time;
    std::vector<std::int64_t> numbers; // day, year
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string word = lowered(words[i]);
        const std::size_t at = word.size() == 3 ? kMonths.find(word) : std::string_view::npos;
        if (at != std::string_view::npos && at % 4 == 0) month = unsigned(at / 4 + 1);
        else if (word.find(':') != std::string::npos) time = timeOfDay(word);
        else if (const auto number = parseInteger(word)) numbers.push_back(*number);
        else if (word != "gmt" && word != "utc") return std::nullopt;
    }
    if (!month || !time || numbers.size() != 2) return std::nullopt;
    std::int64_t year = numbers[1];
    if (year >= 0 && year < 100) year += year < 70 ? 2000 : 1900;
    if (year < 1970 || year > 9999 || numbers[0] < 1 || numbers[0] > 31) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(int(year)), std::chrono::month(*month),
                                           std::chrono::day(unsigned(numbers[0]))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::milliseconds(std::chrono::sys_days(date).time_since_epoch() + *time).count();
}

std::int64_t rounded(double ms) { return std::int64_t(std::ceil(std::min(ms, double(kMostMs)))); }

} // namespace

std::optional<std::int64_t> retryAfterMs(const HttpHead& head, std::int64_t nowMs) {
    if (const auto ms = amount(head.find("retry-after-ms"))) return rounded(*ms);
    const auto after = head.find("retry-after");
    if (!after) return std::nullopt;
    if (const auto seconds = amount(after)) return rounded(*seconds * 1000);
    const auto until = httpDate(*after);
    if (!until) return std::nullopt;
    const auto date = head.find("date");
    const auto serverNow = date ? httpDate(*date) : std::nullopt;
    return std::clamp<std::int64_t>(*until - serverNow.value_or(nowMs), 0, kMostMs);
}

} // namespace looptax
