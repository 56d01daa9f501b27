// T1 to T4 on sweeps whose every time was chosen.
#include "support/made_sweep.h"
#include "support/test_registry.h"

#include "base/seeded_random.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace looptax;

namespace {

constexpr CacheMode kIsolated = CacheMode::RunIsolated;
constexpr CacheMode kCold = CacheMode::Cold;

// Each time a few percent off, up and down in turn, so that runs differ and nobody's median moves.
void jitter(TurnRecord& t, double percent) {
    const int step = (t.repeat * 5 + t.turn * 3 + int(t.design.front())) % 7 - 3;
    setMadeTtft(t, *t.ttft_ms * (1 + percent / 100 * step / 3));
}

MadeSweep twoModes(int repeats, const std::function<void(TurnRecord&)>& change, const MadeLaw& law = {}) {
    return madeSweep(
        madePlan({{"A", {1, 6}, {}, {}}, {"C", {6}, {3}, {}}}, repeats, {kIsolated, kCold}),
        [&](TurnRecord& t) {
            jitter(t, 2);
            if (change) change(t);
        },
        law);
}

Verdict judged(const MadeSweep& sweep, const char* id) {
    const Analysis analysis = analyse(sweep.inputs());
    const Verdict* v = verdictOf(analysis, id);
    return v != nullptr ? *v : Verdict{};
}

bool near(double a, double b, double by) { return std::abs(a - b) <= by; }

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

} // namespace

class tst_verdict_time : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void verdicts_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("repeats");
        QTest::addColumn<QString>("world");
        QTest::addColumn<QString>("kind");
        const auto row = [](const char* id, int repeats, const char* world, const char* kind) {
            QTest::addRow("%s: %s, %d repeats", id, world, repeats)
                << QString::fromLatin1(id) << repeats << QString::fromLatin1(world) << QString::fromLatin1(kind);
        };
        row("T1", 8, "re-reading", "supported");
        row("T1", 8, "flat", "rejected");
        row("T1", 2, "re-reading", "inconclusive"); // two signs prove nothing
        row("T1", 8, "wild", "inconclusive");
        row("T2", 8, "re-reading", "supported");
        row("T2", 8, "C grows", "rejected");
        row("T2", 8, "wild", "inconclusive");
        row("T3", 8, "re-reading", "supported");
        row("T3", 8, "flat", "rejected");
        row("T3", 8, "wild", "inconclusive");
        row("T4", 8, "re-reading", "supported");
        row("T4", 8, "attention", "rejected");
        row("T4", 8, "half", "inconclusive");
        row("T4", 8, "flat", "not_triggered");
    }
    void verdicts() {
        QFETCH(QString, id);
        QFETCH(int, repeats);
        QFETCH(QString, world);
        QFETCH(QString, kind);
        const std::string w = world.toStdString();
        SeededRandom random(7);
        const auto sweep = twoModes(repeats, [&](TurnRecord& t) {
            if (w == "flat") {
                setMadeTtft(t, 500);
                jitter(t, 2);
            }
            if (w == "C grows" && t.design == "C" && t.turn == t.n) setMadeTtft(t, 3 * *t.ttft_ms);
            if (w == "wild") setMadeTtft(t, 300 * std::exp(1.5 * random.unit()));
            // The same growth whether the prefix was reused or not: nothing of it is re-reading.
            if ((w == "attention" || w == "half") && t.design == "A" && t.cache_mode == kIsolated && t.turn > 1)
                setMadeTtft(t, 300 + (w == "half" ? 0.5 : 0.9) * 652 * (t.turn - 2));
        });
        const Verdict v = judged(sweep, qPrintable(id));
        QVERIFY2(QString::fromUtf8(name(v.kind)) == kind, (std::string(name(v.kind)) + ": " + v.why).c_str());
        QVERIFY(!v.why.empty() && !v.rule.empty());
        QCOMPARE(v.decide.empty(), v.kind != VerdictKind::Inconclusive);
        if (v.interval) QVERIFY(v.interval->low <= *v.effect && *v.effect <= v.interval->high);
    }
    // Cold reads everything again, so processed tokens rise with the turn there and nowhere else.
    void theMainMeasureChoosesTheMode() {
        MadeLaw law;
        law.per_token_context_ms = 0;
        auto sweep = madeSweep(madePlan({{"A", {6}, {}, {}}}, 8, {kIsolated, kCold}), {}, law);
        const auto processed = judged(sweep, "T1");
        QVERIFY(processed.cache_mode == kCold);
        QVERIFY(near(*processed.effect, 6000, 1e-6)); // ms per 1,000 tokens: the law's own
        QCOMPARE(processed.effect_unit, std::string("ms per 1,000 tokens"));
        sweep.plan.analysis.primary = "slope_context";
        QVERIFY(judged(sweep, "T1").cache_mode == kIsolated);
        sweep.plan.analysis.primary = "ratio";
        const auto ratio = judged(sweep, "T1");
        QVERIFY(ratio.cache_mode == kIsolated);
        QVERIFY(says(ratio.effect_name, "turn 2 to turn 6")); // turn 1 is cold there
    }
    void withoutCountsTheContextServes() {
        const auto sweep = madeSweep(madePlan({{"A", {6}, {}, {}}}), [](TurnRecord& t) {
            t.cached_tokens.reset(), t.processed_tokens.reset(), t.prompt_tokens.reset();
            t.stratum = "unknown";
            setMadeTtft(t, 100.0 * t.turn + t.repeat);
        });
        const auto v = judged(sweep, "T1");
        QCOMPARE(v.kind, VerdictKind::Supported);
        QVERIFY(says(v.effect_name, "estimated as characters / 4"));
        QVERIFY(says(v.effect_name, "turn 2")); // what turn 1 reused is not known to be like the rest
        QVERIFY(says(v.why, "does not say how many tokens"));
        const auto t4 = judged(sweep, "T4");
        QCOMPARE(t4.kind, VerdictKind::Untestable);
    }
    void aRatioComesWithItsNumbers() {
        const double a[] = {1010, 1046, 1080, 1035, 1102}, c[] = {104, 101, 106, 99, 110};
        const auto sweep = madeSweep(madePlan({{"A", {12}, {}, {}}, {"C", {12}, {3}, {}}}, 5), [&](TurnRecord& t) {
            if (t.turn == 12) setMadeTtft(t, (t.design == "A" ? a : c)[t.repeat - 1]);
        });
        const auto v = judged(sweep, "T3");
        QVERIFY(near(*v.effect, 10.142, 5e-4));
        QVERIFY(near(*v.p, 0.03125, 1e-12));
        QCOMPARE(v.n, 5);
        QCOMPARE(v.kind, VerdictKind::Inconclusive); // five pairs cannot reach alpha in a family of five
        QCOMPARE(v.more_runs.value_or(0), 2);        // seven can: 1 / 128 <= 0.05 / 5
        QVERIFY(says(v.why, "but p after Holm is above 0.05"));
    }
    void aFlatRatioComesWithItsNumbers() {
        const double first[] = {122, 118, 120, 125, 121}, last[] = {100, 104, 103, 99, 106};
        auto sweep = madeSweep(madePlan({{"C", {15}, {3}, {}}}, 5), [&](TurnRecord& t) {
            if (t.turn == 4) setMadeTtft(t, first[t.repeat - 1]);
            if (t.turn == 15) setMadeTtft(t, last[t.repeat - 1]);
        });
        sweep.plan.analysis.own_family = {"T2"};
        const auto v = judged(sweep, "T2");
        QVERIFY(near(v.interval->low, 0.8086, 5e-5) && near(v.interval->high, 0.8826, 5e-5));
        QVERIFY(near(*v.p, 0.028479, 5e-7));
        QCOMPARE(v.kind, VerdictKind::Supported);
        sweep.plan.analysis.delta_t = 1.10;
        QCOMPARE(judged(sweep, "T2").kind, VerdictKind::Rejected); // wholly outside that margin
    }
    void flatMeansOfAFullState() {
        const auto v = judged(madeSweep(madePlan({{"C", {4}, {3}, {}}})), "T2");
        QCOMPARE(v.kind, VerdictKind::Untestable);
        QVERIFY(says(v.why, "of C is full from turn 4 on"));
        QVERIFY(says(v.decide, "turn 5"));
    }
    void whatIsMissingIsNamed() {
        const auto one = madeSweep(madePlan({{"A", {1}, {}, {}}}));
        QCOMPARE(judged(one, "T1").kind, VerdictKind::Untestable);
        QVERIFY(says(judged(one, "T1").why, "no two turns of one stratum"));
        QVERIFY(says(judged(one, "T1").decide, "more turns"));
        QCOMPARE(judged(one, "T3").kind, VerdictKind::Untestable);
        QVERIFY(says(judged(one, "T3").why, "No run of C"));
        QVERIFY(says(judged(madeSweep(madePlan({{"C", {6}, {3}, {}}})), "T1").why, "No run of A"));
    }
    void whatCannotBeTimedIsCounted() {
        auto sweep = twoModes(10, [](TurnRecord& t) {
            if (t.design == "C" && t.repeat == 1) t.state_diverged = t.turn == 4;
            if (t.repeat == 3 && t.turn == 6) t.cache_mode_broken = true;
        });
        sweep.plan.on_bad_turn = OnBadTurn::Carry;
        for (RunView& run : sweep.runs)
            if (sweep.turns[run.turns.front()].repeat == 2) run.outcome = RunOutcome::Failed;
        const auto t2 = judged(sweep, "T2");
        QCOMPARE(t2.n, 7);
        QCOMPARE(t2.left_out, 3);
        QVERIFY(says(t2.left_out_why, "1 not complete") && says(t2.left_out_why, "1 whose state had diverged") &&
                says(t2.left_out_why, "1 without a time"));
        sweep.plan.on_bad_turn = OnBadTurn::Oracle; // the state was put right: the times compare
        QCOMPARE(judged(sweep, "T2").n, 8);
    }
    // A reply that was held back has no TTFT, and that of a chunk is not that of a token.
    void whatAStreamCannotTellIsNotCompared_data() {
        QTest::addColumn<QString>("stream");
        QTest::addColumn<int>("repeats"); // of 8, those whose stream it is
        QTest::addColumn<bool>("decided");
        QTest::addColumn<QString>("said");
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        QTest::newRow("all held back") << s("buffered") << 8 << false << s("whose replies were held back and sent at once");
        QTest::newRow("one held back") << s("buffered") << 1 << true << s(" whose replies were held back and sent at once");
        QTest::newRow("all in chunks: alike") << s("chunked") << 8 << true << s("");
        QTest::newRow("some in chunks") << s("chunked") << 2 << false
                                        << s("in chunks of several tokens, whose TTFT is that of the first chunk");
    }
    void whatAStreamCannotTellIsNotCompared() {
        QFETCH(QString, stream);
        QFETCH(int, repeats);
        QFETCH(bool, decided);
        QFETCH(QString, said);
        const auto sweep = twoModes(8, [&](TurnRecord& t) {
            t.stream = "token";
            if (t.repeat > repeats) return;
            t.stream = stream.toStdString();
            if (stream == QLatin1String("buffered")) t.ttft_ms.reset(), t.ttft_content_ms.reset();
        });
        for (const char* id : {"T1", "T2", "T3", "T4"}) {
            const Verdict v = judged(sweep, id);
            const bool isDecided = v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected;
            // Seven pairs are too few for a family of five.
            QVERIFY2(isDecided == decided || (repeats == 1 && v.kind == VerdictKind::Inconclusive),
                     (v.id + ": " + v.why).c_str());
            QVERIFY2(QString::fromStdString(v.why + v.left_out_why).contains(said), (v.id + ": " + v.why).c_str());
        }
        const Analysis a = analyse(sweep.inputs());
        const char* how =
            stream == QLatin1String("buffered") ? "came at once, held back on the way" : "came in chunks of several tokens";
        QVERIFY(std::any_of(a.cautions.begin(), a.cautions.end(), [&](const Caution& caution) {
            return says(caution.text, how) && says(caution.text, "are mixed here") == (repeats < 8);
        }));
    }
    // Counted, the disturbed turns would decide, or would hide what is so: neither is a finding about the model.
    void whatWasDisturbedDecidesNothing_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("design");  // whose turns were disturbed
        QTest::addColumn<int>("from");        // turn
        QTest::addColumn<int>("repeats");     // of 8
        QTest::addColumn<double>("times");    // as long
        QTest::addColumn<QString>("decided"); // empty: withheld
        QTest::addColumn<QString>("said");
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        const auto row = [&](const char* id, const char* design, int from, int repeats, double times, const char* decided,
                             const char* said) {
            QTest::addRow("%s, %s, turn %d, %d repeats", id, design, from, repeats)
                << s(id) << s(design) << from << repeats << times << s(decided) << s(said);
        };
        row("T1", "A", 6, 8, 3, "", "without them too little is left to judge");
        row("T1", "A", 6, 1, 1.5, "supported", "Without them the verdict is the same");
        row("T2", "C", 6, 8, 3, "", "too little is left");
        row("T2", "C", 6, 3, 4, "", "Counted, the verdict is inconclusive, without them it is supported");
        row("T2", "C", 6, 1, 1.05, "supported", "the same");
        row("T3", "A", 6, 8, 3, "", "Counted, the verdict is supported, without them too little is left");
        row("T3", "C", 6, 8, 20, "", "Counted, the verdict is rejected, without them too little is left");
        row("T3", "C", 6, 1, 1.2, "supported", "1 of the 16 turns compared were disturbed");
        row("T4", "A", 6, 8, 3, "", "too little is left");
        row("T4", "A", 6, 1, 1.02, "supported", "the same");
    }
    void whatWasDisturbedDecidesNothing() {
        QFETCH(QString, id);
        QFETCH(QString, design);
        QFETCH(int, from);
        QFETCH(int, repeats);
        QFETCH(double, times);
        QFETCH(QString, decided);
        QFETCH(QString, said);
        const auto sweep = [&](std::optional<bool> known) {
            return twoModes(8, [&](TurnRecord& t) {
                t.disturbed = known;
                if (design.toStdString() != t.design || t.turn < from || t.repeat > repeats) return;
                setMadeTtft(t, *t.ttft_ms * times);
                if (known.value_or(true)) return; // the columns are not there
                t.disturbed = true;
                t.disturbed_by = "other programs used 812 ms of CPU";
            });
        };
        const MadeSweep marked = sweep(false);
        const Analysis a = analyse(marked.inputs());
        const Verdict v = *verdictOf(a, id.toStdString());
        const bool isDecided = v.kind == VerdictKind::Supported || v.kind == VerdictKind::Rejected;
        QVERIFY2(isDecided ? QString::fromUtf8(name(v.kind)) == decided
                           : decided.isEmpty() && v.kind == VerdictKind::Inconclusive,
                 v.why.c_str());
        QVERIFY2(says(v.why, qPrintable(said)), v.why.c_str());
        QVERIFY(v.without_disturbed && v.without_disturbed->same() == isDecided);
        QCOMPARE(says(v.decide, "a quiet machine"), !isDecided);
        const auto told = [&](const char* words) {
            return std::any_of(a.cautions.begin(), a.cautions.end(),
                               [&](const Caution& caution) { return says(caution.text, words); });
        };
        QVERIFY(told("because something else used the machine: other programs used"));
        QCOMPARE(told("not decided, because without the disturbed turns"), !isDecided);
        // A record that does not say was not quiet, and nothing is said of it.
        const Verdict older = judged(sweep(std::nullopt), qPrintable(id));
        QVERIFY(!older.without_disturbed && !says(older.why, "disturbed"));
        QCOMPARE(older.kind, v.without_disturbed->with);
    }
    // Counts that contradict each other are none.
    void whatTheRuntimeMiscountsDecidesNothing() {
        const auto v = judged(twoModes(8,
                                       [](TurnRecord& t) {
                                           if (t.cache_mode == kIsolated && t.turn > 1)
                                               t.counts_disagree = "100 counted, the prompt needs 400";
                                       }),
                              "T4");
        QCOMPARE(v.kind, VerdictKind::Untestable);
        QVERIFY2(says(v.why, "its counts disagree with the prompt"), v.why.c_str());
    }
    void pairsNeedOneSeed() {
        const auto paired = judged(twoModes(8, {}), "T3");
        QVERIFY(says(paired.n_of, "pairs"));
        const auto v = judged(twoModes(8, [](TurnRecord& t) { *t.seed += t.design == "C" ? 1 : 0; }), "T3");
        QVERIFY(says(v.n_of, "unpaired"));
        QCOMPARE(v.n, 16);
        QCOMPARE(v.kind, VerdictKind::Supported);
    }
    // A keeps its prefix and C does not: cheaper while it is reused, dearer once all is read again.
    void theCacheModeCanTurnACostRound() {
        auto sweep = twoModes(8, [](TurnRecord& t) {
            if (t.turn == 6 && t.cache_mode == kIsolated) setMadeTtft(t, (t.design == "A" ? 600.0 : 1500.0) + t.repeat);
        });
        const Analysis a = analyse(sweep.inputs());
        QCOMPARE(verdictOf(a, "T3")->kind, VerdictKind::Rejected);
        const auto said = [](const Analysis& of) {
            return std::any_of(of.cautions.begin(), of.cautions.end(),
                               [](const Caution& caution) { return says(caution.text, "hangs on the cache mode: A takes 0.4"); });
        };
        QVERIFY(said(a));
        QVERIFY(!said(analyse(twoModes(8, {}).inputs()))); // dearer in both
        sweep.runs.pop_back();
        sweep.collecting = true; // no more announced than a verdict
        QVERIFY(!said(analyse(sweep.inputs())));
    }
    // Nobody may call a difference what the instrument itself may be off by.
    void theInstrumentHasAWord() {
        auto sweep = twoModes(8, {});
        Instrument instrument;
        instrument.ours.ttft_ms = {100, 0, 0.1, 60'000, 60'000};
        sweep.instrument = instrument;
        for (const char* id : {"T1", "T3", "T4"}) QVERIFY(judged(sweep, id).kind != VerdictKind::Supported);
        sweep.instrument->ours.ttft_ms.p99 = 0.3;
        for (const char* id : {"T1", "T3", "T4"}) QCOMPARE(judged(sweep, id).kind, VerdictKind::Supported);
    }
    // Where attention makes up most of what re-reading costs, the pair and the fitted split speak of different things.
    void theSplitHasAWord() {
        MadeLaw attention;
        attention.per_token_ms = 1;
        attention.per_token_context_ms = 0.02;
        const auto v = judged(twoModes(8, {}, attention), "T4");
        QCOMPARE(v.kind, VerdictKind::Inconclusive);
        QVERIFY2(says(v.why, "the two do not agree"), v.why.c_str());
        QVERIFY(!v.more_runs);
        const auto agreed = judged(twoModes(8, {}), "T4");
        QVERIFY2(
            says(agreed.why,
                 "the fitted split of the cold turns, which counts attention apart, puts 92 % of the growth down to it (range "),
            agreed.why.c_str());
    }
    // The share that either form of the model gives must lie above one half for a support: here one of them does.
    void aSplitThatRestsOnTheFormOfTheModelIsNoWitness() {
        MadeLaw law;
        law.per_token_ms = 1;
        bool reached = false;
        for (double context = 0.0005; context < 0.01 && !reached; context += 0.00025) {
            law.per_token_context_ms = context;
            const auto v = judged(twoModes(8, {}, law), "T4");
            for (const Measure& m : v.measures) {
                if (m.name != "split_share" || m.value <= 0.5 || m.interval->low > 0.5) continue;
                QVERIFY2(v.kind == VerdictKind::Inconclusive && says(v.why, "the two do not agree"), v.why.c_str());
                reached = true;
            }
        }
        QVERIFY(reached);
    }
    void reReadingNeedsBothModes() {
        const auto v = judged(madeSweep(madePlan({{"A", {6}, {}, {}}})), "T4");
        QCOMPARE(v.kind, VerdictKind::Untestable);
        QVERIFY(says(v.decide, "run-isolated and cold"));
        // A runtime that never reuses shows no growth without re-reading.
        const auto none = judged(twoModes(8,
                                          [](TurnRecord& t) {
                                              t.processed_tokens = t.prompt_tokens;
                                              t.cached_tokens = 0;
                                              t.stratum = "cold";
                                              setMadeTtft(t, MadeLaw{}.ttft(double(*t.prompt_tokens), double(*t.prompt_tokens)));
                                              jitter(t, 2);
                                          }),
                                 "T4");
        QCOMPARE(none.kind, VerdictKind::Untestable);
        QVERIFY(says(none.why, "reused too little"));
    }
    // A count of 0 is a claim as any other: that everything was read, in a fifth of the time that cold needs for it.
    void aCacheThatIsNotCountedIsFound() {
        const auto sweepOf = [](int repeats, bool reuses) {
            return twoModes(repeats, [=](TurnRecord& t) {
                t.processed_tokens = t.prompt_tokens;
                t.cached_tokens = 0;
                t.stratum = "cold";
                if (reuses) return;
                setMadeTtft(t, MadeLaw{}.ttft(double(*t.prompt_tokens), double(*t.prompt_tokens)));
                jitter(t, 2);
            });
        };
        const auto warned = [](const MadeSweep& sweep) {
            const Analysis a = analyse(sweep.inputs());
            return std::any_of(a.cautions.begin(), a.cautions.end(), [](const Caution& caution) {
                return says(caution.text, "the runtime counts no cached tokens, yet turn 6 of A takes 0.1");
            });
        };
        QVERIFY(warned(sweepOf(8, true)));
        QVERIFY(!warned(sweepOf(6, true))); // six pairs are too few to say so
        QVERIFY(!warned(sweepOf(8, false)));
        QVERIFY(!warned(twoModes(8, {}))); // it counts
        const Verdict t4 = judged(sweepOf(8, true), "T4");
        QCOMPARE(t4.kind, VerdictKind::Untestable);
        QVERIFY2(says(t4.why, "counts no cached tokens"), t4.why.c_str());
        QVERIFY(judged(sweepOf(8, true), "T1").cache_mode == kCold); // where the counts are right
    }
    void theOrderOfRecordsChangesNothing() {
        auto sweep = twoModes(8, {});
        const Analysis before = analyse(sweep.inputs());
        SeededRandom(3).shuffle(sweep.runs);
        QVERIFY(analyse(sweep.inputs()) == before);
    }
    void anotherUnitOfTimeChangesNoVerdict() {
        const Analysis before = analyse(twoModes(8, {}).inputs());
        const Analysis after = analyse(twoModes(8, [](TurnRecord& t) { setMadeTtft(t, 1000 * *t.ttft_ms); }).inputs());
        for (std::size_t i = 0; i < before.verdicts.size(); ++i) {
            QCOMPARE(after.verdicts[i].kind, before.verdicts[i].kind);
            QCOMPARE(after.verdicts[i].p.has_value(), before.verdicts[i].p.has_value());
            if (before.verdicts[i].p) QVERIFY(near(*after.verdicts[i].p, *before.verdicts[i].p, 1e-9));
        }
    }
};

LOOPTAX_TEST(tst_verdict_time)
#include "tst_verdict_time.moc"
