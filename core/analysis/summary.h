// The summaries of a session: medians of times and sizes, and pass rates. Pure functions over records.
//
// Times and sizes: key = target, design, cap, padding, cache mode, stratum, turn. Only turns with outcome ok
// of complete runs; carry_over turns and those whose cache mode did not hold are left out (analysis/cache_modes.h
// counts them). Cells of different N share their first turns and are not
// independent, so within a key first the median of each block over its cells, then over blocks: n = blocks.
//
// Pass rates: the same key without the stratum, since a failed turn has none that means anything and must not
// leave the denominator. The last attempt of every run that ended complete, failed or stopped; a failed turn
// is not passed; turns that were not attempted stand beside, not below, the line.
#pragma once

#include "domain/turn_record.h"
#include "stats/median.h"

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Values of one metric under one key. median, min and max are over the medians of the blocks.
struct MetricSummary {
    int n = 0;      // blocks that have a value
    int values = 0; // turns behind them
    double median = 0;
    double min = 0;
    double max = 0;
    bool operator==(const MetricSummary&) const = default;
};

// Of the values of each block first, then over blocks; absent where no block has a value.
std::optional<MetricSummary> overBlocks(const std::map<int, std::vector<double>>& blocks);

struct MetricInfo {
    std::string_view name; // as in summary.json
    std::optional<double> (*value)(const TurnRecord&);
};
inline constexpr std::size_t kMetricCount = 14;
const std::array<MetricInfo, kMetricCount>& summaryMetrics();
// Index into summaryMetrics() by name; the name must exist.
std::size_t metricIndex(std::string_view name);

struct PassKey {
    std::string target;
    std::string design;
    std::optional<int> cap;
    std::optional<int> padding;
    CacheMode cache_mode = CacheMode::RunIsolated;
    int turn = 0;
    auto operator<=>(const PassKey&) const = default;
};

struct TurnSummary {
    PassKey key;
    std::string stratum;                                            // load | cold | warm | unknown
    std::array<std::optional<MetricSummary>, kMetricCount> metrics; // absent where no turn had a value
    const std::optional<MetricSummary>& metric(std::string_view name) const { return metrics[metricIndex(name)]; }
};

// What a TurnSummary was made from: for each metric one median a block, by block.
struct BlockMedian {
    int block = 0;
    double median = 0;
    int values = 0; // turns behind it
    bool operator==(const BlockMedian&) const = default;
};
struct TurnBlocks {
    PassKey key;
    std::string stratum;
    std::array<std::vector<BlockMedian>, kMetricCount> metrics; // empty where no turn had a value
    const std::vector<BlockMedian>& metric(std::string_view name) const { return metrics[metricIndex(name)]; }
};

struct FlagInfo {
    std::string_view name;
    std::optional<bool> TurnRecord::*value;
};
inline constexpr std::size_t kFlagCount = 8;
const std::array<FlagInfo, kFlagCount>& summaryFlags(); // valid_json ... content_exact

struct Share {
    int hits = 0;
    int of = 0; // 0: nothing to say
    bool operator==(const Share&) const = default;
};

struct PassSummary {
    PassKey key;
    int blocks = 0;
    int turns = 0;         // attempted: the denominator of every flag
    int failed = 0;        // of them, outcome not ok
    int not_attempted = 0; // planned turns after a run had failed or stopped
    std::array<int, kFlagCount> passed{};
    int all_pass = 0;         // turns
    Share pass_after_pass;    // P(turn passes | the turn before passed), the post's cond_pass
    Share pass_after_fail;    // the same after a turn that did not: without it the other says nothing
    int replies = 0;          // ok turns whose reply is known by its hash
    int distinct_replies = 0; // one seed can make copies: quality measured once, not n times
};

// May its times and sizes stand in a median of its stratum? Ok, nothing carried over, its cache mode not broken.
bool countsForTimes(const TurnRecord& turn);

// Decode rate by the client's clock, where that can see one: of a token stream. A record older than the column `stream`
// counts only where its socket brought about as many reads as there were tokens; else a chunk was taken for a token.
std::optional<double> clientDecodeRate(const TurnRecord& turn);

struct SessionSummary {
    std::vector<TurnSummary> turns;  // sorted by key, then load, cold, warm, unknown
    std::vector<PassSummary> passes; // sorted by key
};

SessionSummary summarize(const std::vector<TurnRecord>& turns);
// SessionSummary::turns of these records alone. A key's blocks are independent of each other, so who follows
// a growing session need only summarise the block that changed.
std::vector<TurnSummary> summarizeTimes(const std::vector<const TurnRecord*>& turns);
std::vector<PassSummary> summarizePasses(const std::vector<const TurnRecord*>& turns); // SessionSummary::passes
// What summarizeTimes() is made from: the same keys in the same order.
std::vector<TurnBlocks> blockMedians(const std::vector<const TurnRecord*>& turns);

} // namespace looptax
