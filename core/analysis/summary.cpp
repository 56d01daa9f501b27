#include "analysis/summary.h"

#include "analysis/runs.h"
#include "domain/stream_kind.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace looptax {

namespace {

constexpr double kLeastReads = 0.9; // a token, as streamKind() has it for deltas
constexpr int kMostTurns = 100'000; // n comes from a file: a wild one must not keep us here

template <auto Member> std::optional<double> number(const TurnRecord& record) {
    const auto& value = record.*Member;
    if constexpr (requires { value.has_value(); }) return value ? std::optional<double>(double(*value)) : std::nullopt;
    else return double(value);
}

std::optional<double> gapMs(const TurnRecord& record) {
    if (!record.gap_before_ns) return std::nullopt;
    return double(*record.gap_before_ns) / 1e6;
}

PassKey keyOf(const TurnRecord& r) { return {r.target, r.design, r.cap, r.padding, r.cache_mode, r.turn}; }

int stratumRank(const std::string& stratum) {
    static constexpr std::array<std::string_view, 4> kOrder{"load", "cold", "warm", "unknown"};
    const auto at = std::find(kOrder.begin(), kOrder.end(), stratum);
    return int(at - kOrder.begin());
}

std::vector<BlockMedian> medianOfEachBlock(const std::map<int, std::vector<const TurnRecord*>>& blocks,
                                           const MetricInfo& metric) {
    std::vector<BlockMedian> out;
    for (const auto& [block, turns] : blocks) {
        std::vector<double> values;
        for (const TurnRecord* turn : turns)
            if (const auto value = metric.value(*turn)) values.push_back(*value);
        const int count = int(values.size());
        if (const auto median = medianOf(std::move(values))) out.push_back({block, *median, count});
    }
    return out;
}

std::optional<MetricSummary> overMedians(const std::vector<BlockMedian>& blocks) {
    if (blocks.empty()) return std::nullopt;
    MetricSummary out;
    std::vector<double> medians;
    for (const BlockMedian& block : blocks) {
        out.values += block.values;
        medians.push_back(block.median);
    }
    out.n = int(medians.size());
    out.min = *std::min_element(medians.begin(), medians.end());
    out.max = *std::max_element(medians.begin(), medians.end());
    out.median = *medianOf(std::move(medians));
    return out;
}

struct Passes {
    PassSummary summary;
    std::set<int> blocks;
    std::set<std::string> replies;
};

void count(Passes& at, const TurnRecord& turn, const TurnRecord* before) {
    PassSummary& s = at.summary;
    ++s.turns;
    at.blocks.insert(turn.repeat);
    const bool ok = turn.outcome == Outcome::Ok;
    if (!ok) ++s.failed;
    for (std::size_t i = 0; ok && i < kFlagCount; ++i) s.passed[i] += int((turn.*summaryFlags()[i].value).value_or(false));
    const bool pass = turnPassed(turn);
    s.all_pass += int(pass);
    if (before != nullptr) {
        Share& share = turnPassed(*before) ? s.pass_after_pass : s.pass_after_fail;
        ++share.of;
        share.hits += int(pass);
    }
    if (ok && !turn.reply_sha256.empty()) {
        ++s.replies;
        at.replies.insert(turn.reply_sha256);
    }
}

} // namespace

std::optional<MetricSummary> overBlocks(const std::map<int, std::vector<double>>& blocks) {
    std::vector<BlockMedian> medians;
    for (const auto& [block, values] : blocks)
        if (const auto median = medianOf(values)) medians.push_back({block, *median, int(values.size())});
    return overMedians(medians);
}

const std::array<MetricInfo, kMetricCount>& summaryMetrics() {
    static constexpr std::array<MetricInfo, kMetricCount> kMetrics{{
        {"ttft_ms", number<&TurnRecord::ttft_ms>},
        {"ttft_content_ms", number<&TurnRecord::ttft_content_ms>},
        {"context_tokens_estimate", number<&TurnRecord::context_tokens_estimate>},
        {"prompt_tokens", number<&TurnRecord::prompt_tokens>},
        {"cached_tokens", number<&TurnRecord::cached_tokens>},
        {"processed_tokens", number<&TurnRecord::processed_tokens>},
        {"prompt_ms", number<&TurnRecord::prompt_ms>},
        {"predicted_tokens", number<&TurnRecord::predicted_tokens>},
        {"decode_tps", clientDecodeRate},
        {"decode_tps_runtime", number<&TurnRecord::decode_tps_runtime>},
        {"state_file_bytes", number<&TurnRecord::state_file_bytes>},
        {"reply_chars", number<&TurnRecord::reply_chars>},
        {"state_replace_ms", number<&TurnRecord::state_replace_ms>},
        {"gap_before_ms", gapMs},
    }};
    return kMetrics;
}

std::size_t metricIndex(std::string_view name) {
    const auto& metrics = summaryMetrics();
    const auto at = std::find_if(metrics.begin(), metrics.end(), [&](const MetricInfo& m) { return m.name == name; });
    return std::min(std::size_t(at - metrics.begin()), kMetricCount - 1);
}

const std::array<FlagInfo, kFlagCount>& summaryFlags() {
    static constexpr std::array<FlagInfo, kFlagCount> kFlags{{
        {"valid_json", &TurnRecord::valid_json},
        {"schema_ok", &TurnRecord::schema_ok},
        {"count_match", &TurnRecord::count_match},
        {"entries_complete", &TurnRecord::entries_complete},
        {"sort_correct", &TurnRecord::sort_correct},
        {"all_pass", &TurnRecord::all_pass},
        {"all_pass_local", &TurnRecord::all_pass_local},
        {"content_exact", &TurnRecord::content_exact},
    }};
    return kFlags;
}

bool countsForTimes(const TurnRecord& turn) {
    return turn.outcome == Outcome::Ok && !turn.carry_over && !turn.cache_mode_broken.value_or(false);
}

std::optional<double> clientDecodeRate(const TurnRecord& turn) {
    if (turn.stream == kTokenStream) return turn.decode_tps;
    const bool old = turn.stream.empty() && turn.stream_reads && turn.predicted_tokens;
    const bool byTokens = old && double(*turn.stream_reads) >= kLeastReads * (double(*turn.predicted_tokens) - 2);
    return byTokens ? turn.decode_tps : std::nullopt;
}

std::vector<TurnBlocks> blockMedians(const std::vector<const TurnRecord*>& turns) {
    using Key = std::tuple<PassKey, int, std::string>;
    std::map<Key, std::map<int, std::vector<const TurnRecord*>>> groups; // by block
    for (const RunTurns& run : completeRuns(turns))
        for (const TurnRecord* turn : run.turns)
            if (countsForTimes(*turn))
                groups[{keyOf(*turn), stratumRank(turn->stratum), turn->stratum}][turn->repeat].push_back(turn);
    std::vector<TurnBlocks> out;
    for (const auto& [key, blocks] : groups) {
        TurnBlocks at;
        at.key = std::get<0>(key);
        at.stratum = std::get<2>(key);
        for (std::size_t i = 0; i < kMetricCount; ++i) at.metrics[i] = medianOfEachBlock(blocks, summaryMetrics()[i]);
        out.push_back(std::move(at));
    }
    return out;
}

std::vector<TurnSummary> summarizeTimes(const std::vector<const TurnRecord*>& turns) {
    std::vector<TurnSummary> out;
    for (TurnBlocks& at : blockMedians(turns)) {
        TurnSummary summary;
        summary.key = std::move(at.key);
        summary.stratum = std::move(at.stratum);
        for (std::size_t i = 0; i < kMetricCount; ++i) summary.metrics[i] = overMedians(at.metrics[i]);
        out.push_back(std::move(summary));
    }
    return out;
}

std::vector<PassSummary> summarizePasses(const std::vector<const TurnRecord*>& turns) {
    std::map<PassKey, Passes> groups;
    for (const RunTurns& run : endedRuns(turns)) {
        const TurnRecord* before = nullptr;
        for (const TurnRecord* turn : run.turns) {
            const bool follows = before != nullptr && before->turn + 1 == turn->turn;
            count(groups[keyOf(*turn)], *turn, follows ? before : nullptr);
            before = turn;
        }
        PassKey key = keyOf(*before);
        const auto last = int(std::min<std::int64_t>(before->n, std::int64_t(before->turn) + kMostTurns));
        for (key.turn = before->turn + 1; key.turn <= last; ++key.turn) ++groups[key].summary.not_attempted;
    }
    std::vector<PassSummary> out;
    for (auto& [key, group] : groups) {
        group.summary.key = key;
        group.summary.blocks = int(group.blocks.size());
        group.summary.distinct_replies = int(group.replies.size());
        out.push_back(std::move(group.summary));
    }
    return out;
}

SessionSummary summarize(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> all;
    all.reserve(turns.size());
    for (const TurnRecord& turn : turns) all.push_back(&turn);
    return {summarizeTimes(all), summarizePasses(all)};
}

} // namespace looptax
