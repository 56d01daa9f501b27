// The intervals that stand beside medians, slopes, ratios, shares and the split of the time to first token.
#include "claims.h"

#include "analysis/loop_slopes.h"
#include "analysis/tax_split.h"
#include "base/text.h"
#include "stats/order_statistics.h"
#include "stats/proportion.h"
#include "stats/slope.h"

#include <cmath>
#include <memory>
#include <utility>

namespace looptax::validity {

namespace {

constexpr int kSlopeTurnsMade = 12;

std::string percent(double share, int decimals = 0) { return fixedText(100 * share, decimals) + " %"; }

Check covers(std::string planted, const std::string& whose, const std::string& what, Bound bound, double limit, double truth,
             IntervalIn intervalIn) {
    const std::string share = bound == Bound::About ? "the " + percent(limit, 1) + " that is printed"
                                                    : (bound == Bound::AtLeast ? "at least " : "at most ") + percent(limit);
    Check check;
    check.claim = {std::move(planted), whose + " covers " + what + " in " + share, bound, limit, 0, 0, false, {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        countIntervals(claim, random, effort, intervalIn, truth);
    };
    return check;
}

Check ofMedian(int n) {
    const double printed = medianCoverage(n, 1);
    return covers(std::to_string(n) + " values, lognormal, sd of ln 0.5", "the interval of their median", "the true one",
                  Bound::About, printed, 100, [n](SeededRandom& random) {
                      std::vector<double> values;
                      for (int i = 0; i < n; ++i) values.push_back(100 * std::exp(.5 * normal(random)));
                      return medianInterval(values);
                  });
}

Check ofShare(int n, double rate, const std::string& whose, std::optional<Interval> (*interval)(int, int, double), Bound bound,
              double limit) {
    return covers(std::to_string(n) + " runs, " + percent(rate) + " pass", whose, percent(rate), bound, limit, rate,
                  [=](SeededRandom& random) {
                      int hits = 0;
                      for (int i = 0; i < n; ++i) hits += int(random.unit() < rate);
                      return interval(hits, n, .95);
                  });
}

std::vector<double> thousands() {
    std::vector<double> out;
    for (int turn = 1; turn <= kSlopeTurnsMade; ++turn)
        out.push_back(.1 * turn * turn); // as a context that grows by more every turn
    return out;
}

// Sen's interval supposes one spread for all turns.
Check ofOneLine() {
    const auto line = [](double noise, SeededRandom& random) {
        std::vector<double> ms;
        for (const double x : thousands()) ms.push_back(40 + 600 * x + noise * normal(random));
        return theilSen(thousands(), ms).interval;
    };
    SeededRandom any(1);
    return covers("a run of 12 turns, TTFT = 40 ms + 600 ms per 1,000 tokens, sd 20 ms", "the interval of its Theil-Sen slope",
                  "600", Bound::About, line(1, any)->coverage, 600, [line](SeededRandom& random) { return line(20, random); });
}

using EstimateOf = std::function<Estimate(const LoopSlopes&)>;

Check overRuns(const std::string& planted, const std::string& whose, const std::string& what, Bound bound, double limit,
               double truth, std::function<double(const TurnRecord&)> time, double noise, EstimateOf estimateOf) {
    const auto drawn =
        std::make_shared<Planted>(madePlan({{"A", {6}, {}, {}}}, 8, {CacheMode::Cold}), timed(std::move(time), noise));
    return covers(planted, whose, what, bound, limit, truth, [=](SeededRandom& random) {
        std::vector<const TurnRecord*> turns;
        for (const TurnRecord& turn : drawn->draw(random).turns) turns.push_back(&turn);
        return estimateOf(loopSlopes(runSlopes(turns)).front()).interval;
    });
}

// The law of the time to first token, from the records of a sweep such as the README asks for.
struct LawPart {
    const char* name;
    double truth;
    LawValue PrefillLaw::*value;
};
constexpr LawPart kOverhead{"the overhead", MadeLaw{}.overhead_ms, &PrefillLaw::overhead_ms};
constexpr LawPart kToken{"the cost of a token", MadeLaw{}.per_token_ms, &PrefillLaw::per_token_ms};
constexpr LawPart kAttention{"the cost of attention", MadeLaw{}.per_token_context_ms, &PrefillLaw::per_token_context_ms};

Check ofLaw(const std::string& planted, const LawPart& part, double slow, double limit) {
    World world = timed(
        [](const TurnRecord& t) {
            return MadeLaw{}.ttft(double(t.processed_tokens.value_or(0)), double(t.prompt_tokens.value_or(0)));
        },
        .05);
    world.slow_blocks = slow;
    const auto drawn = std::make_shared<Planted>(
        madePlan({{"A", {12}, {}, {}}, {"C", {12}, {3}, {}}}, 3, {CacheMode::RunIsolated, CacheMode::Cold}), world);
    return covers(planted, std::string("the 95 % interval of ") + part.name + " in the fitted split", "it", Bound::AtLeast, limit,
                  part.truth, [=](SeededRandom& random) -> std::optional<Interval> {
                      const PrefillLaw found = splitTax(drawn->draw(random).turns).targets.front().law;
                      if (!found.told_apart) return std::nullopt;
                      const LawValue& value = found.*part.value;
                      return Interval{value.low, value.high, .95, {}};
                  });
}

} // namespace

std::vector<Check> intervalChecks() {
    const auto law = [](const TurnRecord& t) { return 40 + 0.6 * double(t.processed_tokens.value_or(0)); };
    const auto threefold = [](const TurnRecord& t) { return 100 * (1 + 2 * (t.turn - 1) / 5.0); };
    const std::string growing = "TTFT of A is three times as long at the last turn, noise 10 %, 8 runs";
    const double eight = medianCoverage(8, 1);
    const std::string split = "TTFT = 40 ms + processed x (6 ms + 1 ms x attended / 1,000), noise 5 %, A and C of 12 turns, "
                              "run-isolated and cold, 3 repeats";
    return {
        ofMedian(5),
        ofMedian(8),
        ofOneLine(),
        overRuns("TTFT of A = 40 ms + 600 ms per 1,000 processed tokens, noise 10 %, 8 runs",
                 "the interval of the median slope over runs", "600", Bound::About, eight, 600, law, .1,
                 [](const LoopSlopes& c) { return c.on(TokenAxis::Processed).ms_per_1k; }),
        overRuns(growing, "the interval of the geometric mean of the runs' ratios", "3", Bound::About, .95, 3, threefold, .1,
                 [](const LoopSlopes& c) { return c.ratio; }),
        overRuns(growing, "the interval of the median of the runs' ratios", "3", Bound::About, eight, 3, threefold, .1,
                 [](const LoopSlopes& c) { return c.ratio_median; }),
        ofShare(8, .85, "Wilson's 95 % interval", wilsonInterval, Bound::AtLeast, .95),
        // Why it is for showing and not for claims: near the ceiling it covers too little.
        ofShare(8, .98, "Wilson's 95 % interval", wilsonInterval, Bound::AtMost, .90),
        ofShare(8, .85, "Clopper and Pearson's 95 % interval", clopperPearson, Bound::AtLeast, .95),
        ofShare(8, .98, "Clopper and Pearson's 95 % interval", clopperPearson, Bound::AtLeast, .95),
        // "A little less often than it says", says prefill_law.h.
        ofLaw(split, kOverhead, 0, .9),
        ofLaw("the same", kToken, 0, .9),
        ofLaw("the same", kAttention, 0, .9),
        // The runs of a block are not independent where it is slow as a whole.
        ofLaw(split + "; slow blocks (sd 5 %)", kOverhead, .05, .9),
        ofLaw("the same", kToken, .05, .9),
        ofLaw("the same", kAttention, .05, .9),
    };
}

} // namespace looptax::validity
