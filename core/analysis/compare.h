// Two sessions beside each other, turn by turn: differences and ratios with intervals, never a number over both.
// Two sessions are two occasions; their blocks are no repeats of one thing, so nothing here is pooled.
//
// Key = pair of targets, design, cap, padding, cache mode, turn, and for times and tokens the stratum: a cold turn
// is never set against a warm one. Unit = block, with the median over its cells, as in summary.h; which turns
// count is summary.h's rule too. Right answers leave out the runs in which a prompt was truncated.
#pragma once

#include "analysis/instrument.h"
#include "analysis/summary.h"
#include "stats/estimate.h"

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Ids of two targets that are taken for the same place in both sessions.
struct TargetPair {
    std::string first;
    std::string second;
    bool operator==(const TargetPair&) const = default;
};

struct CompareKey {
    std::size_t pair = 0; // index into the pairs given
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int turn = 0;
    auto operator<=>(const CompareKey&) const = default;
};

// What may be said of the second against the first.
enum class Contrast {
    Same,             // every block of both has the one value
    WithinInstrument, // apart by no more than the instrument itself may be off: not a difference, whatever its p
    TooFew,           // blocks for a 95 % interval: nothing is claimed
    NotShown,         // the interval holds "no difference"
    More,
    Less
};
std::string_view name(Contrast contrast); // "within_instrument"

// Only blocks' medians: n counts blocks.
struct MetricContrast {
    CompareKey key;
    std::string stratum;
    std::string metric; // of summaryMetrics()
    MetricSummary first;
    MetricSummary second;
    Estimate shift; // second - first, Hodges-Lehmann, exact interval; decides
    Estimate ratio; // second / first, geometric means, t on the logarithms
    Contrast contrast = Contrast::TooFew;
};

// A block passes when every turn it holds under the key did: turns of one block are no independent facts.
struct PassContrast {
    CompareKey key;
    Share first; // blocks
    Share second;
    Estimate difference;     // second - first, Newcombe's method 10
    std::optional<double> p; // Fisher's exact test, two-sided: Newcombe's interval alone errs too often with few blocks
    Contrast contrast = Contrast::TooFew;
};

// A turn that both have and that no state of the cache has in both.
struct StrataApart {
    CompareKey key;
    std::vector<std::string> first;
    std::vector<std::string> second;
};

// A turn whose reply came token by token in one session and several tokens in a chunk in the other: one TTFT is that of a
// token, the other that of a chunk.
struct StreamsApart {
    CompareKey key;
    std::vector<std::string> first; // "token", "chunked"
    std::vector<std::string> second;
};

struct Comparison {
    std::vector<MetricContrast> metrics; // by metric (TTFT, decode rate, tokens read anew), then key, then stratum
    std::vector<PassContrast> passes;    // by key
    std::vector<StrataApart> apart;
    std::vector<StreamsApart> streams_apart;
    int first_truncated = 0; // runs that are no answers of the model: a part of a prompt was dropped
    int second_truncated = 0;
    std::vector<CompareKey> only_first; // of pairs that are compared: turns that the other has not
    std::vector<CompareKey> only_second;
    bool empty() const { return metrics.empty() && passes.empty(); }
};

inline constexpr double kCompareLevel = 0.95;

Comparison compareSessions(const std::vector<TurnRecord>& first, const std::vector<TurnRecord>& second,
                           const std::vector<TargetPair>& pairs, const std::optional<Instrument>& instrument);

} // namespace looptax
