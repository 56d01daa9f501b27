// T3.
#include "analysis/verdict_time.h"

#include "analysis/more_runs.h"
#include "analysis/summary.h"
#include "analysis/time_sample.h"
#include "base/text.h"
#include "stats/permutation.h"
#include "stats/student.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace looptax {

namespace {

// TTFT of a design at one turn, a value a block: the median over the block's cells, which share that turn.
struct BlockTime {
    double ms = 0;
    std::set<std::optional<std::int64_t>> seeds; // an absent one agrees with none
};

struct DesignTimes {
    std::string stratum;
    std::map<int, BlockTime> blocks;
};

bool mayCompare(const JudgedRun& run, int turn, const std::string& stratum) {
    const TurnRecord* at = turnOf(run, turn);
    return at != nullptr && timed(*at) && at->stratum == stratum;
}

DesignTimes timesAt(const std::vector<const JudgedRun*>& runs, int turn) {
    DesignTimes out;
    out.stratum = leadingStratum(runs, turn);
    std::map<int, std::vector<double>> values;
    for (const JudgedRun* run : runs)
        if (mayCompare(*run, turn, out.stratum)) {
            values[run->block].push_back(*turnOf(*run, turn)->ttft_ms);
            out.blocks[run->block].seeds.insert(run->seed);
        }
    for (auto& [block, of] : values) out.blocks[block].ms = medianOf(std::move(of)).value_or(0);
    return out;
}

std::vector<double> logsOf(const DesignTimes& times) {
    std::vector<double> out;
    for (const auto& [block, time] : times.blocks) out.push_back(std::log(time.ms));
    return out;
}

double medianOfTimes(const DesignTimes& times) {
    std::vector<double> out;
    for (const auto& [block, time] : times.blocks) out.push_back(time.ms);
    return medianOf(std::move(out)).value_or(0);
}

std::string ruleT3(const RuleSubject& subject) {
    const std::string delta = sharpText(subject.rules.delta_t);
    return "ln of TTFT of A over TTFT of C at the last turn both have, paired by block where both ran under the same "
           "seed. Supported: sign flips over pairs (" +
           exactFlipsText() + "; unpaired: Mann-Whitney, " + exactRanksText() + "), one-sided, p after Holm at most " +
           numberText(subject.rules.alpha) + ", and the ratio is at least " + delta + " with its " +
           levelText({0, 0, subject.level(), {}}) + " interval above 1. Rejected: that interval lies below " + delta +
           ". Else inconclusive.";
}

// Where pairs cannot be made.
Draft unpaired(Draft draft, const DesignTimes& a, const DesignTimes& c, const RuleSubject& subject) {
    Verdict& v = draft.verdict;
    const std::vector<double> logA = logsOf(a), logC = logsOf(c);
    std::vector<double> msA, msC;
    for (const double value : logA) msA.push_back(std::exp(value));
    for (const double value : logC) msC.push_back(std::exp(value));
    const Estimate ratio = geometricRatio(msA, msC, subject.level());
    const TestResult test = mannWhitneyTest(logA, logC, Side::Greater);
    if (!ratio.value || !ratio.interval || !test.p)
        return untestable(
            draft, "A and C have no pair of runs in one block under one seed, and too few or too equal runs to compare unpaired.",
            "add repeats");
    v.effect = ratio.value;
    v.interval = ratio.interval;
    v.test = test.method;
    v.p = test.p;
    v.n = int(logA.size() + logC.size());
    v.n_of = "blocks of A and of C, unpaired";
    const double delta = subject.rules.delta_t, alpha = subject.rules.alpha;
    const TimeSample ofA = timeSample(logA), ofC = timeSample(logC);
    const bool apart = tellsTimesApart(subject.instrument, medianOfTimes(a), medianOfTimes(c));
    for (const auto& [design, blocks] : {std::pair("A", ofA.n), std::pair("C", ofC.n)})
        v.measures.push_back(countMeasure("blocks", design, blocks, v.n, v.n_of));
    draft.runs_now = std::min(ofA.n, ofC.n);
    draft.seen = "over " + std::to_string(ofA.n) + " blocks of A and " + std::to_string(ofC.n) + " of C, not paired, A takes " +
                 timesText(*ratio.value) + " the TTFT of C (" + levelText(*ratio.interval) + " interval " +
                 sharpText(ratio.interval->low) + " to " + sharpText(ratio.interval->high) + ")";
    draft.supports = apart && *ratio.value >= delta && ratio.interval->low > 1;
    draft.rejects = ratio.interval->high < delta;
    const double mean = ofA.mean - ofC.mean, margin = std::log(delta);
    TimeSample both;
    both.n = draft.runs_now;
    both.mean = mean;
    both.sd = std::sqrt(ofA.sd * ofA.sd + ofC.sd * ofC.sd);
    const int now = draft.runs_now;
    draft.runs_needed = [=](double needed) {
        return runsForEvenChance(now, [&](int n) {
            const double supported = apart ? soFar(both).above(std::max(margin, halfWidth(both, needed, n)), n) : 0;
            return supported + soFar(both).below(margin - halfWidth(both, alpha, n), n);
        });
    };
    return draft;
}

// A and C at the last turn that both have, under one mode.
struct Comparison {
    bool has_a = false, has_c = false;
    int turn = 0;
    LeftOut left;
    DesignTimes a, c;
    std::vector<double> logs, ms_a, ms_c; // of the pairs
    std::vector<const TurnRecord*> compared;
};

Comparison comparisonIn(const SweepData& data, const std::string& target, CacheMode mode) {
    Comparison out;
    const auto ofDesign = [&](const std::string& design) {
        return runsWhere(data, target, [&](const JudgedRun& run) { return run.design == design && run.cache_mode == mode; });
    };
    auto allA = ofDesign("A"), allC = ofDesign("C");
    const auto cap = leadingCap(allC);
    allC.erase(std::remove_if(allC.begin(), allC.end(), [&](const JudgedRun* run) { return run->cap != cap; }), allC.end());
    out.has_a = !allA.empty();
    out.has_c = !allC.empty();
    if (!out.has_a || !out.has_c) return out;
    out.turn = std::min(largestN(allA), largestN(allC));
    const auto usable = [&](const std::vector<const JudgedRun*>& all) {
        std::vector<const JudgedRun*> runs;
        for (const JudgedRun* run : all)
            if (run->n >= out.turn && usableForTimes(*run, data, out.left)) runs.push_back(run);
        return runs;
    };
    const auto runsA = usable(allA), runsC = usable(allC);
    out.a = timesAt(runsA, out.turn);
    out.c = timesAt(runsC, out.turn);
    for (const auto* side : {&runsA, &runsC})
        for (const JudgedRun* run : *side)
            if (mayCompare(*run, out.turn, side == &runsA ? out.a.stratum : out.c.stratum))
                out.compared.push_back(turnOf(*run, out.turn));
            else out.left.addWithoutTime(*run, {out.turn});
    for (const auto& [block, time] : out.a.blocks) {
        const auto other = out.c.blocks.find(block);
        if (other == out.c.blocks.end() || other->second.seeds != time.seeds || time.seeds.count(std::nullopt) != 0) continue;
        out.logs.push_back(std::log(time.ms / other->second.ms));
        out.ms_a.push_back(time.ms);
        out.ms_c.push_back(other->second.ms);
    }
    return out;
}

} // namespace

Draft verdictT3(const RuleSubject& subject) {
    Draft draft = draftOf("T3", subject.target, subject.mode, ruleT3(subject));
    Verdict& v = draft.verdict;
    const Comparison at = comparisonIn(subject.data, subject.target, subject.mode);
    if (!at.has_a || !at.has_c)
        return untestable(draft,
                          "no run of " + std::string(at.has_a ? "C" : "A") + " was made in " + modeText(subject.mode) +
                              ": there is nothing to compare.",
                          "run A and C");
    leaveOut(draft, at.left);
    draft.compared = at.compared;
    v.effect_name =
        "TTFT of A over TTFT of C at turn " + std::to_string(at.turn) + " (" + at.a.stratum + " and " + at.c.stratum + ")";
    v.effect_unit = "ratio";
    const double delta = subject.rules.delta_t, margin = std::log(delta), alpha = subject.rules.alpha;
    draft.against = "all of it below " + timesText(delta);
    draft.open = "which fits a ratio of " + sharpText(delta) + " and a smaller one";
    if (at.logs.size() < 2) return unpaired(std::move(draft), at.a, at.c, subject);
    const TimeSample logs = timeSample(at.logs);
    const Interval interval = sampleInterval(logs, alpha), ratio = expInterval(interval);
    const TestResult flip = signFlipTest(at.logs, Side::Greater);
    const double msA = medianOf(at.ms_a).value_or(0), msC = medianOf(at.ms_c).value_or(0);
    const bool apart = tellsTimesApart(subject.instrument, msA, msC);
    v.effect = std::exp(logs.mean);
    v.interval = ratio;
    v.test = flip.method;
    v.p = flip.p;
    v.n = logs.n;
    v.n_of = "pairs of blocks";
    const std::string where = ", turn " + std::to_string(at.turn) + ", " + modeText(subject.mode);
    v.measures.push_back(medianTtft("A" + where, msA, logs.n, v.n_of));
    v.measures.push_back(medianTtft("C" + where, msC, logs.n, v.n_of));
    draft.runs_now = logs.n;
    draft.seen = "over " + counted(logs.n, "pair") + " A takes " + timesText(std::exp(logs.mean)) + " the TTFT of C at turn " +
                 std::to_string(at.turn) + " in " + modeText(subject.mode) + " (" + levelText(ratio) + " interval " +
                 sharpText(ratio.low) + " to " + sharpText(ratio.high) + "; medians " + sharpText(msA) + " ms and " +
                 sharpText(msC) + " ms)";
    if (!apart) draft.open = "no more than this instrument may be off by";
    draft.supports = apart && logs.mean >= margin && interval.low > 0;
    draft.rejects = interval.high < margin;
    const int now = logs.n;
    draft.runs_needed = [=](double needed) {
        return runsForEvenChance(now, [&](int n) {
            const bool can = apart && n >= signFlipFloor(needed);
            const double supported = can ? soFar(logs).above(std::max(margin - 1e-9, halfWidth(logs, needed, n)), n) : 0;
            return supported + soFar(logs).below(margin - halfWidth(logs, alpha, n), n);
        });
    };
    return draft;
}

std::optional<Caution> costHangsOnMode(const SweepData& data, const std::string& target,
                                       const std::optional<Instrument>& instrument) {
    const double margin = std::log(data.plan.analysis.delta_t);
    std::vector<std::string> seen;
    Caution out;
    bool dearer = false, not_dearer = false;
    for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Cold}) {
        const Comparison at = comparisonIn(data, target, mode);
        if (at.logs.size() < 2) return std::nullopt;
        const TimeSample logs = timeSample(at.logs);
        const Interval interval = sampleInterval(logs, data.plan.analysis.alpha);
        const bool apart = tellsTimesApart(instrument, medianOf(at.ms_a).value_or(0), medianOf(at.ms_c).value_or(0));
        dearer = dearer || (apart && interval.low > 0 && logs.mean >= margin);
        not_dearer = not_dearer || interval.high < margin;
        out.measures.push_back({"ttft_ratio",
                                "A over C, turn " + std::to_string(at.turn) + ", " + modeText(mode),
                                std::exp(logs.mean),
                                "ratio",
                                logs.n,
                                "pairs of blocks",
                                "geometric mean",
                                {},
                                expInterval(interval)});
        seen.push_back(timesText(std::exp(logs.mean)) + " the TTFT of C in " + modeText(mode) + " (" + counted(logs.n, "pair") +
                       ", turn " + std::to_string(at.turn) + ")");
    }
    if (!dearer || !not_dearer) return std::nullopt;
    out.target = target;
    out.text = target + ": whether A costs more than C hangs on the cache mode: A takes " + joined(seen, " and ") + ".";
    return out;
}

} // namespace looptax
