// Counts, lists and durations in sentences. English only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// "1 turn", "2 turns"; many: where it is not one + "s".
std::string counted(std::int64_t n, std::string_view one, std::string_view many = {});
// The word alone, for what is counted elsewhere in the sentence: "is", "are".
std::string_view pluralOf(std::int64_t n, std::string_view one, std::string_view many);
// "A", "A and B", "A, B and C"
std::string listed(const std::vector<std::string>& parts);
// "0.4 s", "45 s", "12 min", "2.5 h", "3 days": how long something takes, roughly.
std::string durationText(double seconds);
// "5 s", "1.5 s", "250 ms": a time that was set.
std::string secondsText(std::int64_t ms);

} // namespace looptax
