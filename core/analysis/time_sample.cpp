#include "analysis/time_sample.h"

#include "analysis/summary.h"
#include "stats/moments.h"
#include "stats/order_statistics.h"
#include "stats/quantiles.h"

#include <algorithm>
#include <cmath>

namespace looptax {

TimeSample timeSample(std::vector<double> values) {
    TimeSample out;
    const Moments moments = momentsOf(values);
    out.values = std::move(values);
    out.n = moments.n;
    out.mean = moments.mean;
    out.sd = moments.sd;
    return out;
}

Interval sampleInterval(const TimeSample& sample, double alpha) {
    if (sample.sd > 0) {
        const double half = halfWidth(sample, alpha, sample.n);
        return {sample.mean - half, sample.mean + half, 1 - 2 * alpha, "Student t"};
    }
    return {sample.mean, sample.mean, medianCoverage(sample.n, 1), "order statistics of values without spread"};
}

MeanSoFar soFar(const TimeSample& sample) {
    return {sample.mean, sample.sd / std::sqrt(double(std::max(1, sample.n))), sample.n, {}};
}

double halfWidth(const TimeSample& sample, double alpha, int n) {
    return studentQuantile(1 - alpha, n - 1) * sample.sd / std::sqrt(double(n));
}

Interval expInterval(Interval interval) {
    interval.low = std::exp(std::max(interval.low, -700.0));
    interval.high = std::exp(std::min(interval.high, 700.0));
    if (interval.method == "Student t") interval.method = "Student t on logarithms";
    return interval;
}

bool usableIn(const TurnSpan& span, CacheMode mode, const TurnRecord& turn) {
    if (!timed(turn) || turn.stratum != span.stratum) return false;
    const bool mixed = mode == CacheMode::RunIsolated && turn.turn == 1;
    return !mixed || turn.stratum == "cold" || turn.stratum == "load";
}

TurnSpan turnSpan(const SweepData& data, const std::vector<const JudgedRun*>& runs, CacheMode mode, int from, LeftOut& left) {
    TurnSpan span;
    span.last = largestN(runs);
    std::vector<const JudgedRun*> whole;
    for (const JudgedRun* run : runs)
        if (run->n == span.last && usableForTimes(*run, data, left)) whole.push_back(run);
    span.stratum = leadingStratum(whole, span.last);
    const auto usableAt = [&](const JudgedRun* run, int turn) {
        const TurnRecord* at = turnOf(*run, turn);
        return at != nullptr && usableIn(span, mode, *at);
    };
    for (span.first = std::max(1, from); span.first < span.last; ++span.first) {
        const auto have =
            std::count_if(whole.begin(), whole.end(), [&](const JudgedRun* run) { return usableAt(run, span.first); });
        if (have > 0 && 2 * std::size_t(have) >= whole.size()) break;
    }
    for (const JudgedRun* run : whole)
        if (usableAt(run, span.first) && usableAt(run, span.last)) span.runs.push_back(run);
        else left.addWithoutTime(*run, {span.first, span.last});
    return span;
}

std::vector<const TurnRecord*> endsOf(const TurnSpan& span) {
    std::vector<const TurnRecord*> out;
    for (const JudgedRun* run : span.runs)
        for (const int turn : {span.first, span.last}) out.push_back(turnOf(*run, turn));
    return out;
}

double medianTime(const std::vector<const JudgedRun*>& runs, int turn) {
    std::vector<double> times;
    for (const JudgedRun* run : runs)
        if (const TurnRecord* at = turnOf(*run, turn); at != nullptr && timed(*at)) times.push_back(*at->ttft_ms);
    return medianOf(std::move(times)).value_or(0);
}

} // namespace looptax
