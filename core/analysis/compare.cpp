#include "analysis/compare.h"

#include "stats/fisher.h"
#include "stats/hodges_lehmann.h"
#include "stats/proportion.h"
#include "stats/student.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

namespace looptax {

namespace {

constexpr std::array<std::string_view, 3> kMetrics{"ttft_ms", "decode_tps", "processed_tokens"};

struct Cell {
    std::map<std::string, std::array<std::vector<double>, kMetrics.size()>> strata; // a median for each block
    std::set<std::string> found;                                                    // strata that have any turn
    std::set<std::string> streams;                                                  // of the turns with a TTFT
    Share passes;                                                                   // blocks
};
struct OneSession {
    std::map<CompareKey, Cell> cells;
    int truncated = 0; // runs
};

std::optional<CompareKey> keyOf(const PassKey& key, const std::vector<TargetPair>& pairs, bool second) {
    for (std::size_t i = 0; i < pairs.size(); ++i)
        if ((second ? pairs[i].second : pairs[i].first) == key.target)
            return CompareKey{i, key.design, key.cap, key.padding, key.cache_mode, key.turn};
    return std::nullopt;
}

// Block by block through the one rule of what counts (summary.h): a summary of one block alone is its median.
OneSession sessionOf(const std::vector<TurnRecord>& turns, const std::vector<TargetPair>& pairs, bool second) {
    std::set<std::pair<int, int>> truncated; // attempts
    for (const TurnRecord& turn : turns)
        if (turn.prompt_truncated.value_or(false)) truncated.insert({turn.run, turn.run_attempt});
    OneSession session;
    session.truncated = int(truncated.size());
    std::map<CompareKey, Cell>& out = session.cells;
    std::map<int, std::vector<TurnRecord>> blocks;
    for (const TurnRecord& turn : turns)
        if (truncated.count({turn.run, turn.run_attempt}) == 0) blocks[turn.repeat].push_back(turn);
    for (const auto& [block, records] : blocks) {
        const SessionSummary summary = summarize(records);
        for (const TurnSummary& turn : summary.turns) {
            const auto key = keyOf(turn.key, pairs, second);
            if (!key) continue;
            Cell& cell = out[*key];
            cell.found.insert(turn.stratum);
            auto& values = cell.strata[turn.stratum];
            for (std::size_t i = 0; i < kMetrics.size(); ++i)
                if (const auto& metric = turn.metric(kMetrics[i])) values[i].push_back(metric->median);
        }
        for (const PassSummary& pass : summary.passes) {
            const auto key = keyOf(pass.key, pairs, second);
            if (!key || pass.turns == 0) continue;
            Share& share = out[*key].passes;
            ++share.of;
            share.hits += int(pass.all_pass == pass.turns);
        }
        for (const TurnRecord& turn : records) {
            const auto key = keyOf({turn.target, turn.design, turn.cap, turn.padding, turn.cache_mode, turn.turn}, pairs, second);
            const auto cell = key ? out.find(*key) : out.end();
            const bool counts = turn.run_outcome == "complete" && countsForTimes(turn) && turn.ttft_ms && !turn.stream.empty();
            if (cell != out.end() && counts) cell->second.streams.insert(turn.stream);
        }
    }
    return session;
}

// What is not known, as of an older session, is taken for the same.
bool streamsApart(const Cell& a, const Cell& b) { return !a.streams.empty() && !b.streams.empty() && a.streams != b.streams; }

MetricSummary summaryOf(const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {int(values.size()), int(values.size()), *medianOf(values), *low, *high};
}

bool tellsApart(std::string_view metric, const std::optional<Instrument>& instrument, double a, double b) {
    if (metric == "ttft_ms") return tellsTimesApart(instrument, a, b);
    if (metric == "decode_tps") return tellsRatesApart(instrument, a, b);
    return true; // tokens are counted
}

Contrast side(const Estimate& estimate) {
    if (!estimate.interval) return Contrast::TooFew;
    if (estimate.interval->low > 0) return Contrast::More;
    return estimate.interval->high < 0 ? Contrast::Less : Contrast::NotShown;
}

Contrast contrastOf(const MetricContrast& row, const std::optional<Instrument>& instrument) {
    const MetricSummary &a = row.first, &b = row.second;
    if (a.min == a.max && b.min == b.max && a.median == b.median) return Contrast::Same;
    // Of three blocks against three even the whole range covers only 90 %.
    const bool enough = row.shift.interval && row.shift.interval->coverage >= kCompareLevel;
    const Contrast shown = enough ? side(row.shift) : Contrast::TooFew;
    if (shown == Contrast::NotShown || !instrument) return shown;
    // The middle of the differences between blocks and the difference of the middles: neither may be below the
    // instrument's error, or an odd set of blocks would let a difference through that nobody could have timed.
    const double moved = a.median + row.shift.value.value_or(b.median - a.median);
    const bool apart =
        tellsApart(row.metric, instrument, a.median, b.median) && tellsApart(row.metric, instrument, a.median, moved);
    return apart ? shown : Contrast::WithinInstrument;
}

void addMetrics(Comparison& out, const std::map<CompareKey, Cell>& first, const std::map<CompareKey, Cell>& second,
                const std::optional<Instrument>& instrument) {
    for (std::size_t i = 0; i < kMetrics.size(); ++i)
        for (const auto& [key, cell] : first) {
            const auto other = second.find(key);
            if (other == second.end()) continue;
            if (kMetrics[i] == "ttft_ms" && streamsApart(cell, other->second)) continue;
            for (const auto& [stratum, values] : cell.strata) {
                const auto theirs = other->second.strata.find(stratum);
                if (theirs == other->second.strata.end() || values[i].empty() || theirs->second[i].empty()) continue;
                MetricContrast row;
                row.key = key;
                row.stratum = stratum;
                row.metric = std::string(kMetrics[i]);
                row.first = summaryOf(values[i]);
                row.second = summaryOf(theirs->second[i]);
                row.shift = unpairedShift(theirs->second[i], values[i], kCompareLevel);
                row.ratio = geometricRatio(theirs->second[i], values[i], kCompareLevel);
                row.contrast = contrastOf(row, instrument);
                out.metrics.push_back(std::move(row));
            }
        }
}

bool meets(const std::set<std::string>& a, const std::set<std::string>& b) {
    return std::any_of(a.begin(), a.end(), [&](const std::string& stratum) { return b.count(stratum) > 0; });
}

} // namespace

std::string_view name(Contrast contrast) {
    switch (contrast) {
    case Contrast::Same: return "same";
    case Contrast::WithinInstrument: return "within_instrument";
    case Contrast::TooFew: return "too_few";
    case Contrast::NotShown: return "not_shown";
    case Contrast::More: return "more";
    case Contrast::Less: return "less";
    }
    return {};
}

Comparison compareSessions(const std::vector<TurnRecord>& firstTurns, const std::vector<TurnRecord>& secondTurns,
                           const std::vector<TargetPair>& pairs, const std::optional<Instrument>& instrument) {
    const OneSession one = sessionOf(firstTurns, pairs, false), two = sessionOf(secondTurns, pairs, true);
    const auto &first = one.cells, &second = two.cells;
    Comparison out;
    out.first_truncated = one.truncated;
    out.second_truncated = two.truncated;
    addMetrics(out, first, second, instrument);
    for (const auto& [key, cell] : first) {
        const auto other = second.find(key);
        if (other == second.end()) {
            out.only_first.push_back(key);
            continue;
        }
        if (!cell.found.empty() && !other->second.found.empty() && !meets(cell.found, other->second.found))
            out.apart.push_back(
                {key, {cell.found.begin(), cell.found.end()}, {other->second.found.begin(), other->second.found.end()}});
        if (streamsApart(cell, other->second))
            out.streams_apart.push_back(
                {key, {cell.streams.begin(), cell.streams.end()}, {other->second.streams.begin(), other->second.streams.end()}});
        const Share &a = cell.passes, &b = other->second.passes;
        if (a.of == 0 || b.of == 0) continue;
        PassContrast row{key, a, b, {}, {}, {}};
        row.difference.n = a.of + b.of;
        row.difference.value = double(b.hits) / b.of - double(a.hits) / a.of;
        row.difference.interval = newcombeDifference(b.hits, b.of, a.hits, a.of, kCompareLevel);
        if (row.difference.interval) row.difference.method = row.difference.interval->method;
        row.contrast = side(row.difference);
        row.p = fisherTest(b.hits, b.of, a.hits, a.of).p;
        const bool claimed = row.contrast == Contrast::More || row.contrast == Contrast::Less;
        if (claimed && row.p.value_or(0) > 1 - kCompareLevel) row.contrast = Contrast::NotShown;
        out.passes.push_back(std::move(row));
    }
    for (const auto& [key, cell] : second)
        if (first.count(key) == 0) out.only_second.push_back(key);
    return out;
}

} // namespace looptax
