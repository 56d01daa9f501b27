// H1 to H5 and Q1 on sweeps whose every pass was chosen: each verdict there is, and the numbers that go with it.
#include "support/made_sweep.h"
#include "support/test_registry.h"

#include "analysis/verdict_quality.h"
#include "stats/fisher.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <map>

using namespace looptax;

namespace {

// How many of the repeats of a cell pass at their last turn, by its name without target and mode: "A/n3".
using Passes = std::map<std::string, int>;

MadeSweep sweepOf(std::vector<CellGroup> cells, int repeats, const Passes& passes) {
    return madeSweep(madePlan(std::move(cells), repeats), [&](TurnRecord& t) {
        if (t.turn != t.n) return;
        std::string key = t.design + "/n" + std::to_string(t.n);
        if (t.padding) key += "/pad" + std::to_string(*t.padding);
        const auto at = passes.find(key);
        judgeMade(t, at == passes.end() || t.repeat <= at->second);
    });
}

Verdict judged(const MadeSweep& sweep, const char* id) {
    const Analysis analysis = analyse(sweep.inputs());
    const Verdict* v = verdictOf(analysis, id);
    return v != nullptr ? *v : Verdict{};
}

bool near(double a, double b, double by) { return std::abs(a - b) <= by; }

} // namespace

class tst_verdict_quality : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void verdicts_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<int>("repeats");
        QTest::addColumn<QStringList>("passes"); // "A/n12=2"
        QTest::addColumn<QString>("kind");
        const auto row = [](const char* what, const char* id, int repeats, QStringList passes, const char* kind) {
            QTest::addRow("%s: %s", id, what) << QString::fromLatin1(id) << repeats << passes << QString::fromLatin1(kind);
        };
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        row("A breaks down", "H1", 8, {s("A/n6=6"), s("A/n12=0")}, "supported");
        row("all pass, enough runs", "H1", 25, {}, "rejected");
        row("all pass, too few runs", "H1", 24, {}, "inconclusive");
        row("one failure of eight", "H1", 8, {s("A/n12=7")}, "inconclusive");
        row("a rise is no fall", "H1", 25, {s("A/n1=10")}, "rejected");
        row("all pass, enough runs", "H2", 25, {}, "supported");
        row("all pass, too few runs", "H2", 8, {}, "inconclusive");
        row("B breaks down", "H2", 20, {s("B/n12=0")}, "rejected");
        row("B rises", "H2", 20, {s("B/n1=0")}, "rejected");
        row("A breaks down alone", "H3", 12, {s("A/n6=6"), s("A/n12=0")}, "supported");
        row("both break down alike", "H3", 60, {s("A/n12=0"), s("B/n12=0")}, "rejected");
        row("no gap, enough runs", "H3", 40, {}, "rejected");
        row("no gap, too few runs", "H3", 8, {}, "inconclusive");
        row("a cliff", "H4a", 8, {s("C/n9=0"), s("C/n15=0")}, "supported");
        row("none, enough runs", "H4a", 15, {}, "rejected");
        row("none, too few runs", "H4a", 8, {}, "inconclusive");
        row("a cliff in D", "H5a", 8, {s("D/n3/pad9=0")}, "supported");
        row("none, enough runs", "H5a", 15, {}, "rejected");
        row("none, too few runs", "H5a", 5, {}, "inconclusive");
        row("no cliff in C", "H4b", 15, {}, "not_triggered");
        row("in C alone, D had the power", "H4b", 15, {s("C/n9=0"), s("C/n15=0")}, "supported");
        row("in both", "H4b", 15, {s("C/n9=0"), s("C/n15=0"), s("D/n3/pad9=0")}, "rejected");
        row("in C, D is open", "H4b", 8, {s("C/n9=0"), s("C/n15=0")}, "inconclusive");
        row("in C, D passes nowhere", "H4b", 15,
            {s("C/n9=0"), s("C/n15=0"), s("D/n3/pad1=0"), s("D/n3/pad3=0"), s("D/n3/pad9=0")}, "inconclusive");
        row("no cliff in D", "H5b", 15, {s("C/n15=0")}, "not_triggered");
        row("in D alone, C had the power", "H5b", 15, {s("D/n3/pad9=0")}, "supported");
        row("in both", "H5b", 15, {s("C/n9=0"), s("C/n15=0"), s("D/n3/pad9=0")}, "rejected");
        row("in D, C is open", "H5b", 8, {s("D/n3/pad9=0")}, "inconclusive");
        row("large states fail", "Q1", 8, {s("A/n12=0"), s("B/n12=0"), s("D/n3/pad9=0")}, "supported");
        row("nothing fails, enough runs", "Q1", 25, {}, "rejected");
        row("nothing fails, too few runs", "Q1", 5, {}, "inconclusive");
    }
    void verdicts() {
        QFETCH(QString, id);
        QFETCH(int, repeats);
        QFETCH(QStringList, passes);
        QFETCH(QString, kind);
        Passes map;
        for (const QString& one : passes)
            map[one.section(QLatin1Char('='), 0, 0).toStdString()] = one.section(QLatin1Char('='), 1).toInt();
        const auto sweep =
            sweepOf({{"A", {1, 6, 12}, {}, {}}, {"B", {1, 6, 12}, {}, {}}, {"C", {1, 9, 15}, {3}, {}}, {"D", {3}, {}, {1, 3, 9}}},
                    repeats, map);
        const Verdict v = judged(sweep, qPrintable(id));
        QCOMPARE(QString::fromUtf8(name(v.kind)), kind);
        QVERIFY(!v.why.empty());
        QVERIFY(!v.rule.empty());
        QCOMPARE(v.decide.empty(), v.kind != VerdictKind::Inconclusive);
    }
    // What max_tokens cut off counts as failed, and nobody knows how it would have ended: a verdict that is another without
    // those runs is not given.
    void repliesThatWereCutOff_data() {
        QTest::addColumn<int>("cutOff"); // of the 8 runs of A at N = 12, all of which fail
        QTest::addColumn<QString>("kind");
        QTest::newRow("none") << 0 << QStringLiteral("supported");
        QTest::newRow("two: the others say the same") << 2 << QStringLiteral("supported");
        QTest::newRow("all: nothing is left that says it") << 8 << QStringLiteral("inconclusive");
    }
    void repliesThatWereCutOff() {
        QFETCH(int, cutOff);
        QFETCH(QString, kind);
        MadeSweep sweep = sweepOf({{"A", {1, 6, 12}, {}, {}}}, 8, {{"A/n6", 6}, {"A/n12", 0}});
        for (TurnRecord& turn : sweep.turns)
            if (turn.n == 12 && turn.turn == 12 && turn.repeat <= cutOff) {
                turn.hit_max_tokens = true;
                turn.finish_reason = "length";
            }
        const Verdict v = judged(sweep, "H1");
        QCOMPARE(QString::fromUtf8(name(v.kind)), kind);
        QCOMPARE(v.why.find("hit max_tokens") != std::string::npos, cutOff == 8);
        QCOMPARE(v.decide.empty(), cutOff != 8);
    }
    // A cell of 25 all-pass runs at either end: Newcombe +-.09765 at 90 %, of 5 +-.35112.
    void theNumberOfRunsThatDecides() {
        const auto five = judged(sweepOf({{"A", {1, 12}, {}, {}}}, 5, {}), "H1");
        QVERIFY(near(five.interval->low, -0.35112, 1e-5) && near(five.interval->high, 0.35112, 1e-5));
        QCOMPARE(five.interval->coverage, 0.9);
        QCOMPARE(five.more_runs.value_or(0), 20);
        QVERIFY(five.decide.find("20 more runs a cell (25 in all)") == 0);
        QCOMPARE(five.power_n, 5); // what five runs can see at all
        QCOMPARE(
            powerText(powerTable(five.power_n), .05),
            std::string("With 5 runs a side Fisher's exact test (two-sided, 0.05) finds a fall from 100 % to 90, 80, 70, 50, "
                        "20 and 10 % in 0, 1, 3, 19, 74 and 92 of 100 sweeps."));
        const auto enough = judged(sweepOf({{"A", {1, 12}, {}, {}}}, 25, {}), "H1");
        QVERIFY(near(enough.interval->high, 0.09765, 1e-5));
        QVERIFY(!enough.more_runs);
    }
    // Five repeats of three cells of each size are fifteen runs of it, and a repeat brings three more of each.
    void moreRunsOfManyCellsAreCountedByTheCell() {
        const auto one = judged(sweepOf({{"A", {1, 3}, {}, {}}}, 5, {}), "Q1");
        QCOMPARE(one.more_runs.value_or(0), 20);
        const auto many = judged(
            sweepOf({{"A", {1, 3}, {}, {}}, {"B", {1, 3}, {}, {}}, {"C", {3}, {1}, {}}, {"D", {1}, {}, {2}}}, 5, {}), "Q1");
        QCOMPARE(many.more_runs.value_or(0), 4); // 3 times 9 is above the 25 that one cell needs, 3 times 8 is not
        QVERIFY(many.decide.find("4 more runs a cell (9 in all)") == 0);
        QCOMPARE(many.power_n, 15); // at each end, where cells are pooled
    }
    void theMarginMovesTheNumber_data() {
        QTest::addColumn<double>("delta");
        QTest::addColumn<int>("runs");
        QTest::addRow("five points") << 0.05 << 52;
        QTest::addRow("ten points") << 0.10 << 25;
        QTest::addRow("twenty points") << 0.20 << 11;
    }
    void theMarginMovesTheNumber() {
        QFETCH(double, delta);
        QFETCH(int, runs);
        auto sweep = sweepOf({{"A", {1, 12}, {}, {}}}, 5, {});
        sweep.plan.analysis.delta_q = delta;
        QCOMPARE(judged(sweep, "H1").more_runs.value_or(0), runs - 5);
    }
    void aTrendComesWithItsNumbers() {
        const auto v = judged(sweepOf({{"A", {1, 3, 6, 9, 12}, {}, {}}}, 5, {{"A/n6", 4}, {"A/n9", 3}, {"A/n12", 2}}), "H1");
        QVERIFY(near(*v.p, 0.0057595, 1e-7));
        QVERIFY(near(*v.p_adjusted, 5 * 0.0057595, 5e-7)); // the family of five pays, tested or not
        QCOMPARE(v.kind, VerdictKind::Supported);
        QVERIFY(near(*v.effect, 0.6, 1e-12));
        QCOMPARE(v.n, 25);
        QVERIFY(v.why.find("5 of 5 runs pass at N = 1, 2 of 5 at N = 12") == 0);
    }
    void aCliffComesWithItsNumbers() {
        const auto v = judged(sweepOf({{"C", {1, 3, 6, 9, 12, 15}, {3}, {}}}, 5, {{"C/n12", 1}, {"C/n15", 0}}), "H4a");
        QVERIFY(near(*v.p, 6.99e-7, 5e-9));
        QVERIFY(near(*v.effect, 0.9, 1e-12));
        QVERIFY(v.interval->low < 0.9 && v.interval->high > 0.9);
        QCOMPARE(v.kind, VerdictKind::Supported);
    }
    void whatIsMissingIsNamed_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("said");
        for (const auto& [id, said] : std::map<const char*, const char*>{{"H1", "A was run at one length only"},
                                                                         {"H2", "No run of B"},
                                                                         {"H3", "in common"},
                                                                         {"H4a", "No run of C"},
                                                                         {"H5a", "No run of D"},
                                                                         {"Q1", "same number of entries"}})
            QTest::addRow("%s", id) << QString::fromLatin1(id) << QString::fromLatin1(said);
    }
    void whatIsMissingIsNamed() {
        QFETCH(QString, id);
        QFETCH(QString, said);
        const auto v = judged(sweepOf({{"A", {3}, {}, {}}}, 8, {}), qPrintable(id));
        QCOMPARE(v.kind, VerdictKind::Untestable);
        QVERIFY2(QString::fromStdString(v.why).contains(said), v.why.c_str());
        QVERIFY(!v.decide.empty());
        QVERIFY(!v.p && !v.effect);
    }
    void onlyTheCeilingIsTrivial() {
        const std::vector<CellGroup> cells{{"A", {1, 12}, {}, {}}, {"B", {1, 12}, {}, {}}};
        const auto all = analyse(sweepOf(cells, 40, {}).inputs());
        QVERIFY(verdictOf(all, "H1")->trivially && verdictOf(all, "H2")->trivially);
        const auto failed = analyse(sweepOf(cells, 40, {{"B/n12", 39}}).inputs());
        QCOMPARE(verdictOf(failed, "H1")->kind, VerdictKind::Rejected);
        QVERIFY(!verdictOf(failed, "H1")->trivially); // something did fail: the assay can show it
    }
    void fromTheFloorNothingFalls() {
        const Passes none{{"D/n3/pad1", 0}, {"D/n3/pad9", 0}};
        const std::vector<CellGroup> cells{{"D", {3}, {}, {1, 9}}};
        const auto few = judged(sweepOf(cells, 8, none), "H5a");
        QCOMPARE(few.kind, VerdictKind::Inconclusive);
        QVERIFY2(few.why.find("No run passes even at padding = 1") != std::string::npos, few.why.c_str());
        QVERIFY(!few.more_runs && few.decide.find("an easier task or a stronger model") == 0);
        const auto many = judged(sweepOf(cells, 20, none), "H5a"); // by the rule; but it says what that is worth
        QCOMPARE(many.kind, VerdictKind::Rejected);
        QVERIFY(many.why.find("could not have shown") != std::string::npos);
        QVERIFY(!judged(sweepOf(cells, 8, {{"D/n3/pad9", 0}}), "H5a").at_floor);
    }
    void anotherTargetThatFailsIsAPositiveControl() {
        Plan plan = madePlan({{"A", {1, 12}, {}, {}}}, 25);
        plan.targets.push_back(plan.targets.front());
        plan.targets.back().id = "weak";
        const auto sweep = madeSweep(plan, [](TurnRecord& t) { judgeMade(t, t.target != "weak"); });
        QVERIFY(!judged(sweep, "H1").trivially);
    }
    // One seed and one reply: asked once, whatever the number of runs.
    void copiesCountOnce() {
        auto sweep = sweepOf({{"A", {1, 12}, {}, {}}}, 25, {});
        sweep.plan.sampling.seed_policy = SeedPolicy::Fixed;
        for (TurnRecord& t : sweep.turns) {
            t.seed = 42;
            t.reply_sha256 = "turn " + std::to_string(t.turn);
        }
        const auto v = judged(sweep, "H1");
        QCOMPARE(v.n, 2);
        QCOMPARE(v.left_out, 48);
        QCOMPARE(v.kind, VerdictKind::Inconclusive);
        QVERIFY(!v.more_runs); // repeats of this plan would be copies again
        QVERIFY(v.decide.find("seed_policy per-run): 25 a cell") != std::string::npos);
        for (TurnRecord& t : sweep.turns)
            if (t.repeat == 3) t.reply_sha256 = "another";
        QCOMPARE(judged(sweep, "H1").n, 50); // they do differ: each is a run of its own
    }
    // Counted as not passed; but what a server did is no finding on a model, so the verdict is given only where it is the
    // same without those runs and no cell is lost with them.
    void runsThatFailedByNoFaultOfTheModel_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QStringList>("passes"); // of 25 repeats; the rest fail by the model
        QTest::addColumn<QString>("ended");      // "A/n12=4": so many runs, from the first repeat on, and how
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("said");
        const auto s = [](const char* text) { return QString::fromLatin1(text); };
        const auto row = [&](const char* what, const char* id, QStringList passes, const char* ended, const char* kind,
                             const char* said) {
            QTest::addRow("%s: %s", id, what) << s(id) << passes << s(ended) << s(kind) << s(said);
        };
        row("the last cell of all", "H1", {}, "A/n12=25 failed", "inconclusive",
            "But how the model would have done is not known of 25 runs of A (N = 12): 25 ended by http_error. Counted as failed "
            "the "
            "verdict is supported, without them a whole cell is gone.");
        row("a third of the last cell", "H1", {}, "A/n12=8 failed", "inconclusive",
            "Counted as failed the verdict is supported, without them it is inconclusive.");
        row("few, where the model fails by itself", "H1", {s("A/n12=5")}, "A/n12=5 failed", "supported", "");
        row("stopped runs are the model's own", "H1", {}, "A/n12=25 stopped", "supported", "");
        row("one that changes nothing", "H1", {}, "A/n1=1 failed", "rejected", "");
        row("a flat line hidden", "H2", {}, "B/n12=3 failed", "inconclusive", "");
        row("the gap of A", "H3", {}, "A/n12=25 failed", "inconclusive", "25 runs of A (N = 12)");
        row("a cliff of C", "H4a", {}, "C/n15=25 failed", "inconclusive", "25 runs of C (N = 15)");
        row("a cliff of D", "H5a", {}, "D/n3/pad9=25 failed", "inconclusive", "25 runs of D (N = 3; padding = 9)");
        row("no cliff, nothing to attribute", "H5b", {}, "D/n3/pad9=25 failed", "not_triggered", "");
        row("large states", "Q1", {}, "D/n3/pad9=25 failed", "inconclusive", "ended by http_error");
        row("the prompts of the last cell cut", "H1", {}, "A/n12=25 cut", "untestable",
            "25 runs of A (N = 12) are left out: the runtime cut their prompts.");
        row("one prompt cut, and it passed", "H1", {s("A/n12=5")}, "A/n12=1 cut by luck", "inconclusive",
            "1 run of A (N = 12) is left out: the runtime cut their prompts.");
        row("those of another design", "H1", {s("A/n12=5")}, "B/n12=25 cut", "supported", "");
        row("the prompts of the only other length", "H4a", {s("C/n9=0"), s("C/n15=0")}, "C/n1=25 cut", "inconclusive",
            "25 runs of C (N = 1) are left out");
        row("one of D", "H5a", {s("D/n3/pad9=0")}, "D/n3/pad9=1 cut", "inconclusive",
            "1 run of D (N = 3; padding = 9) is left out");
        row("of any design", "Q1", {s("D/n3/pad9=0")}, "B/n12=1 cut", "inconclusive", "1 run of B (N = 12) is left out");
    }
    void runsThatFailedByNoFaultOfTheModel() {
        QFETCH(QString, id);
        QFETCH(QStringList, passes);
        QFETCH(QString, ended);
        QFETCH(QString, kind);
        QFETCH(QString, said);
        Passes map;
        for (const QString& one : passes)
            map[one.section(QLatin1Char('='), 0, 0).toStdString()] = one.section(QLatin1Char('='), 1).toInt();
        MadeSweep sweep = sweepOf(
            {{"A", {1, 12}, {}, {}}, {"B", {1, 12}, {}, {}}, {"C", {1, 9, 15}, {3}, {}}, {"D", {3}, {}, {1, 3, 9}}}, 25, map);
        const std::string cell = ended.section(QLatin1Char('='), 0, 0).toStdString();
        const int runs = ended.section(QLatin1Char('='), 1).section(QLatin1Char(' '), 0, 0).toInt();
        for (RunView& run : sweep.runs) {
            TurnRecord& last = sweep.turns[run.turns.back()];
            if (run.cell.find("/" + cell + "/") == std::string::npos || last.repeat > runs) continue;
            if (ended.endsWith(QLatin1String("stopped"))) {
                run.outcome = RunOutcome::Stopped;
                judgeMade(last, false);
                continue;
            }
            last.prompt_truncated = ended.contains(QLatin1String("cut"));
            if (ended.endsWith(QLatin1String("by luck"))) continue;
            run.outcome = RunOutcome::Failed;
            last.outcome = *last.prompt_truncated ? Outcome::Overflow : Outcome::HttpError;
            last.all_pass.reset();
        }
        const auto v = judged(sweep, qPrintable(id));
        QVERIFY2(QString::fromUtf8(name(v.kind)) == kind, v.why.c_str());
        QVERIFY2(QString::fromStdString(v.why).contains(said), v.why.c_str());
        QCOMPARE(v.left_out, ended.contains(QLatin1String("cut")) && !said.isEmpty() ? runs : 0);
        if (!said.isEmpty() && kind == QLatin1String("inconclusive")) {
            QVERIFY2(QString::fromStdString(v.decide).contains(QLatin1String("resume with --retry-failed")), v.decide.c_str());
            QVERIFY(!v.more_runs && !v.runs_needed); // repeats would end the same way
        }
    }
    // Not one run of it may look like a pass or a failure.
    void cutPromptsAreInNoNumber() {
        auto sweep = sweepOf({{"A", {1, 6, 12}, {}, {}}}, 8, {{"A/n12", 0}});
        for (TurnRecord& turn : sweep.turns)
            if (turn.n == 12 && turn.turn == 12) turn.prompt_truncated = true;
        const Analysis a = analyse(sweep.inputs());
        const Verdict* v = verdictOf(a, "H1");
        QCOMPARE(v->n, 16);
        QCOMPARE(*v->effect, 0.0);
        QVERIFY(v->why.find("8 of 8 runs pass at N = 1, 8 of 8 at N = 6") == 0);
        QVERIFY(std::any_of(a.cautions.begin(), a.cautions.end(), [](const Caution& caution) {
            return caution.text ==
                   "made: in 8 runs of A (N = 12) the runtime cut a prompt: they are left out of quality, and what "
                   "rests on them is not decided.";
        }));
        auto untested = sweep;
        untested.plan.analysis.family = {"H2"};
        QCOMPARE(judged(untested, "H1").left_out, 0); // it rests on nothing
        for (TurnRecord& turn : sweep.turns) turn.prompt_truncated = true;
        const auto none = judged(sweep, "H1");
        QCOMPARE(none.kind, VerdictKind::Untestable);
        QVERIFY2(none.why.find("24 runs of A (N = 1, 6, 12) are left out: the runtime cut their prompts.") != std::string::npos,
                 none.why.c_str());
    }
    void modesAreNotPooled() {
        const auto both = madeSweep(madePlan({{"A", {1, 12}, {}, {}}}, 13, {CacheMode::RunIsolated, CacheMode::Cold}));
        const auto v = judged(both, "H1");
        QCOMPARE(v.n, 26); // not 52: the same prompts under the same seeds
        QVERIFY(v.cache_mode == CacheMode::RunIsolated);
        QCOMPARE(v.kind, VerdictKind::Inconclusive);
    }
};

LOOPTAX_TEST(tst_verdict_quality)
#include "tst_verdict_quality.moc"
