// Days of the entries' dates. Gregorian calendar, years 1 to 9999.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace looptax {

// Days since 1970-01-01; absent when the text is not YYYY-MM-DD or no such day exists.
std::optional<std::int64_t> dayNumber(std::string_view isoDate);
std::string isoDate(std::int64_t dayNumber);

} // namespace looptax
