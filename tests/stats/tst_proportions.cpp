// Shares of few runs, clusters of turns, and trends in them. Expected numbers: by hand, by listing all tables, or
// with scipy.
#include "agrees.h"
#include "stats/change_point.h"
#include "stats/cluster.h"
#include "stats/cochran_armitage.h"
#include "stats/fisher.h"
#include "stats/holm.h"
#include "stats/proportion.h"
#include "support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <string_view>

using namespace looptax;

namespace {

PassRows rows(std::initializer_list<std::string_view> courses) {
    PassRows out;
    for (const std::string_view course : courses) {
        out.emplace_back();
        for (const char turn : course) out.back().push_back(turn == '1');
    }
    return out;
}

// P(passes per level | their sum) by listing every table: hits where `extreme` says so.
template <class Extreme> double listedP(const std::vector<LevelShare>& levels, Extreme extreme) {
    int passed = 0;
    for (const LevelShare& level : levels) passed += level.passed;
    double hits = 0, all = 0;
    std::vector<LevelShare> table = levels;
    const auto go = [&](auto&& self, std::size_t at, int left, double weight) -> void {
        if (at == levels.size()) {
            if (left != 0) return;
            all += weight;
            if (extreme(table)) hits += weight;
            return;
        }
        double choose = 1;
        for (int k = 0; k <= levels[at].runs && k <= left; ++k) {
            table[at].passed = k;
            self(self, at + 1, left - k, weight * choose);
            choose = choose * (levels[at].runs - k) / (k + 1);
        }
    };
    go(go, 0, passed, 1);
    return hits / all;
}

} // namespace

class tst_proportions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void intervals_data() {
        QTest::addColumn<int>("hits");
        QTest::addColumn<int>("of");
        QTest::addColumn<QList<double>>("ends"); // Wilson, Clopper-Pearson
        QTest::addRow("5 of 5") << 5 << 5 << QList<double>{.5655, 1, .4782, 1};
        QTest::addRow("4 of 5") << 4 << 5 << QList<double>{.3755, .9638, .2836, .9949};
        QTest::addRow("60 of 60") << 60 << 60 << QList<double>{.9398, 1, .9404, 1};
        QTest::addRow("58 of 60") << 58 << 60 << QList<double>{.8864, .9908, .8847, .9959};
    }
    void intervals() {
        QFETCH(int, hits);
        QFETCH(int, of);
        QFETCH(QList<double>, ends);
        QVERIFY(agrees(wilsonInterval(hits, of), ends[0], ends[1], 5e-5));
        QVERIFY(agrees(clopperPearson(hits, of), ends[2], ends[3], 5e-5));
        // Failures are passes seen from the other side.
        QVERIFY(agrees(wilsonInterval(of - hits, of), 1 - ends[1], 1 - ends[0], 5e-5));
        QVERIFY(agrees(clopperPearson(of - hits, of), 1 - ends[3], 1 - ends[2], 5e-5));
    }
    void oneSidedClaims() {
        QVERIFY(agrees(clopperPearsonLower(5, 5), .5493, 5e-5));
        QVERIFY(agrees(clopperPearsonLower(200, 200), .98513, 5e-6));
        QVERIFY(agrees(clopperPearsonLower(1200, 1200), .99751, 5e-6));
        QCOMPARE(*clopperPearsonUpper(7, 7), 1.0);
        QCOMPARE(*clopperPearsonLower(0, 7), 0.0);
    }
    void differencesOfShares() {
        QVERIFY(agrees(newcombeDifference(5, 5, 5, 5, .9), -.35112, .35112, 5e-6));
        QVERIFY(agrees(newcombeDifference(25, 25, 25, 25, .9), -.09765, .09765, 5e-6));
        // Newcombe 1998, table II, example (a): 56/70 - 48/80
        QVERIFY(agrees(newcombeDifference(56, 70, 48, 80), .0524, .3339, 5e-5));
        // The n at which a margin of .10, .05 and .20 is met by runs that all pass.
        const auto needed = [](double margin) {
            int n = 1;
            while (newcombeDifference(n, n, n, n, .9)->high > margin) ++n;
            return n;
        };
        QCOMPARE(needed(.10), 25);
        QCOMPARE(needed(.05), 52);
        QCOMPARE(needed(.20), 11);
    }
    void whatTurnsInRunsAreWorth_data() {
        QTest::addColumn<double>("icc");
        QTest::addColumn<double>("worth");
        QTest::addRow("0") << 0. << 60.;
        QTest::addRow(".1") << .1 << 28.57;
        QTest::addRow(".3") << .3 << 13.95;
        QTest::addRow(".5") << .5 << 9.23;
        QTest::addRow("1") << 1. << 5.;
    }
    void whatTurnsInRunsAreWorth() {
        QFETCH(double, icc);
        QFETCH(double, worth);
        QVERIFY(agrees(effectiveSize(60, 12, icc), worth, 5e-3));
    }
    void fiveRunsOfSixTurns() {
        const PassRows runs = rows({"111111", "111011", "111100", "111111", "110111"});
        const ClusterSummary c = clusterSummary(runs);
        QVERIFY(agrees(c.mean, .866667, 5e-7));
        QVERIFY(agrees(c.icc_raw, -.00465, 5e-6));
        QCOMPARE(*c.icc, 0.0);
        QCOMPARE(*c.effective_n, 30.0);
        QVERIFY(agrees(c.standard_error, .062361, 5e-7));
        QVERIFY(agrees(c.interval, .6935, 1, 5e-5)); // 1.0398 is no share
        QVERIFY(agrees(wilsonInterval(19, 22), .6667, .9525, 5e-5));
        QVERIFY(agrees(wilsonInterval(2, 3), .2077, .9385, 5e-5));
        const TestResult serial = serialDependence(runs);
        QCOMPARE(*serial.statistic, 1.0);
        QVERIFY(agrees(serial.p, 1.0 / 3, 1e-12));
    }
    void runsThatFailWholeAreWorthOneTurnEach() {
        const ClusterSummary c = clusterSummary(rows({"111111", "000000", "111111", "111111"}));
        QVERIFY(agrees(c.icc, 1, 1e-12));
        QVERIFY(agrees(c.effective_n, 4, 1e-12));
        // Failures that come together are seen: 3 in a row of 6 twice, 4 * 4 / (20 * 20) of the orders.
        QVERIFY(agrees(serialDependence(rows({"111000", "000111"})).p, 16.0 / 400, 1e-12));
    }
    void runsOfDifferentLength() {
        // Worked by hand: shares 1, 1/2, 2/3; between (2), within (6), n0 = (9 - 29/9) / 2.
        const ClusterSummary c = clusterSummary(rows({"1111", "10", "110", ""}));
        QCOMPARE(c.runs, 3);
        QCOMPARE(c.turns, 9);
        const double all = 7.0 / 9;
        const double between =
            (4 * (1 - all) * (1 - all) + 2 * (.5 - all) * (.5 - all) + 3 * (2.0 / 3 - all) * (2.0 / 3 - all)) / 2;
        const double within = (2 * .25 + 3 * 2.0 / 9) / 6;
        const double n0 = (9 - 29.0 / 9) / 2;
        QVERIFY(agrees(c.icc_raw, (between - within) / (between + (n0 - 1) * within), 1e-12));
    }
    void whatFiveAgainstFiveCanTell() {
        QVERIFY(agrees(fisherTest(5, 5, 1, 5).p, .0476, 5e-5));
        QVERIFY(agrees(fisherTest(5, 5, 2, 5).p, .1667, 5e-5));
        QVERIFY(agrees(fisherTest(5, 5, 2, 5, Side::Greater).p, .0833, 5e-5));
        QVERIFY(agrees(fisherTest(3, 5, 3, 5).p, 1, 1e-12));
        QVERIFY(agrees(fisherTest(8, 10, 1, 6).p, .03497, 5e-6)); // scipy.stats.fisher_exact
        QVERIFY(!fisherTest(1, 0, 1, 5).p);
        QVERIFY(!fisherTest(6, 5, 1, 5).p);
    }
    void power_data() {
        QTest::addColumn<int>("n");
        QTest::addColumn<double>("share");
        QTest::addColumn<double>("power");
        QTest::addRow("5, .5") << 5 << .5 << .19;
        QTest::addRow("5, .2") << 5 << .2 << .74;
        QTest::addRow("5, .1") << 5 << .1 << .92;
        QTest::addRow("20, .8") << 20 << .8 << .37;
        QTest::addRow("20, .7") << 20 << .7 << .76;
        QTest::addRow("30, .8") << 30 << .8 << .57;
    }
    void power() {
        QFETCH(int, n);
        QFETCH(double, share);
        QFETCH(double, power);
        QVERIFY(agrees(fisherPower(n, 1, n, share), power, 5e-3));
        QVERIFY(agrees(fisherPower(n, share, n, 1), power, 5e-3));
        QVERIFY(agrees(powerTable(n, {share}).front().power, power, 5e-3));
    }
    void passesFallWithTheTurns() {
        std::vector<ScoredShare> levels{{1, 5, 5}, {3, 5, 5}, {6, 4, 5}, {9, 3, 5}, {12, 2, 5}};
        const TrendTest t = cochranArmitage(levels, Side::Less);
        QVERIFY(agrees(t.statistic, -22.8, 1e-9));
        QVERIFY(agrees(t.variance, 71.8656, 5e-5));
        QVERIFY(agrees(t.z, -2.68952, 5e-6));
        QVERIFY(agrees(t.p_normal, .003578, 5e-7));
        QVERIFY(agrees(t.p, .0057595, 5e-8));
        QVERIFY(agrees(cochranArmitage(levels, Side::TwoSided).p_normal, 2 * *t.p_normal, 1e-12));
        std::reverse(levels.begin(), levels.end());
        QCOMPARE(cochranArmitage(levels, Side::Less), t);
        for (int i = 0; i < 5; ++i) levels[std::size_t(4 - i)].score = i + 1;
        const TrendTest equal = cochranArmitage(levels, Side::Less);
        QVERIFY(agrees(equal.z, -2.64906, 5e-6));
        QVERIFY(agrees(equal.p, .0057595, 5e-8));
    }
    void exactTrendsAreAllTablesCounted() {
        const std::vector<LevelShare> levels{{4, 4}, {2, 3}, {3, 5}, {1, 4}};
        const int scores[] = {1, 2, 5, 6};
        const auto sum = [&](const std::vector<LevelShare>& table) {
            int s = 0;
            for (std::size_t i = 0; i < 4; ++i) s += scores[i] * table[i].passed;
            return s;
        };
        std::vector<ScoredShare> scored;
        for (std::size_t i = 0; i < 4; ++i) scored.push_back({scores[i], levels[i].passed, levels[i].runs});
        QVERIFY(agrees(cochranArmitage(scored, Side::Less).p,
                       listedP(levels, [&](const auto& t) { return sum(t) <= sum(levels); }), 1e-12));
        QVERIFY(agrees(cochranArmitage(scored, Side::Greater).p,
                       listedP(levels, [&](const auto& t) { return sum(t) >= sum(levels); }), 1e-12));
        QVERIFY(agrees(changePoint(levels).p,
                       listedP(levels, [&](const auto& t) { return *changePoint(t).g2 >= *changePoint(levels).g2 - 1e-9; }),
                       1e-12));
    }
    void aCliff() {
        const auto six = [](std::array<int, 6> passes) {
            std::vector<LevelShare> out;
            for (const int passed : passes) out.push_back({passed, 5});
            return out;
        };
        const ChangePoint cliff = changePoint(six({5, 5, 5, 5, 1, 0}));
        QVERIFY(agrees(cliff.g2, 30.1502, 5e-5));
        QCOMPARE(*cliff.after, 4);
        QVERIFY(agrees(*cliff.p * 1e7, 6.99, 5e-3));
        QVERIFY((cliff.left == LevelShare{20, 20} && cliff.right == LevelShare{1, 10}));
        QVERIFY(agrees(cliff.drop, .9, 1e-12));
        const ChangePoint one = changePoint(six({5, 5, 5, 5, 5, 4}));
        QVERIFY(agrees(one.g2, 3.7647, 5e-5));
        QVERIFY(agrees(one.p, .16667, 5e-6));
        // What rises is no cliff.
        const ChangePoint rising = changePoint(six({0, 1, 5, 5, 5, 5}));
        QVERIFY(!rising.after);
        QCOMPARE(*rising.p, 1.0);
        QCOMPARE(*changePoint(six({5, 5, 5, 5, 5, 5})).p, 1.0);
        // An empty level keeps its number.
        QCOMPARE(*changePoint({{5, 5}, {0, 0}, {0, 5}}).after, 1);
    }
    void severalTestsPayForEachOther() {
        const auto adjusted = holmAdjusted({.004, .011, .039, .041, .2});
        const double expected[] = {.020, .044, .117, .117, .2};
        for (std::size_t i = 0; i < 5; ++i) QVERIFY(agrees(adjusted[i], expected[i], 1e-12));
        const auto shuffled = holmAdjusted({.2, .039, std::nullopt, .004, .041, .011});
        QVERIFY(!shuffled[2]);
        QVERIFY(agrees(shuffled[3], .020, 1e-12));
        QVERIFY(agrees(shuffled[1], .117, 1e-12));
        QVERIFY(agrees(holmAdjusted({.004, std::nullopt}, 5)[0], .020, 1e-12)); // five were planned
        QVERIFY(agrees(holmAdjusted({.6, .7})[1], 1, 0));
        QVERIFY(holmAdjusted({}).empty());
    }
};

LOOPTAX_TEST(tst_proportions)
#include "tst_proportions.moc"
