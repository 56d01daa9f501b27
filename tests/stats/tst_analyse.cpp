// The board as a whole: what stands on top, what is announced when, what a change of the rules does, and what comes of
// records that lack nearly everything.
#include "support/made_sweep.h"
#include "support/patience.h"
#include "support/test_registry.h"

#include "base/seeded_random.h"

#include <QElapsedTimer>
#include <QTest>

#include <cmath>

using namespace looptax;

namespace {

const std::vector<CellGroup> kStudy{
    {"A", {1, 3, 6}, {}, {}}, {"B", {1, 3, 6}, {}, {}}, {"C", {1, 3, 6}, {3}, {}}, {"D", {3}, {}, {1, 3, 6}}};

bool says(const std::vector<Caution>& cautions, const char* part) {
    for (const Caution& caution : cautions)
        if (caution.text.find(part) != std::string::npos) return true;
    return false;
}

// Whatever was put in: every verdict is there, says why in a sentence, and holds no number that is none.
bool sound(const Analysis& analysis) {
    for (const Verdict& v : analysis.verdicts) {
        if (v.why.empty() || v.statement.empty()) return false;
        for (const auto& number : {v.effect, v.p, v.p_adjusted})
            if (number && !std::isfinite(*number)) return false;
        if (v.interval &&
            !(std::isfinite(v.interval->low) && std::isfinite(v.interval->high) && v.interval->low <= v.interval->high))
            return false;
        if (v.p && (*v.p < 0 || *v.p > 1)) return false;
        for (const char* bad : {"nan", "inf ", "-0.0 "})
            if (v.why.find(bad) != std::string::npos) return false;
    }
    return true;
}

} // namespace

class tst_analyse : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theBoardIsComplete() {
        const Analysis a = analyse(madeSweep(madePlan(kStudy)).inputs());
        std::string ids;
        for (const Verdict& v : a.verdicts) ids += v.id + " ";
        QCOMPARE(ids, std::string("H1 H2 H3 H4a H4b H5a H5b T1 T2 T3 T4 Q1 "));
        QVERIFY(sound(a));
        QVERIFY(a.headline.empty());
        QCOMPARE(a.add_repeats, 0);
    }
    void oneRunIsNoVerdict() {
        const Analysis a = analyse(madeSweep(madePlan(kStudy, 1)).inputs());
        QCOMPARE(a.headline, std::string("one run: no interval, no verdict"));
        QCOMPARE(a.add_repeats, 7);
        for (const Verdict& v : a.verdicts) {
            QCOMPARE(v.kind, VerdictKind::Untestable);
            QVERIFY(!v.interval && !v.p);
        }
    }
    void fewRepeatsAreAScreening() {
        const Analysis a = analyse(madeSweep(madePlan(kStudy, 5)).inputs());
        QVERIFY(says(a.cautions, "screening: 5 repeats"));
        QCOMPARE(a.add_repeats, 3);
    }
    void nothingIsAnnouncedBeforeTheLastRun() {
        auto sweep = madeSweep(madePlan(kStudy));
        sweep.collecting = true;
        for (const Verdict& v : analyse(sweep.inputs()).verdicts) QVERIFY(v.kind != VerdictKind::StillCollecting); // all are made
        sweep.runs.pop_back();
        for (const Verdict& v : analyse(sweep.inputs()).verdicts) {
            QCOMPARE(v.kind, VerdictKind::StillCollecting);
            QVERIFY(!v.effect && !v.interval && !v.p);
            QVERIFY(v.why.find("95 of 96 planned runs") == 0);
        }
        sweep.collecting = false; // given up: judged by what there is, and said
        const Analysis a = analyse(sweep.inputs());
        QVERIFY(verdictOf(a, "H1")->kind != VerdictKind::StillCollecting);
        QVERIFY(says(a.cautions, "95 of 96 planned runs were made"));
    }
    void rulesAmendedAfterDataMarkEveryVerdict() {
        auto sweep = madeSweep(madePlan(kStudy));
        QVERIFY(!analyse(sweep.inputs()).verdicts.front().after_data);
        Amendment first, second;
        first.t = "2026-11-25T10:00:00.000Z";
        first.text = "alpha 0.05 -> 0.2";
        first.after_data = false;
        first.analysis = sweep.plan.analysis;
        first.analysis->alpha = 0.2;
        sweep.amendments = {first};
        QCOMPARE(analyse(sweep.inputs()).rules.alpha, 0.2);
        QVERIFY(!analyse(sweep.inputs()).verdicts.front().after_data); // before the first turn: a plan like any other
        second = first;
        second.text = "alpha 0.2 -> 0.01";
        second.after_data = true;
        second.analysis->alpha = 0.01;
        sweep.amendments.push_back(second);
        const Analysis a = analyse(sweep.inputs());
        QCOMPARE(a.rules.alpha, 0.01); // the last wins
        for (const Verdict& v : a.verdicts) QVERIFY(v.after_data);
        QVERIFY(verdictOf(a, "H2")->rule.find("98 %") != std::string::npos);
        QVERIFY(says(a.cautions, "changed after data on 2026-11-25: alpha 0.2 -> 0.01"));
    }
    void aHypothesisOutsideTheFamiliesIsNotTested() {
        auto sweep = madeSweep(madePlan(kStudy));
        sweep.plan.analysis.family = {"H1"};
        const Analysis a = analyse(sweep.inputs());
        QCOMPARE(verdictOf(a, "H2")->kind, VerdictKind::Untestable);
        QCOMPARE(*verdictOf(a, "H1")->p_adjusted, *verdictOf(a, "H1")->p); // and does not make the others pay
    }
    void theFamiliesAreApart() {
        const Analysis a = analyse(madeSweep(madePlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}})).inputs());
        const Verdict& t3 = *verdictOf(a, "T3");
        QCOMPARE(*t3.p, 1.0 / 256);
        QCOMPARE(*t3.p_adjusted, 5.0 / 256); // T1, T2, T4 and Q1 pay or not, H1 to H5 never do
    }
    void driftIsSeenAndSteadinessIsNot() {
        SeededRandom random(11);
        const auto sweepWith = [&](double drift) {
            return madeSweep(madePlan(kStudy), [&](TurnRecord& t) {
                setMadeTtft(t, *t.ttft_ms * (1 + 0.02 * random.unit()) * (1 + drift * t.run));
            });
        };
        QVERIFY(!says(analyse(sweepWith(0).inputs()).cautions, "drifting"));
        auto drifting = sweepWith(0.003);
        QVERIFY(says(analyse(drifting.inputs()).cautions, "drifting"));
        drifting.instrument = Instrument{};
        drifting.instrument->ours.ttft_ms = {100, 0, 0, 1e6, 1e6}; // a clock that may be off by more than all of it
        QVERIFY(!says(analyse(drifting.inputs()).cautions, "drifting"));
    }
    void aSlowSecondTurnIsAPlaceNotNoise() {
        auto sweep = madeSweep(madePlan({{"B", {9}, {}, {}}}), [](TurnRecord& t) {
            if (t.turn == 2) setMadeTtft(t, 3 * *t.ttft_ms);
        });
        QVERIFY(says(analyse(sweep.inputs()).cautions, "turn 2 of B in run-isolated takes"));
        sweep.instrument = Instrument{};
        sweep.instrument->ours.ttft_ms = {100, 0, 0, 1e6, 1e6};
        QVERIFY(!says(analyse(sweep.inputs()).cautions, "turn 2 of B"));
        QVERIFY(!says(analyse(madeSweep(madePlan({{"B", {9}, {}, {}}})).inputs()).cautions, "turn 2"));
    }
    void oneSeedIsSaid() {
        auto sweep = madeSweep(madePlan(kStudy));
        QVERIFY(!says(analyse(sweep.inputs()).cautions, "seed"));
        sweep.plan.sampling.seed_policy = SeedPolicy::Fixed;
        for (TurnRecord& t : sweep.turns) {
            t.seed = 42;
            if (t.design == "A") t.reply_sha256 = "same";
        }
        QVERIFY(says(analyse(sweep.inputs()).cautions, "share the seed 42; in 3 of 12 cells"));
    }
    void artifactsAreNotMixed_data() {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        QTest::addColumn<bool>("said");
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        QTest::addRow("the same file") << s("sha256:a") << s("sha256:a") << false;
        QTest::addRow("different files") << s("sha256:a") << s("sha256:b") << true;
        QTest::addRow("not known") << QString() << QString() << true;
    }
    void artifactsAreNotMixed() {
        QFETCH(QString, first);
        QFETCH(QString, second);
        QFETCH(bool, said);
        auto sweep = madeSweep(madePlan(kStudy));
        sweep.targets = {{"made", "llama-server b1", "m", first.toStdString()},
                         {"other", "ollama 0.9", "m", second.toStdString()}};
        QCOMPARE(says(analyse(sweep.inputs()).cautions, "compare within a target only"), said);
        sweep.targets.pop_back();
        QVERIFY(!says(analyse(sweep.inputs()).cautions, "compare within a target only"));
    }
    void eachTargetIsJudgedAlone() {
        Plan plan = madePlan(kStudy, 25);
        plan.targets.push_back(plan.targets.front());
        plan.targets.back().id = "weak";
        const Analysis a =
            analyse(madeSweep(plan, [](TurnRecord& t) { judgeMade(t, t.target != "weak" || t.turn < 6); }).inputs());
        QCOMPARE(verdictOf(a, "H1")->kind, VerdictKind::Rejected);
        QCOMPARE(verdictOf(a, "H1", "weak")->kind, VerdictKind::Supported);
        QCOMPARE(verdictOf(a, "H4a", "weak")->kind, VerdictKind::Supported);
    }
    void degenerate_data() {
        QTest::addColumn<int>("which");
        int which = 0;
        for (const char* name : {"nothing", "no plan", "one turn", "only failures", "one design", "no counts", "all equal",
                                 "a missing turn", "another plan's runs", "wild numbers", "empty families", "only cut runs"})
            QTest::addRow("%s", name) << which++;
    }
    void degenerate() {
        QFETCH(int, which);
        MadeSweep sweep = madeSweep(madePlan(kStudy));
        AnalysisInputs in;
        switch (which) {
        case 0: QVERIFY(sound(analyse(in))); return;
        case 1: sweep.schedule.clear(); break;
        case 2: sweep = madeSweep(madePlan({{"A", {1}, {}, {}}})); break;
        case 3:
            for (RunView& run : sweep.runs) {
                run.outcome = RunOutcome::Failed;
                run.turns.resize(1);
            }
            for (TurnRecord& t : sweep.turns) {
                t.outcome = Outcome::TimeoutFirst;
                t.ttft_ms.reset();
                t.all_pass.reset();
            }
            break;
        case 4: sweep = madeSweep(madePlan({{"D", {3}, {}, {1, 3}}})); break;
        case 5:
            for (TurnRecord& t : sweep.turns) {
                t.cached_tokens.reset(), t.processed_tokens.reset(), t.prompt_tokens.reset();
                t.stratum = "unknown";
            }
            break;
        case 6:
            for (TurnRecord& t : sweep.turns) setMadeTtft(t, 100);
            break;
        case 7:
            for (RunView& run : sweep.runs)
                if (run.turns.size() > 1) run.turns.erase(run.turns.begin() + 1);
            break;
        case 8:
            for (TurnRecord& t : sweep.turns) t.cell = "another/X/n3/cold";
            break;
        case 9:
            for (TurnRecord& t : sweep.turns) {
                setMadeTtft(t, t.run % 2 == 0 ? 1e300 : 1e-300);
                t.prompt_tokens = t.processed_tokens = INT64_MAX;
            }
            break;
        case 10: sweep.plan.analysis.family = sweep.plan.analysis.own_family = {}; break;
        default:
            for (RunView& run : sweep.runs) run.outcome = RunOutcome::Interrupted;
        }
        in = sweep.inputs();
        if (which == 1) in.plan.reset();
        const Analysis a = analyse(in);
        QVERIFY(sound(a));
        QCOMPARE(a.verdicts.size(), std::size_t(12));
        if (which == 1) QVERIFY(says(a.cautions, "the plan is missing"));
        if (which == 3) QVERIFY(says(a.cautions, "ended by a failure"));
        if (which == 7 || which == 8) QVERIFY(says(a.cautions, "do not fit the schedule"));
        if (which == 11) QCOMPARE(a.headline, std::string("no run was made: nothing to judge"));
    }
    void aHundredThousandTurnsTakeSeconds() {
        const MadeSweep sweep = madeSweep(madePlan({{"A", {1, 50}, {}, {}}, {"C", {1, 49}, {3}, {}}}, 1000));
        QVERIFY(sweep.turns.size() > 100'000);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(sound(analyse(sweep.inputs())));
        QVERIFY2(timer.elapsed() < 20'000 * kPatience, std::to_string(timer.elapsed()).c_str());
    }
};

LOOPTAX_TEST(tst_analyse)
#include "tst_analyse.moc"
