// What a statistical function gives back. Too few values, values without spread and values that are not finite
// give no number; `missing` then says why in words. Nothing here is ever NaN or infinite.
//
// All of them are pure and take values in any order: the same set gives the same bits.
#pragma once

#include "stats/interval.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// The alternative of a test: the statistic is smaller, larger, or just different than under the null.
enum class Side { Less, Greater, TwoSided };
std::string_view name(Side side); // "less", "greater", "two-sided"

struct Estimate {
    int n = 0;
    std::optional<double> value;
    std::optional<Interval> interval;
    std::string method;
    std::string missing; // why value or interval is absent: "too small: 1 value, 2 are needed"
    bool operator==(const Estimate&) const = default;
};

struct TestResult {
    int n = 0;
    std::optional<double> statistic;
    std::optional<double> p; // 0 to 1
    std::string method;      // says whether p is exact; of a Monte Carlo one also rounds and seed
    std::string missing;
    bool operator==(const TestResult&) const = default;
};

// Where there are too many arrangements to look at all, as many as this are drawn, and then
// p = (b + 1) / (rounds + 1) (Phipson and Smyth 2010): an arrangement drawn is never a p of 0.
inline constexpr int kMonteCarloRounds = 100'000;
inline constexpr std::uint64_t kMonteCarloSeed = 20'071;

bool allFinite(const std::vector<double>& values);
std::string tooSmall(int n, int needed);
std::string monteCarloText(std::uint64_t seed); // "Monte Carlo, 100000 rounds, seed 20071"

// Drops what is not finite (sums of huge values overflow) and says so.
Estimate checked(Estimate estimate);
TestResult checked(TestResult result);

} // namespace looptax
