#include "report/compare_counts.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace looptax {

namespace {

bool differs(const MetricContrast& row) { return row.contrast == Contrast::More || row.contrast == Contrast::Less; }

} // namespace

ContrastCounts countContrasts(const Comparison& comparison, std::string_view metric) {
    ContrastCounts out;
    const auto count = [&](Contrast contrast) {
        ++out.by[contrast];
        ++out.rows;
    };
    for (const MetricContrast& row : comparison.metrics)
        if (row.metric == metric) count(row.contrast);
    if (metric == kCompared.back())
        for (const PassContrast& row : comparison.passes) count(row.contrast);
    return out;
}

ReadOtherwise readOtherwise(const Comparison& comparison) {
    std::set<std::pair<CompareKey, std::string>> read;
    for (const MetricContrast& row : comparison.metrics)
        if (row.metric == "processed_tokens" && differs(row)) read.insert({row.key, row.stratum});
    ReadOtherwise out;
    for (const MetricContrast& row : comparison.metrics) {
        if (row.metric != "ttft_ms" || !differs(row)) continue;
        ++out.times;
        out.both += int(read.count({row.key, row.stratum}));
    }
    return out;
}

int leastBlocksWithoutDifference(const Comparison& comparison) {
    int n = 0;
    for (const PassContrast& row : comparison.passes)
        if (row.contrast == Contrast::NotShown || row.contrast == Contrast::Same)
            if (const int least = std::min(row.first.of, row.second.of); n == 0 || least < n) n = least;
    return n;
}

} // namespace looptax
