// What the order of measuring does to a comparison. A machine that drifts by d a slot adds d times the distance
// between the mean places of the two to their difference.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace looptax {

// order: one letter a slot, "ABBA". Mean place of b less mean place of a, in slots; absent where one is missing.
std::optional<double> placeGap(std::string_view order, char a = 'A', char b = 'B');
// What the difference b - a reads as when it is really `gap` and everything rises by `drift` a slot:
// AABB, ABAB and ABBA with gap 10 and drift 2 read 14, 12 and 10.
std::optional<double> driftedReading(std::string_view order, double gap, double drift, char a = 'A',
                                     char b = 'B');

// Every letter once in every row and every column, and every ordered pair of neighbours equally often
// (Williams 1949): what one run leaves behind then falls on all others alike. One square for an even number of
// letters; for an odd one two, the second of which mirrors the first.
bool isWilliamsSquare(const std::vector<std::string_view>& rows);

} // namespace looptax
