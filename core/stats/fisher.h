// Two shares of few runs against each other, and what such a test could have seen at all.
#pragma once

#include "stats/estimate.h"

#include <vector>

namespace looptax {

// Fisher's exact test of hitsA of ofA against hitsB of ofB; Greater: a's share is larger. Two-sided: all tables
// that are no more likely than the one seen. Statistic: share a - share b. Each side at most 10000.
TestResult fisherTest(int hitsA, int ofA, int hitsB, int ofB, Side side = Side::TwoSided);

// P(the two-sided test gives p <= alpha) when the shares really are shareA and shareB. Absent for n below 1 or
// above 1000 a side, or shares outside 0 to 1.
std::optional<double> fisherPower(int ofA, double shareA, int ofB, double shareB, double alpha = 0.05);

struct PowerRow {
    int n = 0; // runs a side
    double share = 0;
    double power = 0;
    bool operator==(const PowerRow&) const = default;
};
// What n runs a side can tell from a share of 1: to be printed beside every "no difference".
inline const std::vector<double> kPowerShares{0.9, 0.8, 0.7, 0.5, 0.2, 0.1};
std::vector<PowerRow> powerTable(int n, const std::vector<double>& shares = kPowerShares, double alpha = 0.05);
// "With 8 runs a side Fisher's exact test (two-sided, 0.05) finds a fall from 100 % to 90, 80 ... % in 1, 7 ... of 100
// sweeps." Empty without rows.
std::string powerText(const std::vector<PowerRow>& rows, double alpha);

} // namespace looptax
