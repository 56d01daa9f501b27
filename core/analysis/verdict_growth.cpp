// T1.
#include "analysis/verdict_time.h"

#include "analysis/more_runs.h"
#include "analysis/time_sample.h"
#include "base/text.h"
#include "stats/permutation.h"
#include "stats/slope.h"

#include <algorithm>
#include <cmath>

namespace looptax {

namespace {

constexpr double kRisesBy = 1.5; // below that a slope on processed tokens is a slope on noise
constexpr std::size_t kMostPoints = 100;

using TokenCount = std::function<std::optional<double>(const TurnRecord&)>;

template <class Value> std::optional<double> asNumber(const std::optional<Value>& value) {
    return value ? std::optional<double>(double(*value)) : std::nullopt;
}

struct Endpoint {
    CacheMode mode = CacheMode::RunIsolated;
    TurnSpan span;
    LeftOut left;
    TokenCount tokens; // empty: a ratio
    std::string tokens_name;
    std::string note; // why it is not the one that was planned
};

std::vector<const TurnRecord*> turnsIn(const Endpoint& end, const JudgedRun& run) {
    std::vector<const TurnRecord*> out;
    for (int turn = end.span.first; turn <= end.span.last; ++turn)
        if (const TurnRecord* at = turnOf(run, turn); at != nullptr && usableIn(end.span, end.mode, *at)) out.push_back(at);
    return out;
}

bool risesAtEveryTurn(const Endpoint& end) {
    for (const JudgedRun* run : end.span.runs) {
        std::optional<double> first, before;
        for (const TurnRecord* turn : turnsIn(end, *run)) {
            const auto now = end.tokens(*turn);
            if (!now || (before && *now <= *before)) return false;
            if (!first) first = now;
            before = now;
        }
        if (!first || *before < kRisesBy * *first) return false;
    }
    return !end.span.runs.empty();
}

std::vector<Endpoint> endpointsByMode(const RuleSubject& subject) {
    std::vector<Endpoint> out;
    for (const CacheMode mode : {CacheMode::RunIsolated, CacheMode::Cold, CacheMode::Natural}) {
        const auto runs = runsWhere(subject.data, subject.target,
                                    [&](const JudgedRun& run) { return run.design == "A" && run.cache_mode == mode; });
        if (runs.empty()) continue;
        Endpoint end;
        end.mode = mode;
        end.span = turnSpan(subject.data, runs, mode, 1, end.left);
        out.push_back(std::move(end));
    }
    return out;
}

bool allHave(const Endpoint& end, const TokenCount& tokens) {
    for (const JudgedRun* run : end.span.runs)
        for (const TurnRecord* turn : turnsIn(end, *run))
            if (!tokens(*turn)) return false;
    return true;
}

void measureByContext(Endpoint& end) {
    end.tokens = [](const TurnRecord& turn) { return asNumber(turn.prompt_tokens); };
    end.tokens_name = "context tokens";
    if (allHave(end, end.tokens)) return;
    end.tokens = [](const TurnRecord& turn) { return std::optional<double>(double(turn.context_tokens_estimate)); };
    end.tokens_name = "context tokens (estimated as characters / 4)";
}

std::optional<Endpoint> chooseEndpoint(const RuleSubject& subject) {
    std::vector<Endpoint> all = endpointsByMode(subject);
    if (all.empty()) return std::nullopt;
    if (subject.rules.primary == "slope_processed") {
        const bool miscounted = uncountedCache(subject.data, subject.target, subject.instrument).has_value();
        for (Endpoint& end : all) {
            if (miscounted && end.mode != CacheMode::Cold) continue;
            end.tokens = [](const TurnRecord& turn) { return asNumber(turn.processed_tokens); };
            end.tokens_name = "processed tokens";
            if (end.span.first < end.span.last && risesAtEveryTurn(end)) return end;
        }
        Endpoint& end = all.front();
        end.note = allHave(end, end.tokens) ? "processed tokens do not rise with the turn, since the prefix is reused"
                                            : "the runtime does not say how many tokens it processed";
        measureByContext(end);
        return end;
    }
    Endpoint& end = all.front();
    if (subject.rules.primary == "ratio") end.tokens = {};
    else measureByContext(end);
    return end;
}

std::optional<double> valueOf(const Endpoint& end, const JudgedRun& run) {
    const double growth = std::log(*turnOf(run, end.span.last)->ttft_ms / *turnOf(run, end.span.first)->ttft_ms);
    if (!end.tokens) return growth;
    const auto turns = turnsIn(end, run);
    std::vector<double> x, y;
    const std::size_t stride = turns.size() / kMostPoints + 1;
    for (std::size_t i = 0; i < turns.size(); i += stride) {
        const auto tokens = end.tokens(*turns[i]);
        if (!tokens) continue;
        x.push_back(*tokens);
        y.push_back(*turns[i]->ttft_ms);
    }
    const SlopeFit fit = theilSen(x, y);
    if (!fit.slope) return std::nullopt;
    return 1000 * *fit.slope;
}

std::string ruleT1(const RuleSubject& subject) {
    const AnalysisRules& rules = subject.rules;
    return "One value a run by the endpoint " + rules.primary + ". Supported: sign flips over runs (" + exactFlipsText() +
           "), one-sided, p after Holm at most " + numberText(rules.alpha) + ", its interval above 0, and TTFT grows at least " +
           sharpText(rules.delta_t) + " times from the first turn to the last of one stratum. Rejected: the " +
           levelText({0, 0, subject.level(), {}}) + " interval of that growth lies below " + sharpText(rules.delta_t) +
           " times. Else inconclusive.";
}

} // namespace

Draft verdictT1(const RuleSubject& subject) {
    auto end = chooseEndpoint(subject);
    Draft draft = draftOf("T1", subject.target, end ? end->mode : subject.mode, ruleT1(subject));
    if (!end) return untestable(draft, "no run of A was made.", "run A");
    Verdict& v = draft.verdict;
    std::vector<double> values, growths;
    for (const JudgedRun* run : end->span.runs) {
        if (end->span.first >= end->span.last) break;
        const auto value = valueOf(*end, *run);
        if (!value) {
            ++end->left.broken;
            continue;
        }
        values.push_back(*value);
        growths.push_back(std::log(*turnOf(*run, end->span.last)->ttft_ms / *turnOf(*run, end->span.first)->ttft_ms));
        for (const TurnRecord* turn : turnsIn(*end, *run)) draft.compared.push_back(turn);
    }
    leaveOut(draft, end->left);
    if (end->span.first >= end->span.last)
        return untestable(draft,
                          "A has no two turns of one stratum in " + modeText(end->mode) +
                              " (longest N = " + std::to_string(end->span.last) + ").",
                          "run A with more turns");
    if (values.size() < 2) {
        v.measures.push_back(usableMeasure("runs of A", int(values.size())));
        return untestable(draft, counted(int(values.size()), "run") + " of A can be used for times: a spread needs two.",
                          "add repeats");
    }
    const TimeSample sample = timeSample(values), growth = timeSample(growths);
    const double alpha = subject.rules.alpha, margin = std::log(subject.rules.delta_t);
    const Interval interval = sampleInterval(sample, alpha), grown = sampleInterval(growth, alpha);
    const TestResult flip = signFlipTest(values, Side::Greater);
    const std::string turns = "turn " + std::to_string(end->span.first) + " to turn " + std::to_string(end->span.last);
    if (end->tokens) {
        v.effect = sample.mean;
        v.effect_name = "slope of TTFT of A on " + end->tokens_name + ", " + turns;
        v.effect_unit = "ms per 1,000 tokens";
        v.interval = interval;
    } else {
        v.effect = std::exp(sample.mean);
        v.effect_name = "TTFT of A, last turn over first, " + turns;
        v.effect_unit = "ratio";
        v.interval = expInterval(interval);
    }
    v.test = flip.method;
    v.p = flip.p;
    v.n = sample.n;
    v.n_of = "runs";
    const double before = medianTime(end->span.runs, end->span.first), after = medianTime(end->span.runs, end->span.last);
    const bool apart = tellsTimesApart(subject.instrument, after, before);
    const Interval times = expInterval(grown);
    const int timesAt = int(end->span.runs.size());
    const std::string inMode = ", " + modeText(end->mode);
    v.measures.push_back(medianTtft("A, turn " + std::to_string(end->span.first) + inMode, before, timesAt, "runs"));
    v.measures.push_back(medianTtft("A, turn " + std::to_string(end->span.last) + inMode, after, timesAt, "runs"));
    v.measures.push_back(
        {"ttft_growth", "A, " + turns + inMode, std::exp(growth.mean), "ratio", growth.n, "runs", "geometric mean", {}, times});
    draft.runs_now = sample.n;
    draft.seen = "over " + counted(sample.n, "run") + " the median TTFT of A goes from " + sharpText(before) + " ms at turn " +
                 std::to_string(end->span.first) + " to " + sharpText(after) + " ms at turn " + std::to_string(end->span.last) +
                 " in " + modeText(end->mode) + ", and a run's own is multiplied by " + plainText(std::exp(growth.mean), 2) +
                 ", the geometric mean (" + levelText(times) + " interval " + sharpText(times.low) + " to " +
                 sharpText(times.high) + ")";
    if (end->tokens)
        draft.seen += ", " + sharpText(sample.mean) + " ms per 1,000 " + end->tokens_name + ", mean of the runs' slopes";
    const auto strayed = std::count_if(end->span.runs.begin(), end->span.runs.end(), [&](const JudgedRun* run) {
        return std::any_of(run->turns.begin(), run->turns.end(), [&](const TurnRecord* turn) {
            return turn->turn < end->span.last && !turn->all_pass.value_or(false);
        });
    });
    // Nothing puts a conversation right: it goes on with what was said, and its own tokens are what it is fitted on.
    if (strayed > 0) {
        draft.seen += "; in " + std::to_string(strayed) + " of these runs a reply was wrong and the conversation went on with it";
        v.measures.push_back(countMeasure("runs_with_a_wrong_reply", "A, before turn " + std::to_string(end->span.last) + inMode,
                                          int(strayed), timesAt, "runs"));
    }
    if (!end->note.empty()) draft.seen += " (" + end->note + ")";
    draft.against = "all of it below " + timesText(subject.rules.delta_t);
    draft.open = apart ? "which fits a growth of " + timesText(subject.rules.delta_t) + " and a smaller one"
                       : "no more than this instrument may be off by";
    draft.supports = apart && interval.low > 0 && growth.mean >= margin;
    draft.rejects = grown.high < margin;
    const int now = sample.n;
    draft.runs_needed = [=](double needed) {
        return runsForEvenChance(now, [&](int n) {
            const bool can = apart && n >= signFlipFloor(needed);
            const double supported =
                can ? std::min(soFar(sample).above(halfWidth(sample, needed, n), n), soFar(growth).above(margin - 1e-9, n)) : 0;
            return supported + soFar(growth).below(margin - halfWidth(growth, alpha, n), n);
        });
    };
    return draft;
}

} // namespace looptax
