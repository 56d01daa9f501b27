// Slopes. Expected numbers: by hand or with scipy.
#include "agrees.h"
#include "stats/slope.h"
#include "stats/student.h"
#include "support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace looptax;

namespace {

// TTFT in ms by tokens of the context, full context, from the published study.
const std::vector<double> kTokens{161, 406, 1053, 2034, 3347};
const std::vector<double> kTtft{60, 126, 511, 763, 1046};

using Groups = std::vector<std::vector<double>>;
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
        const SlopeFit e = elasticity(kTokens, kTtft);
        QVERIFY(agrees(e.slope, 0.972287, 5e-7));
        QVERIFY(agrees(e.interval, 0.609, 1.469, 5e-4));
    }
    void leastSquaresHasStudentsInterval() {
        const SlopeFit fit = leastSquares({1, 2, 3, 4, 5}, {2, 4.2, 6.3, 8.1, 10.4});
        QVERIFY(agrees(fit.slope, 2.07, 1e-9));
        const double rest[] = {2 - 2.06, 4.2 - 4.13, 6.3 - 6.2, 8.1 - 8.27, 10.4 - 10.34};
        double sum = 0;
        for (const double r : rest) sum += r * r;
        const double reach = 3.182446305284263 * std::sqrt(sum / 3 / 10);
        QVERIFY(agrees(fit.interval, 2.07 - reach, 2.07 + reach, 1e-9));
    }
    void theGapWidens() {
        const std::vector<double> n{1, 3, 6, 9, 12};
        const Groups gaps{{-.70, .10, 1.58, 1.96, 2.30},
                          {-.68, .14, 1.61, 2.00, 2.34},
                          {-.71, .12, 1.57, 2.01, 2.32},
                          {-.66, .09, 1.60, 1.95, 2.35},
                          {-.69, .15, 1.62, 1.99, 2.31}};
        std::vector<double> slopes;
        for (const auto& row : gaps) slopes.push_back(*leastSquares(n, row).slope);
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
