// Servers, proxies and budgets that lie, on sweeps whose truth is known: nothing that rests on the lie is decided, and why is
// said. Every world stands there without its lie too, and is decided.
#include "claims.h"

#include "analysis/decode_trend.h"
#include "domain/stream_kind.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace looptax::validity {

namespace {

using Kind = VerdictKind;
using Lie = std::function<void(MadeSweep&, SeededRandom&)>;

constexpr int kMostLiedSweeps = 1000; // each is judged twice

// An honest world in which one hypothesis is decided.
struct Subject {
    std::string id;
    std::string planted;
    Plan plan;
    World world;
    double power = 0;                           // share of sweeps that it is decided in, at least
    std::function<bool(const TurnRecord&)> far; // of the cell whose last turn lies are told of
    std::string where;                          // that cell, in words
};

struct Told {
    std::string text; // "; the runtime cuts every prompt of {where}, and the model fails"
    Lie lie;
    std::string reason; // words of the verdict that name it
};

bool decided(const Verdict& v) { return v.kind == Kind::Supported || v.kind == Kind::Rejected; }

bool named(const Verdict& v, const std::string& reason) { return (v.why + v.left_out_why).find(reason) != std::string::npos; }

Check honest(const Subject& of) {
    Check check;
    check.claim = {of.planted,
                   of.id + " decided in at least " + std::to_string(int(std::lround(100 * of.power))) + " % of sweeps",
                   Bound::AtLeast,
                   of.power,
                   0,
                   0,
                   false,
                   {}};
    check.run = [of](Claim& claim, SeededRandom& random, const Effort& effort) {
        countSweeps(claim, random, effort, Planted(of.plan, of.world), of.id, decided);
    };
    return check;
}

// Every sweep is drawn as without the lie, and lied about afterwards.
Check lied(const std::string& planted, const std::string& says, Bound bound, double limit, const Subject& of, const Lie& lie,
           const std::function<bool(const Verdict& honest, const Verdict& lied)>& hit) {
    Check check;
    check.claim = {planted, says, bound, limit, 0, 0, false, {}};
    check.run = [of, lie, hit](Claim& claim, SeededRandom& random, const Effort& effort) {
        Planted drawn(of.plan, of.world);
        const int sweeps = std::min(effort.sweeps, kMostLiedSweeps);
        int hits = 0;
        for (int i = 0; i < sweeps; ++i) {
            MadeSweep sweep = drawn.draw(random);
            const Verdict before = verdictIn(sweep, of.id);
            lie(sweep, random);
            hits += int(hit(before, verdictIn(sweep, of.id)));
        }
        judge(claim, hits, sweeps);
    };
    return check;
}

Check undecided(const Subject& of, const Told& told) {
    return lied(of.planted + "; " + told.text, of.id + " decided, or the reason not named, in no sweep", Bound::AtMost, 0, of,
                told.lie, [reason = told.reason](const Verdict&, const Verdict& v) { return decided(v) || !named(v, reason); });
}

// Runs by what was planted for their last turn; change() is told the run and that turn.
Lie atLastTurns(const std::function<bool(const TurnRecord&)>& far, const std::function<void(RunView&, TurnRecord&)>& change) {
    return [=](MadeSweep& sweep, SeededRandom&) {
        for (RunView& run : sweep.runs)
            if (TurnRecord& last = sweep.turns[run.turns.back()]; far(last)) change(run, last);
    };
}

void fail(RunView& run, TurnRecord& last, Outcome outcome) {
    run.outcome = RunOutcome::Failed;
    last.outcome = outcome;
    last.all_pass.reset();
}

Outcome byTurns(int i) {
    static constexpr std::array<Outcome, 3> kOutcomes{Outcome::HttpError, Outcome::Cut, Outcome::TimeoutIdle};
    return kOutcomes[std::size_t(i) % kOutcomes.size()];
}

std::vector<Told> liesOf(const Subject& of) {
    return {
        {"the runtime cuts every prompt of " + of.where + ", and the model fails",
         atLastTurns(of.far,
                     [](RunView& run, TurnRecord& t) {
                         t.prompt_truncated = true;
                         fail(run, t, Outcome::Overflow);
                     }),
         "the runtime cut their prompts"},
        {"the runtime cuts the prompts of " + of.where + " in every third block, and the model passes by luck",
         atLastTurns([far = of.far](const TurnRecord& t) { return far(t) && t.repeat % 3 == 0; },
                     [](RunView&, TurnRecord& t) {
                         judgeMade(t, true);
                         t.prompt_truncated = true;
                     }),
         "the runtime cut their prompts"},
        {"the server fails at " + of.where + " (HTTP 500, truncated streams, time-outs)",
         atLastTurns(of.far, [](RunView& run, TurnRecord& t) { fail(run, t, byTurns(run.run)); }), "ended by "},
        {"every reply of " + of.where + " hits max_tokens",
         atLastTurns(of.far,
                     [](RunView&, TurnRecord& t) {
                         judgeMade(t, false);
                         t.hit_max_tokens = true;
                         t.finish_reason = "length";
                     }),
         "hit max_tokens"},
    };
}

World passing(const std::function<double(const TurnRecord&)>& pass) {
    World world;
    world.pass = pass;
    return world;
}

std::vector<Subject> qualitySubjects() {
    const auto flat = [](const TurnRecord&) { return .999; };
    const auto longest = [](const TurnRecord& t) { return t.n == 6; };
    const auto held = [](const TurnRecord& t) { return std::min(t.n + t.padding.value_or(0), t.cap.value_or(9)) == 6; };
    return {
        {"H1", "A passes 99.9 % at N = 1 and 6, 40 runs a cell", only(madePlan({{"A", {1, 6}, {}, {}}}, 40), "H1"), passing(flat),
         .9, longest, "N = 6"},
        {"H1", "A falls from 95 % to 15 %, N = 1, 3 and 6, 8 runs a cell", only(madePlan({{"A", {1, 3, 6}, {}, {}}}, 8), "H1"),
         passing([](const TurnRecord& t) { return .95 - .8 * (t.n - 1) / 5.0; }), .9, longest, "N = 6"},
        {"H3", "A and B pass 99.9 % at N = 1 and 6, 45 repeats",
         only(madePlan({{"A", {1, 6}, {}, {}}, {"B", {1, 6}, {}, {}}}, 45), "H3"), passing(flat), .9,
         [](const TurnRecord& t) { return t.design == "A" && t.n == 6; }, "A, N = 6"},
        {"H4a", "C passes 99.9 % at N = 1, 3 and 6, 25 runs a cell", only(madePlan({{"C", {1, 3, 6}, {3}, {}}}, 25), "H4"),
         passing(flat), .9, longest, "N = 6"},
        {"H5a", "D passes 99.9 % with paddings of 1, 3 and 9, 25 runs a cell",
         only(madePlan({{"D", {2}, {}, {1, 3, 9}}}, 25), "H5"), passing(flat), .9,
         [](const TurnRecord& t) { return t.padding == 9; }, "padding 9"},
        {"Q1", "all designs pass 99.9 % with 1, 3 and 6 entries held, 30 runs a cell",
         only(madePlan({{"A", {1, 6}, {}, {}}, {"C", {6}, {3}, {}}, {"D", {2}, {}, {4}}}, 30), "Q1"), passing(flat), .9, held,
         "6 entries"},
    };
}

// --- times -----------------------------------------------------------------------------------------------------------

constexpr double kTokenMs = 10; // 100 tokens a second

World streaming(std::function<double(const TurnRecord&)> time, double noise) {
    World world = timed(std::move(time), noise);
    world.mark = [](TurnRecord& t) { t.stream = kTokenStream; };
    return world;
}

Told inChunks(const std::string& text, int tokens, const std::function<bool(const TurnRecord&)>& of) {
    return {text + " in chunks of " + std::to_string(tokens),
            [=](MadeSweep& sweep, SeededRandom&) {
                for (TurnRecord& t : sweep.turns)
                    if (of(t)) {
                        t.stream = kChunkedStream;
                        setMadeTtft(t, *t.ttft_ms + (tokens - 1) * kTokenMs);
                    }
            },
            "in chunks of several tokens"};
}

Told heldBack() {
    return {"a proxy holds every reply back",
            [](MadeSweep& sweep, SeededRandom&) {
                for (TurnRecord& t : sweep.turns) {
                    t.stream = kBufferedStream;
                    t.ttft_ms.reset(), t.ttft_content_ms.reset();
                }
            },
            "held back and sent at once"};
}

// --- counts ----------------------------------------------------------------------------------------------------------

bool reused(const TurnRecord& t) { return t.cache_mode != CacheMode::Cold && t.turn > 1; }

Told countsNewAlone() {
    return {"the runtime counts only what is new of a prompt",
            [](MadeSweep& sweep, SeededRandom&) {
                for (TurnRecord& t : sweep.turns)
                    if (reused(t)) {
                        t.prompt_tokens = t.processed_tokens;
                        t.cached_tokens.reset();
                        t.counts_disagree = "the count fits the new part of the prompt alone";
                    }
            },
            "its counts disagree with the prompt"};
}

Told countsNoCache() {
    return {"the runtime counts 0 cached tokens throughout",
            [](MadeSweep& sweep, SeededRandom&) {
                for (TurnRecord& t : sweep.turns) {
                    t.cached_tokens = 0;
                    t.processed_tokens = t.prompt_tokens;
                    t.stratum = "cold";
                }
            },
            "counts no cached tokens"};
}

// --- a machine that something else uses -------------------------------------------------------------------------------

World onAQuietMachine(World world) {
    world.mark = [mark = world.mark](TurnRecord& t) {
        if (mark) mark(t);
        t.disturbed = false;
    };
    return world;
}

void disturb(TurnRecord& t, double times) {
    setMadeTtft(t, *t.ttft_ms * times);
    t.disturbed = true;
    t.disturbed_by = "other programs used 900 ms of CPU";
}

Told disturbing(const std::string& text, double times, const std::function<bool(const TurnRecord&)>& of) {
    return {text,
            [=](MadeSweep& sweep, SeededRandom&) {
                for (TurnRecord& t : sweep.turns)
                    if (of(t)) disturb(t, times);
            },
            "something else used the machine"};
}

// --- decode rates ----------------------------------------------------------------------------------------------------

// Replies grow by 40 tokens a turn and come at 100 tokens a second, noise 2 %; change() makes the records of a server.
Check decoding(const std::string& planted, const std::string& says, Bound bound, double limit,
               const std::function<void(TurnRecord&)>& change, const std::function<bool(const DecodeTrend&)>& hit) {
    Check check;
    check.claim = {"decoding at 100 tokens a second, noise 2 %, replies of 80 to 280 tokens, 8 runs of A; " + planted,
                   says,
                   bound,
                   limit,
                   0,
                   0,
                   false,
                   {}};
    check.run = [=](Claim& claim, SeededRandom& random, const Effort& effort) {
        MadeSweep sweep = madeSweep(madePlan({{"A", {6}, {}, {}}}));
        int hits = 0;
        for (int i = 0; i < effort.sweeps; ++i) {
            std::vector<TurnRecord> turns = sweep.turns;
            for (TurnRecord& t : turns) {
                t.predicted_tokens = t.stream_reads = 40 + 40 * t.turn;
                t.decode_tps = 1000 / kTokenMs * std::exp(.02 * normal(random));
                t.stream = kTokenStream;
                change(t);
            }
            const auto trends = decodeTrends(turns);
            hits += int(trends.size() == 1 && hit(trends.front()));
        }
        judge(claim, hits, effort.sweeps);
    };
    return check;
}

Check noTrend(const std::string& planted, const std::string& reason, const std::function<void(TurnRecord&)>& change) {
    return decoding(
        planted, "no trend is given, and why is said, in every sweep", Bound::AtLeast, 1, change,
        [=](const DecodeTrend& trend) { return !trend.per_thousand && trend.why_not.find(reason) != std::string::npos; });
}

Check flatTrend(const std::string& planted, const std::function<void(TurnRecord&)>& change) {
    return decoding(planted, "a trend is given, and its interval covers 0, in at least 98 %", Bound::AtLeast, .98, change,
                    [](const DecodeTrend& trend) {
                        return trend.per_thousand && trend.interval && trend.interval->low <= 0 && trend.interval->high >= 0;
                    });
}

// Without the column the only sign is the number of reads.
std::function<void(TurnRecord&)> recordedBefore(int chunk) {
    return [=](TurnRecord& t) {
        const double tokens = double(*t.predicted_tokens);
        t.stream.clear();
        t.stream_reads = *t.predicted_tokens / chunk;
        *t.decode_tps *= (tokens - 1) / (tokens - chunk); // first chunk to last holds that many fewer
    };
}

} // namespace

std::vector<Check> lieChecks() {
    std::vector<Check> out;
    for (const Subject& of : qualitySubjects()) {
        out.push_back(honest(of));
        for (const Told& told : liesOf(of)) out.push_back(undecided(of, told));
    }

    // Failures that strike everywhere alike leave something to decide: the same, or nothing.
    const auto contrary = [](const Verdict& before, const Verdict& after) {
        return decided(before) && decided(after) && before.kind != after.kind;
    };
    const Lie atRandom = [](MadeSweep& sweep, SeededRandom& random) {
        for (RunView& run : sweep.runs)
            if (random.unit() < .1) fail(run, sweep.turns[run.turns.back()], byTurns(run.run));
    };
    const Lie anotherModel = [](MadeSweep& sweep, SeededRandom&) {
        for (RunView& run : sweep.runs) {
            TurnRecord& last = sweep.turns[run.turns.back()];
            if (2 * last.repeat <= sweep.plan.repeats) continue;
            last.reply_model = "another";
            fail(run, last, Outcome::Protocol);
        }
    };
    const auto subjects = qualitySubjects();
    const std::string opposite = "H1 says the contrary of what it says without that in no sweep";
    for (std::size_t i = 0; i < 2; ++i) { // H1: flat and falling
        const Subject& of = subjects[i];
        out.push_back(lied(of.planted + "; one run in ten fails", opposite, Bound::AtMost, 0, of, atRandom, contrary));
        out.push_back(lied(of.planted + "; the server changes its model half-way, and every run fails from there", opposite,
                           Bound::AtMost, 0, of, anotherModel, contrary));
    }
    out.push_back(lied(subjects[1].planted + "; one run in ten fails", "H1 Supported in at least 75 % of sweeps", Bound::AtLeast,
                       .75, subjects[1], atRandom, [](const Verdict&, const Verdict& v) { return v.kind == Kind::Supported; }));
    out.push_back(undecided(subjects[0], {"the server answers every run of a cell alike, word for word, under one seed",
                                          [](MadeSweep& sweep, SeededRandom&) {
                                              for (TurnRecord& t : sweep.turns) {
                                                  judgeMade(t, true);
                                                  t.seed = 42;
                                                  t.reply_sha256 = "turn " + std::to_string(t.turn);
                                              }
                                          },
                                          "copies of one conversation"}));

    Plan both = only(madePlan({{"A", {6}, {}, {}}}, 8, {CacheMode::RunIsolated, CacheMode::Cold}), "T4");
    both.order = Order::Blocked;
    const Subject t1{"T1",
                     "TTFT of A does not grow, noise 5 %, 8 runs",
                     only(madePlan({{"A", {6}, {}, {}}}, 8, {CacheMode::Cold}), "T1"),
                     streaming([](const TurnRecord&) { return 100.0; }, .05),
                     .95,
                     {},
                     {}};
    const Subject t2{"T2",
                     "TTFT of C is flat, noise 5 %, 8 runs",
                     only(madePlan({{"C", {6}, {3}, {}}}), "T2"),
                     streaming([](const TurnRecord&) { return 100.0; }, .05),
                     .95,
                     {},
                     {}};
    const Subject t3{"T3",
                     "A and C take as long, noise 5 %, 8 pairs",
                     only(madePlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}), "T3"),
                     streaming([](const TurnRecord&) { return 100.0; }, .05),
                     .95,
                     {},
                     {}};
    const Subject t4{
        "T4",
        "TTFT = 40 ms + processed x (6 ms + 1 ms x context / 1,000), noise 5 %, 8 pairs",
        both,
        streaming([](const TurnRecord& t) { return 40 + double(*t.processed_tokens) * (6 + 0.001 * double(*t.prompt_tokens)); },
                  .05),
        .95,
        {},
        {}};
    const std::array<Told, 3> chunks{
        inChunks("replies come from turn 4 on", 4, [](const TurnRecord& t) { return t.turn >= 4; }),
        inChunks("replies come at the last turn", 16, [](const TurnRecord& t) { return t.turn == 6; }),
        inChunks("replies of A come", 32, [](const TurnRecord& t) { return t.design == "A"; })};
    const std::array<Subject, 3> times{t1, t2, t3};
    for (std::size_t i = 0; i < times.size(); ++i) {
        out.push_back(honest(times[i]));
        out.push_back(undecided(times[i], chunks[i]));
        out.push_back(undecided(times[i], heldBack()));
    }
    out.push_back(honest(t4));
    out.push_back(undecided(t4, heldBack()));
    out.push_back(undecided(t4, countsNewAlone()));
    out.push_back(undecided(t4, countsNoCache()));

    out.push_back(flatTrend("token by token", [](TurnRecord&) {}));
    for (const int chunk : {4, 16, 32})
        out.push_back(noTrend("in chunks of " + std::to_string(chunk) + ", recorded before streams were told apart",
                              "fewer reads than tokens", recordedBefore(chunk)));
    out.push_back(noTrend("in chunks of 16", "chunked", [](TurnRecord& t) {
        t.stream = kChunkedStream;
        t.decode_tps.reset();
    }));
    out.push_back(noTrend("held back", "buffered", [](TurnRecord& t) {
        t.stream = kBufferedStream;
        t.decode_tps.reset();
    }));
    out.push_back(flatTrend("held back, and the runtime tells its own rate", [](TurnRecord& t) {
        t.stream = kBufferedStream;
        t.decode_tps_runtime = std::exchange(t.decode_tps, std::nullopt);
    }));

    Subject dearer = t3;
    dearer.planted = "A takes twice as long as C, noise 5 %, 8 pairs";
    dearer.world = streaming([](const TurnRecord& t) { return t.design == "A" ? 200.0 : 100.0; }, .05);
    Subject growing = t1;
    growing.planted = "TTFT of A grows threefold, noise 5 %, 8 runs";
    growing.world = streaming([](const TurnRecord& t) { return 100 * (1 + 2 * (t.turn - 1) / 5.0); }, .05);
    const auto last = [](const TurnRecord& t) { return t.turn == 6; };
    const auto of = [](const char* design) { return [=](const TurnRecord& t) { return t.design == design; }; };
    const std::pair<Subject, Told> disturbed[] = {
        {t1, disturbing("a compile from turn 4 on doubles its times", 2, [](const TurnRecord& t) { return t.turn >= 4; })},
        {growing, disturbing("a compile in turn 1 triples its times", 3, [](const TurnRecord& t) { return t.turn == 1; })},
        {t2, disturbing("a compile at the last turn doubles its times", 2, last)},
        {t3, disturbing("a compile beside every run of A doubles its times", 2, of("A"))},
        {t3, disturbing("a compile beside A in every other block makes it five times slower", 5,
                        [](const TurnRecord& t) { return t.design == "A" && t.repeat % 2 == 0; })},
        {dearer, disturbing("a compile beside every run of C doubles its times", 2, of("C"))},
        {t4, disturbing("a compile at the last turn in run-isolated makes it nine times slower", 9,
                        [](const TurnRecord& t) { return t.turn == 6 && t.cache_mode == CacheMode::RunIsolated; })},
    };
    for (auto [subject, told] : disturbed) {
        subject.world = onAQuietMachine(subject.world);
        out.push_back(undecided(subject, told));
    }
    const Lie nowAndThen = [](MadeSweep& sweep, SeededRandom& random) {
        for (TurnRecord& t : sweep.turns)
            if (random.unit() < .03) disturb(t, 1 + random.unit());
    };
    for (Subject subject : {t1, t2, t3, t4, dearer, growing}) {
        subject.world = onAQuietMachine(subject.world);
        const std::string planted = subject.planted + "; 3 % of turns are disturbed and take up to twice as long";
        out.push_back(lied(
            planted, subject.id + " decided as without that in at least 85 % of sweeps", Bound::AtLeast, .85, subject, nowAndThen,
            [](const Verdict& before, const Verdict& after) { return decided(before) && before.kind == after.kind; }));
        out.push_back(lied(planted, subject.id + " says the contrary of what it says without that in no sweep", Bound::AtMost, 0,
                           subject, nowAndThen, contrary));
    }
    return out;
}

} // namespace looptax::validity
