// Slopes and trends. Expected numbers: by hand or with scipy.
#include "agrees.h"
#include "stats/kendall.h"
#include "stats/slope.h"
#include "stats/student.h"
#include "stats/trend_test.h"
#include "support/test_registry.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace looptax;

namespace {

// TTFT in ms by tokens of the context, full context, from the published study.
const std::vector<double> kTokens{161, 406, 1053, 2034, 3347};
const std::vector<double> kTtft{60, 126, 511, 763, 1046};

using Groups = std::vector<std::vector<double>>;
const Groups kFull{{60, 58, 61, 59, 63},
                   {126, 120, 131, 124, 129},
                   {511, 498, 520, 505, 530},
                   {763, 750, 781, 741, 790},
                   {1046, 1010, 1080, 1035, 1102}};
const Groups kCapped{{122, 118, 120, 125, 121},
                     {107, 110, 105, 109, 112},
                     {103, 106, 101, 104, 108},
                     {103, 100, 105, 102, 107},
                     {104, 101, 106, 99, 110}};

Groups transposed(const Groups& groups) {
    Groups out(groups.front().size());
    for (const auto& group : groups)
        for (std::size_t i = 0; i < group.size(); ++i)
            out[i].push_back(group[i]);
    return out;
}

} // namespace

class tst_trends : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theSlopeOfTheStudy() {
        const SlopeFit fit = theilSen(kTokens, kTtft);
        QVERIFY(agrees(fit.slope, 0.3111489, 5e-8));
        QVERIFY(agrees(fit.intercept, 9.905, 5e-4)); // not 183.36, what median(y) - b median(x) would give
        QVERIFY(agrees(fit.interval, 0.215537, 0.595054, 5e-7));
        QVERIFY(agrees(fit.interval->coverage, 1 - 2.0 / 120, 1e-12));
        const SlopeFit narrower = theilSen(kTokens, kTtft, 0.9);
        QVERIFY(agrees(narrower.interval, 0.233217, 0.505605, 5e-7));
        QVERIFY(agrees(narrower.interval->coverage, 0.91667, 5e-6));
        QVERIFY(agrees(1000 / *fit.slope, 3214, 0.5)); // tokens a second
    }
    void theStudysLastTurnOverItsFirst() {
        const Estimate times = geometricRatio({kTtft.back()}, {kTtft.front()});
        QVERIFY(agrees(times.value, 17.433, 5e-4));
        QVERIFY(agrees(std::log(*times.value), 2.85838, 5e-6));
        QVERIFY(!times.interval); // one turn against one
        QVERIFY(agrees(geometricRatio({kTokens.back()}, {kTokens.front()}).value, 20.79, 5e-3));
    }
    void otherSlopesOfTheStudy() {
        const SlopeFit ols = leastSquares(kTokens, kTtft);
        QVERIFY(agrees(ols.slope, 0.3134579, 5e-8));
        QVERIFY(agrees(ols.intercept, 62.30, 5e-3));
        const SlopeFit siegel = siegelSlope(kTokens, kTtft);
        QVERIFY(agrees(siegel.slope, 0.3424063, 5e-8));
        QVERIFY(agrees(siegel.intercept, 4.873, 5e-4));
        const SlopeFit e = elasticity(kTokens, kTtft);
        QVERIFY(agrees(e.slope, 0.972287, 5e-7));
        QVERIFY(agrees(e.interval, 0.609, 1.469, 5e-4));
    }
    void leastSquaresHasStudentsInterval() {
        const SlopeFit fit = leastSquares({1, 2, 3, 4, 5}, {2, 4.2, 6.3, 8.1, 10.4});
        QVERIFY(agrees(fit.slope, 2.07, 1e-9));
        const double rest[] = {2 - 2.06, 4.2 - 4.13, 6.3 - 6.2, 8.1 - 8.27, 10.4 - 10.34};
        double sum = 0;
        for (const double r : rest)
            sum += r * r;
        const double reach = 3.182446305284263 * std::sqrt(sum / 3 / 10);
        QVERIFY(agrees(fit.interval, 2.07 - reach, 2.07 + reach, 1e-9));
    }
    void aTrendOfFivePoints() {
        const KendallResult k = kendallTest(kTokens, kTtft);
        QCOMPARE(*k.tau, 1.0);
        QCOMPARE(*k.s, 10.0);
        QVERIFY(agrees(k.p, 2.0 / 120, 1e-12));
    }
    void whatFewPointsCanShow() {
        QVERIFY(agrees(mannKendall({1, 2, 3}, Side::Greater).p, 1.0 / 6, 1e-12));
        QVERIFY(agrees(mannKendall({1, 2, 3, 4}, Side::Greater).p, 0.0417, 5e-5));
        QVERIFY(agrees(mannKendall({1, 2, 3, 4, 5}, Side::Greater).p, 0.0083, 5e-5));
        QVERIFY(agrees(mannKendall({5, 4, 3, 2, 1}, Side::Less).p, 0.0083, 5e-5));
        // The study's padded state: no trend can be claimed of four points.
        const KendallResult padded = mannKendall({156, 309, 355, 266}, Side::Greater);
        QCOMPARE(*padded.s, 2.0);
        QVERIFY(agrees(padded.p, 0.375, 1e-12));
    }
    void tiesKeepItExact() {
        // One of the 12 different orders of 1 2 2 3 has S = 5.
        const KendallResult k = mannKendall({1, 2, 2, 3}, Side::Greater);
        QCOMPARE(*k.s, 5.0);
        QVERIFY(agrees(k.p, 1.0 / 12, 1e-12));
        QVERIFY(agrees(k.tau, 5 / std::sqrt(30.0), 1e-12));
        // Ties in both: the orders 1 2 2, 2 1 2 and 2 2 1 of y have S = 1, 1 and -2.
        const KendallResult both = kendallTest({1, 1, 2}, {1, 2, 2}, Side::Greater);
        QCOMPARE(*both.s, 1.0);
        QVERIFY(agrees(both.p, 2.0 / 3, 1e-12));
    }
    void longSeriesAreApproximated() {
        std::vector<double> x(400), y(400);
        std::iota(x.begin(), x.end(), 0.0);
        for (std::size_t i = 0; i < y.size(); ++i)
            y[i] = double((i * 7919) % 400) + 0.2 * double(i);
        const KendallResult k = kendallTest(x, y, Side::Greater);
        QVERIFY(k.method.find("normal approximation") != std::string::npos);
        QVERIFY(*k.p > 0 && *k.p < 0.01);
        // One below where it begins is exact and next to it.
        const KendallResult exact = kendallTest({x.begin(), x.begin() + 120}, {y.begin(), y.begin() + 120});
        QVERIFY(exact.method.find("exact") == 0);
    }
    void jonckheereOfTheFullContext() {
        const TrendTest t = jonckheereTest(kFull, Side::Greater);
        QCOMPARE(*t.statistic, 250.0);
        QCOMPARE(*t.expected, 125.0);
        QCOMPARE(*t.variance, 437.5);
        QVERIFY(agrees(t.z, 5.97614, 5e-6));
        // One of 25! / (5!)^5 orders rises throughout.
        QVERIFY(agrees(*t.p * 623360743125120.0, 1, 1e-9));
    }
    void jonckheereOfTheCappedStateFalls() {
        const TrendTest t = jonckheereTest(kCapped, Side::Less);
        QCOMPARE(*t.statistic, 43.5);
        QVERIFY(agrees(t.variance, 436.0417, 5e-5));
        QVERIFY(agrees(t.z, -3.90296, 5e-6));
        QVERIFY(t.method.find("Monte Carlo") != std::string::npos);
        QVERIFY(*t.p < 2e-4);
        QVERIFY(*jonckheereTest(kCapped, Side::Greater).p > 0.99);
    }
    void pageOfTheFullContext() {
        const TrendTest t = pageTest(transposed(kFull));
        QCOMPARE(*t.statistic, 275.0);
        QVERIFY(agrees(*t.p * 1e11, 4.02, 5e-3));
        // scipy.stats.page_trend_test([[1, 3, 2], [1, 2, 3]], method="exact")
        const TrendTest small = pageTest({{1, 3, 2}, {1, 2, 3}});
        QCOMPARE(*small.statistic, 27.0);
        QVERIFY(agrees(small.p, 5.0 / 36, 1e-12));
        QVERIFY(agrees(pageTest({{1, 2, 3}}, Side::TwoSided).p, 2.0 / 6, 1e-12));
    }
    void theGapWidens() {
        const std::vector<double> n{1, 3, 6, 9, 12};
        const Groups gaps{{-.70, .10, 1.58, 1.96, 2.30},
                          {-.68, .14, 1.61, 2.00, 2.34},
                          {-.71, .12, 1.57, 2.01, 2.32},
                          {-.66, .09, 1.60, 1.95, 2.35},
                          {-.69, .15, 1.62, 1.99, 2.31}};
        std::vector<double> slopes;
        for (const auto& row : gaps)
            slopes.push_back(*leastSquares(n, row).slope);
        const Estimate e = meanInterval(slopes);
        QVERIFY(agrees(e.value, 0.277959, 5e-7));
        QVERIFY(agrees(e.interval, 0.276042, 0.279877, 5e-7));
    }
    void equalXAreNoSlope() {
        const SlopeFit fit = theilSen({1, 1, 2, 2}, {1, 3, 4, 8});
        QVERIFY(agrees(fit.slope, 4, 1e-12)); // of 1, 3, 5, 7
        // Two groups of two: 6 orders, the least and the most rising one lie outside.
        QVERIFY(agrees(fit.interval, 1, 7, 1e-12));
        QVERIFY(agrees(fit.interval->coverage, 1 - 2.0 / 6, 1e-12));
        QVERIFY(!theilSen({3, 3, 3}, {1, 2, 3}).slope);
        QCOMPARE(theilSen({3, 3, 3}, {1, 2, 3}).missing, std::string("no spread: every x is the same"));
        QVERIFY(!theilSen({1, 2}, {5, 6}).interval);
        QCOMPARE(*theilSen({1, 2}, {5, 6}).slope, 1.0);
        QVERIFY(!elasticity({0, 1, 2}, {1, 2, 3}).slope);
    }
};

LOOPTAX_TEST(tst_trends)
#include "tst_trends.moc"
