// One number a run, or a pair of runs, and what its mean is known to be: what T1 to T4 have in common. Times that are
// compared are on the scale the caller chose, ratios on their logarithms.
#pragma once

#include "analysis/more_runs.h"
#include "analysis/verdict_data.h"

#include <optional>
#include <string>
#include <vector>

namespace looptax {

struct TimeSample {
    std::vector<double> values; // in order of block
    int n = 0;
    double mean = 0;
    double sd = 0;
};
TimeSample timeSample(std::vector<double> values);

// Student's t limits of the mean, two one-sided at alpha; two values or more. Without spread (a scripted server, a hand-made
// record) t has no width and would claim what it cannot: then the range, with the coverage that it has as an interval of the
// median.
Interval sampleInterval(const TimeSample& sample, double alpha);
// For "how many more runs".
MeanSoFar soFar(const TimeSample& sample);
double halfWidth(const TimeSample& sample, double alpha, int n); // of the interval, of n runs like these

Interval expInterval(Interval interval); // from logarithms back to ratios

// Turns that may stand for a cell over its length, all of one stratum.
struct TurnSpan {
    std::vector<const JudgedRun*> runs; // with a usable time at first and last
    std::string stratum;
    int first = 0;
    int last = 0;
};
// The longest runs of a design under one mode. Of run-isolated, turn 1 is in it only where the later turns too are
// known to have reused nothing. `from`: no turn before this one. `left` counts runs that cannot be used.
TurnSpan turnSpan(const SweepData& data, const std::vector<const JudgedRun*>& runs, CacheMode mode, int from, LeftOut& left);
std::vector<const TurnRecord*> endsOf(const TurnSpan& span); // of each run first and last
bool usableIn(const TurnSpan& span, CacheMode mode, const TurnRecord& turn);
double medianTime(const std::vector<const JudgedRun*>& runs, int turn); // of TTFT in ms; 0 for none

} // namespace looptax
