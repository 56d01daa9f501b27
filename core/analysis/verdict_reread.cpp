// T4.
#include "analysis/verdict_time.h"

#include "analysis/more_runs.h"
#include "analysis/summary.h"
#include "analysis/tax_split.h"
#include "analysis/time_sample.h"
#include "base/text.h"
#include "stats/permutation.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace looptax {

namespace {

constexpr double kHalf = 0.5;
constexpr double kUncountedMost = 0.5; // of the time that the same turn takes in cold
constexpr double kUncountedP = 0.01;
constexpr double kReusedMost = 0.5; // run-isolated read at most this share of what cold did: else it reused nothing

std::vector<const JudgedRun*> runsOfA(const SweepData& data, const std::string& target, CacheMode mode) {
    return runsWhere(data, target, [&](const JudgedRun& run) { return run.design == "A" && run.cache_mode == mode; });
}

bool countsNothingCached(const JudgedRun& run) {
    return std::all_of(run.turns.begin(), run.turns.end(), [](const TurnRecord* turn) {
        return turn->cached_tokens == 0 && turn->processed_tokens && turn->processed_tokens == turn->prompt_tokens;
    });
}

// Over the runs whose turn has the count, and no count that contradicts it; absent for none.
std::optional<Measure> medianProcessed(const std::vector<const JudgedRun*>& runs, int turn, CacheMode mode) {
    std::vector<double> values;
    for (const JudgedRun* run : runs)
        if (const TurnRecord* at = turnOf(*run, turn); at != nullptr && at->processed_tokens && at->counts_disagree.empty())
            values.push_back(double(*at->processed_tokens));
    const int n = int(values.size());
    const auto median = medianOf(std::move(values));
    if (!median) return std::nullopt;
    return Measure{"processed_tokens",
                   "A, turn " + std::to_string(turn) + ", " + modeText(mode),
                   *median,
                   "tokens",
                   n,
                   "runs",
                   "median",
                   {},
                   {}};
}

std::string ruleT4(const RuleSubject& subject) {
    return "Of each repeat the growth of TTFT of A from the first warm turn to the last, in cold (all is read again) and "
           "in run-isolated (only what is new); share = 1 - growth in run-isolated / growth in cold. Not triggered: "
           "TTFT does not grow in cold. Supported: sign flips of share - 1/2 (" +
           exactFlipsText() + "), one-sided, p after Holm at most " + numberText(subject.rules.alpha) + ", the " +
           levelText({0, 0, subject.level(), {}}) +
           " interval above 1/2, and the share of the same growth that the fitted split puts down to re-reading, where it can "
           "be made, above 1/2 with all of its range. Rejected: the interval lies below 1/2. Else inconclusive.";
}

// A and cold, A and run-isolated, at the longest N that both have.
bool shorten(std::vector<const JudgedRun*>& cold, std::vector<const JudgedRun*>& isolated) {
    const auto has = [](const std::vector<const JudgedRun*>& runs, int n) {
        return std::any_of(runs.begin(), runs.end(), [&](const JudgedRun* run) { return run->n == n; });
    };
    int best = 0;
    for (const int n : lengthsOf(cold))
        if (has(isolated, n)) best = n;
    for (auto* runs : {&cold, &isolated})
        runs->erase(std::remove_if(runs->begin(), runs->end(), [&](const JudgedRun* run) { return run->n != best; }),
                    runs->end());
    return best > 0;
}

struct Growth {
    double cold = 0, isolated = 0;
};

double growthOf(const JudgedRun& run, const TurnSpan& span) {
    return *turnOf(run, span.last)->ttft_ms - *turnOf(run, span.first)->ttft_ms;
}

std::vector<Growth> growthsOf(const TurnSpan& cold, const TurnSpan& isolated) {
    std::map<int, const JudgedRun*> other;
    for (const JudgedRun* run : isolated.runs) other[run->block] = run;
    std::vector<Growth> out;
    for (const JudgedRun* run : cold.runs) {
        const auto at = other.find(run->block);
        if (at != other.end() && at->second->seed == run->seed)
            out.push_back({growthOf(*run, cold), growthOf(*at->second, isolated)});
    }
    return out;
}

// Of the growth in cold, what the model fitted to the session calls re-reading, over all runs together, with the range of the
// fitted part; absent where it cannot tell the parts of one of these turns apart.
struct SplitShare {
    double value = 0, low = 0, high = 0;
};

std::optional<SplitShare> splitShare(const SweepData& data, const TurnSpan& cold) {
    if (data.records == nullptr) return std::nullopt;
    const TaxSplit split = splitTax(*data.records);
    const auto partsOf = [&](const TurnRecord* turn) -> const TurnSplit& {
        return split.turns[std::size_t(turn - data.records->data())];
    };
    double grown = 0;
    SplitShare out;
    for (const JudgedRun* run : cold.runs) {
        const TurnSplit &first = partsOf(turnOf(*run, cold.first)), &last = partsOf(turnOf(*run, cold.last));
        if (!first[TaxPart::Reread] || !last[TaxPart::Reread]) return std::nullopt;
        grown += growthOf(*run, cold);
        out.value += *last[TaxPart::Reread] - *first[TaxPart::Reread];
        // Tokens times one cost of a token, the same at both turns: the ends belong together.
        out.low += last.range(TaxPart::Reread)->low - first.range(TaxPart::Reread)->low;
        out.high += last.range(TaxPart::Reread)->high - first.range(TaxPart::Reread)->high;
    }
    if (!(grown > 0)) return std::nullopt;
    return SplitShare{out.value / grown, out.low / grown, out.high / grown};
}

} // namespace

Draft verdictT4(const RuleSubject& subject) {

    Draft draft = draftOf("T4", subject.target, std::nullopt, ruleT4(subject));
    Verdict& v = draft.verdict;
    auto coldRuns = runsOfA(subject.data, subject.target, CacheMode::Cold);
    auto isolatedRuns = runsOfA(subject.data, subject.target, CacheMode::RunIsolated);
    const std::string need = "plan both cache modes, run-isolated and cold, with A at one common N of 3 or more";
    if (coldRuns.empty() || isolatedRuns.empty())
        return untestable(draft, "A was run in one cache mode only: what remains when nothing is re-read is not known.", need);
    if (!shorten(coldRuns, isolatedRuns)) return untestable(draft, "A has no length N in common in run-isolated and cold.", need);
    LeftOut left;
    TurnSpan isolated = turnSpan(subject.data, isolatedRuns, CacheMode::RunIsolated, 2, left);
    const TurnSpan cold = turnSpan(subject.data, coldRuns, CacheMode::Cold, isolated.first, left);
    leaveOut(draft, left);
    if (isolated.first >= isolated.last || cold.first != isolated.first)
        return untestable(draft, "A has no two turns after the first that can be compared in both cache modes.", need);
    if (uncountedCache(subject.data, subject.target, subject.instrument))
        return untestable(
            draft,
            "the runtime counts no cached tokens, and in run-isolated it takes half the time of cold or less: how much was "
            "re-read is not known.",
            "a runtime that counts what it reuses");
    const auto read = medianProcessed(isolated.runs, isolated.last, CacheMode::RunIsolated);
    const auto all = medianProcessed(cold.runs, cold.last, CacheMode::Cold);
    if (!read || !all)
        return untestable(draft,
                          "the runtime does not say how many tokens it reused, or its counts disagree with the prompt: that "
                          "nothing was re-read in run-isolated is not known.",
                          "a runtime that reports cached and processed tokens which add up to the prompt");
    if (read->value > kReusedMost * all->value) {
        v.measures.push_back(*read);
        v.measures.push_back(*all);
        return untestable(draft,
                          "in run-isolated the runtime read " + sharpText(read->value) + " tokens at turn " +
                              std::to_string(isolated.last) + ", in cold " + sharpText(all->value) +
                              ": it reused too little to show a growth without re-reading.",
                          "a runtime, or flags of it, that reuse the prefix within a run");
    }
    const std::vector<Growth> growths = growthsOf(cold, isolated);
    if (growths.size() < 2) {
        v.measures.push_back(usableMeasure("repeats", int(growths.size())));
        return untestable(
            draft, counted(int(growths.size()), "repeat") + " has A in both cache modes with usable times: a spread needs two.",
            "add repeats");
    }
    std::vector<double> coldGrowth, isolatedGrowth, shares;
    for (const Growth& growth : growths) {
        coldGrowth.push_back(growth.cold);
        isolatedGrowth.push_back(growth.isolated);
    }
    draft.compared = endsOf(cold);
    for (const TurnRecord* turn : endsOf(isolated)) draft.compared.push_back(turn);
    const double alpha = subject.rules.alpha;
    const Interval grown = sampleInterval(timeSample(coldGrowth), alpha);
    const double msCold = medianOf(coldGrowth).value_or(0), msIsolated = medianOf(isolatedGrowth).value_or(0);
    const bool grows = grown.low > 0 && *std::min_element(coldGrowth.begin(), coldGrowth.end()) > 0 &&
                       tellsTimesApart(subject.instrument, medianTime(cold.runs, cold.last), medianTime(cold.runs, cold.first));
    const std::string turns = "turn " + std::to_string(cold.first) + " to turn " + std::to_string(cold.last);
    const auto grownBy = [&](CacheMode mode, double ms) {
        v.measures.push_back({"growth_ms",
                              "A, " + turns + ", " + modeText(mode),
                              ms,
                              "ms",
                              int(growths.size()),
                              "pairs of runs",
                              "median",
                              {},
                              {}});
    };
    grownBy(CacheMode::Cold, msCold);
    if (!grows)
        return notTriggered(draft, "TTFT of A does not grow from " + turns + " in cold in every repeat (median change " +
                                       sharpText(msCold) + " ms): there is no growth to explain.");
    for (const Growth& growth : growths) shares.push_back(1 - growth.isolated / growth.cold);
    const TimeSample sample = timeSample(shares);
    const Interval interval = sampleInterval(sample, alpha);
    std::vector<double> beyond;
    for (const double share : shares) beyond.push_back(share - kHalf);
    const TestResult flip = signFlipTest(beyond, Side::Greater);
    v.effect = sample.mean;
    v.effect_name = "share of the growth of A's TTFT, " + turns + ", that is gone where nothing is re-read";
    v.effect_unit = "share";
    v.interval = interval;
    v.test = flip.method;
    v.p = flip.p;
    v.n = sample.n;
    v.n_of = "pairs of runs";
    // A second witness that must not contradict: the same cold turns, split by the model fitted to the session. All of its
    // range, which covers both forms of the model: what only one of them says is no support.
    grownBy(CacheMode::RunIsolated, msIsolated);
    const std::optional<SplitShare> split_share = splitShare(subject.data, cold);
    const bool contradicted = split_share && split_share->low <= kHalf;
    draft.runs_now = sample.n;
    draft.seen = "over " + counted(sample.n, "pair") + " TTFT of A grows from " + turns + " by " + sharpText(msCold) +
                 " ms in cold and by " + sharpText(msIsolated) + " ms in run-isolated, medians; where nothing is re-read " +
                 percentText(sample.mean) + " of it is gone, mean of the pairs (" + levelText(interval) + " interval " +
                 percentText(interval.low) + " to " + percentText(interval.high) + ")";
    if (split_share) {
        v.measures.push_back(
            {"split_share",
             "A, " + turns + ", " + modeText(CacheMode::Cold),
             split_share->value,
             "share",
             int(cold.runs.size()),
             "runs",
             "the model of tax_split, over all runs together",
             {},
             Interval{split_share->low, split_share->high, kLawCoverage, "the fit, and both forms of the model"}});
        draft.seen += "; the fitted split of the cold turns, which counts attention apart, puts " +
                      percentText(split_share->value) + " of the growth down to it (range " + percentText(split_share->low) +
                      " to " + percentText(split_share->high) + ")";
    }
    draft.against = "less than half";
    draft.open = contradicted && interval.low > kHalf ? "the two do not agree" : "which fits more than half and less";
    draft.supports = interval.low > kHalf && !contradicted;
    draft.rejects = interval.high < kHalf; // measured: what stays when nothing is re-read needs no law
    const int now = sample.n;
    draft.runs_needed = [=](double needed) -> std::optional<int> {
        return runsForEvenChance(now, [&](int n) {
            const double supported =
                n >= signFlipFloor(needed) && !contradicted ? soFar(sample).above(kHalf + halfWidth(sample, needed, n), n) : 0;
            return supported + soFar(sample).below(kHalf - halfWidth(sample, alpha, n), n);
        });
    };
    return draft;
}

std::optional<Caution> uncountedCache(const SweepData& data, const std::string& target,
                                      const std::optional<Instrument>& instrument) {
    auto cold = runsOfA(data, target, CacheMode::Cold), isolated = runsOfA(data, target, CacheMode::RunIsolated);
    if (!shorten(cold, isolated)) return std::nullopt;
    std::map<int, const JudgedRun*> other;
    for (const JudgedRun* run : cold) other[run->block] = run;
    LeftOut unused;
    std::vector<double> logs, msIsolated, msCold;
    for (const JudgedRun* run : isolated) {
        if (!usableForTimes(*run, data, unused)) continue;
        if (!countsNothingCached(*run)) return std::nullopt;
        const auto at = other.find(run->block);
        if (at == other.end() || at->second->seed != run->seed || !usableForTimes(*at->second, data, unused)) continue;
        const TurnRecord *a = turnOf(*run, run->n), *b = turnOf(*at->second, run->n);
        if (!timed(*a) || !timed(*b)) continue;
        logs.push_back(std::log(*a->ttft_ms / *b->ttft_ms));
        msIsolated.push_back(*a->ttft_ms);
        msCold.push_back(*b->ttft_ms);
    }
    const TestResult test = signFlipTest(logs, Side::Less);
    const double ratio = std::exp(timeSample(logs).mean);
    if (!test.p || *test.p >= kUncountedP || ratio > kUncountedMost ||
        !tellsTimesApart(instrument, medianOf(msIsolated).value_or(0), medianOf(msCold).value_or(0)))
        return std::nullopt;
    const std::string turn = "turn " + std::to_string(isolated.front()->n);
    Caution out;
    out.target = target;
    out.text = target + ": the runtime counts no cached tokens, yet " + turn + " of A takes " + timesText(ratio) +
               " as long in run-isolated as in cold, over " + counted(int(logs.size()), "pair") + " of runs (" +
               probabilityText(*test.p) +
               "): its counts of cached and processed tokens in run-isolated are wrong, and T1 and T4 do not use them.";
    out.measures.push_back({"ttft_where_none_is_cached",
                            "A, " + turn + ", run-isolated over cold",
                            ratio,
                            "ratio",
                            int(logs.size()),
                            "pairs of runs",
                            "geometric mean; " + test.method,
                            test.p,
                            {}});
    return out;
}

} // namespace looptax
