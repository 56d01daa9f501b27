// The model of runs that differ in their rate. Expected numbers: with scipy's betabinom and its own searches
// (tests/recompute/methods.py), or from the binomial, which is the model's one end, and from whole runs, its other.
#include "agrees.h"
#include "stats/beta_binomial.h"
#include "stats/quantiles.h"
#include "support/test_registry.h"

#include "base/seeded_random.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace looptax;

namespace {

PassRows runsOf(std::initializer_list<std::pair<int, int>> shares) { // passes, turns
    PassRows out;
    for (const auto& [passes, turns] : shares) {
        out.emplace_back(std::size_t(turns), false);
        std::fill_n(out.back().begin(), passes, true);
    }
    return out;
}

PassRows wholeRuns(int passed, int failed, int turns) {
    PassRows out(std::size_t(passed), std::vector<bool>(std::size_t(turns), true));
    out.insert(out.end(), std::size_t(failed), std::vector<bool>(std::size_t(turns), false));
    return out;
}

double binomialLog(int hits, int of, double rate) { return hits * std::log(rate) + (of - hits) * std::log(1 - rate); }

} // namespace

class tst_beta_binomial : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void littersOfRatsAgreeWithScipy() {
        // Young alive at 21 days of those at 4, sixteen litters a group: Williams 1975, Biometrics 31, table 1.
        const BetaBinomial control = betaBinomial(runsOf({{13, 13},
                                                          {12, 12},
                                                          {9, 9},
                                                          {9, 9},
                                                          {8, 8},
                                                          {8, 8},
                                                          {12, 13},
                                                          {11, 12},
                                                          {9, 10},
                                                          {9, 10},
                                                          {8, 9},
                                                          {11, 13},
                                                          {4, 5},
                                                          {5, 7},
                                                          {7, 10},
                                                          {7, 10}}));
        QVERIFY(agrees(control.rate, .897976, 1e-6));
        QVERIFY(agrees(control.correlation, .0201964, 1e-6));
        QVERIFY(agrees(control.interval, .8198957851, .9453558955, 1e-8));
        const BetaBinomial treated = betaBinomial(runsOf({{12, 12},
                                                          {11, 11},
                                                          {10, 10},
                                                          {9, 9},
                                                          {10, 11},
                                                          {9, 10},
                                                          {9, 10},
                                                          {8, 9},
                                                          {8, 9},
                                                          {4, 5},
                                                          {7, 9},
                                                          {4, 7},
                                                          {5, 10},
                                                          {3, 6},
                                                          {3, 10},
                                                          {0, 7}}));
        QVERIFY(agrees(treated.rate, .740007, 1e-6));
        QVERIFY(agrees(treated.correlation, .317436, 1e-6));
        QVERIFY(agrees(treated.interval, .5605375766, .8613986264, 1e-8));
    }
    // Where a run passes whole or not at all, ten runs of a hundred turns are ten trials.
    void wholeRunsAreTrials() {
        for (const int turns : {2, 12, 100}) {
            const BetaBinomial b = betaBinomial(wholeRuns(7, 3, turns));
            QVERIFY(agrees(b.rate, .7, 1e-7));
            QVERIFY(agrees(b.correlation, 1, 1e-12));
            const double t = studentQuantile(.975, 9);
            for (const double end : {b.interval->low, b.interval->high})
                QVERIFY(agrees(2 * (binomialLog(7, 10, .7) - binomialLog(7, 10, end)), t * t, 1e-6) || turns == 2);
        }
    }
    void runsThatAreAlikeAreTurns() {
        PassRows rows;
        for (int run = 0; run < 12; ++run) {
            rows.emplace_back(4, true);
            rows.back()[std::size_t(run % 4)] = false;
        }
        const BetaBinomial b = betaBinomial(rows);
        QVERIFY(agrees(b.rate, .75, 1e-6));
        QVERIFY(agrees(b.correlation, 0, 1e-9));
    }
    void theOrderOfRunsAndTurnsChangesNotABit() {
        SeededRandom random(5);
        PassRows rows;
        for (int run = 0; run < 14; ++run) {
            rows.emplace_back();
            const double rate = random.unit();
            for (int turn = 0; turn < 3 + run % 4; ++turn) rows.back().push_back(random.unit() < rate);
        }
        const BetaBinomial before = betaBinomial(rows);
        QVERIFY(before.interval->low < *before.rate && *before.rate < before.interval->high);
        random.shuffle(rows);
        for (std::vector<bool>& row : rows) std::reverse(row.begin(), row.end());
        QVERIFY(betaBinomial(rows) == before);
    }
    void failuresAreTheMirrorOfPasses() {
        PassRows rows = runsOf({{6, 6}, {6, 6}, {5, 6}, {6, 6}, {2, 6}, {6, 6}, {4, 6}, {6, 6}, {0, 6}, {6, 6}});
        const BetaBinomial passes = betaBinomial(rows);
        for (std::vector<bool>& row : rows) row.flip();
        const BetaBinomial failures = betaBinomial(rows);
        QVERIFY(agrees(failures.rate, 1 - *passes.rate, 1e-6));
        QVERIFY(agrees(failures.correlation, *passes.correlation, 1e-6));
        QVERIFY(agrees(failures.interval, 1 - passes.interval->high, 1 - passes.interval->low, 1e-8));
    }
    void whatTellsNothingSaysSo() {
        QCOMPARE(betaBinomial(wholeRuns(5, 4, 6)).missing, std::string("too small: 9 values, 10 are needed"));
        QVERIFY(!betaBinomial(wholeRuns(5, 4, 6)).rate);
        QVERIFY(betaBinomial(wholeRuns(12, 0, 6)).missing.find("no spread") == 0);
        QVERIFY(betaBinomial(wholeRuns(0, 12, 6)).missing.find("no spread") == 0);
        QVERIFY(betaBinomial(wholeRuns(8, 4, 1)).missing.find("no run has a second turn") == 0);
        QCOMPARE(betaBinomial(PassRows(20)).runs, 0);
    }
    void nearlyAllRightStaysWithinBounds() {
        PassRows rows = wholeRuns(500, 0, 12);
        rows[3][7] = false;
        const BetaBinomial b = betaBinomial(rows);
        QVERIFY(b.interval && b.interval->low > .99 && b.interval->high < 1 && *b.rate < 1);
    }
};

LOOPTAX_TEST(tst_beta_binomial)
#include "tst_beta_binomial.moc"
