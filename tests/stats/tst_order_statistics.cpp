// What few sorted values can say without a distribution. Expected numbers: worked out by hand or with scipy.
#include "agrees.h"
#include "analysis/summary.h"
#include "stats/order_statistics.h"
#include "stats/outliers.h"
#include "stats/quantiles.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

namespace {

const std::vector<double> kSpike{101, 104, 108, 112, 290};

} // namespace

class tst_order_statistics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fiveValuesCannotGive95Percent() {
        QCOMPARE(*medianOf(kSpike), 108.0);
        const auto interval = medianInterval(kSpike);
        QVERIFY(agrees(interval, 101, 290, 0));
        QVERIFY(agrees(interval->coverage, 0.9375, 1e-12));
        QCOMPARE(*medianAbsoluteDeviation(kSpike), 4.0);
    }
    void theWidestIntervalThatIsNarrowEnough_data() {
        QTest::addColumn<int>("n");
        QTest::addColumn<int>("k");
        QTest::addColumn<double>("coverage");
        QTest::addRow("6") << 6 << 1 << 0.9688;
        QTest::addRow("7") << 7 << 1 << 0.9844;
        QTest::addRow("8") << 8 << 1 << 0.9922;
        QTest::addRow("9") << 9 << 2 << 0.9609;
        QTest::addRow("10") << 10 << 2 << 0.9785;
        QTest::addRow("12") << 12 << 3 << 0.9614;
        QTest::addRow("15") << 15 << 4 << 0.9648;
        QTest::addRow("20") << 20 << 6 << 0.9586;
    }
    void theWidestIntervalThatIsNarrowEnough() {
        QFETCH(int, n);
        QFETCH(int, k);
        QFETCH(double, coverage);
        std::vector<double> values;
        for (int i = n; i >= 1; --i) values.push_back(i);
        const auto interval = medianInterval(values);
        QVERIFY(agrees(interval, k, n + 1 - k, 0));
        QVERIFY(agrees(interval->coverage, coverage, 5e-5));
        // A lower level asks for less.
        QVERIFY(medianInterval(values, 0.5)->low >= interval->low);
    }
    void theSpikeIsFarOut() {
        QVERIFY(agrees(modifiedZ(kSpike)->back(), 30.69, 0.005));
        QVERIFY(agrees((kSpike.back() - 108) / *medianAbsoluteDeviation(kSpike), 45.5, 1e-12)); // hyperfine's
        // Its threshold: ten standard deviations of a normal, in which the MAD is the upper quartile.
        QVERIFY(agrees(10 / normalQuantile(0.75), 14.826, 5e-4));
        QVERIFY(!modifiedZ({7, 7, 7, 9})); // no spread: nothing to divide by
    }
    void percentilesOfType7() {
        QVERIFY(agrees(percentile(kSpike, 0.9), 218.8, 1e-9));
        QVERIFY(agrees(percentile(kSpike, 0.95), 254.4, 1e-9));
        QCOMPARE(*percentile(kSpike, 0), 101.0);
        QCOMPARE(*percentile(kSpike, 1), 290.0);
        QVERIFY(!percentile(kSpike, 1.01));
        QVERIFY(!percentile(kSpike, -0.01));
    }
    void percentilesNeedTheirN() {
        QCOMPARE(percentileMinimum(0.9), 29);
        QCOMPARE(percentileMinimum(0.95), 59);
        QCOMPARE(percentileMinimum(0.99), 299);
        QCOMPARE(percentileMinimum(1.0), 0);
        std::vector<double> values(28, 1.0);
        QVERIFY(!percentileIfEnough(values, 0.9)); // n too small
        values.push_back(3);
        QCOMPARE(*percentileIfEnough(values, 0.9), 1.0);
        QVERIFY(!percentileIfEnough(values, 0.95));
    }
    void outliersAreFlaggedAndTheMedianShownWithout() {
        const OutlierFlags few = flagOutliers(kSpike);
        QCOMPARE(few.flagged, std::vector<std::size_t>{4});
        QCOMPARE(*few.median_without, 106.0);
        QCOMPARE(few.rule, std::string("maximum above twice the median"));
        QVERIFY(flagOutliers({101, 104, 108, 112, 215}).flagged.empty()); // below twice
        QVERIFY(!flagOutliers({101, 104, 108, 112, 215}).median_without);

        const OutlierFlags many = flagOutliers({10, 40, 11, 12, 13, 12, 11, 1, 12});
        QCOMPARE(many.rule, std::string("modified z above 3.5"));
        QCOMPARE(many.flagged, (std::vector<std::size_t>{1, 7})); // on both sides
        QCOMPARE(*many.median_without, 12.0);
        // Seven equal values have no spread to measure by, and still 100 is not one of them.
        QCOMPARE(flagOutliers({5, 5, 5, 5, 5, 5, 5, 100}).flagged, std::vector<std::size_t>{7});
        QVERIFY(flagOutliers({5, 5, 5, 5, 5, 5, 5, 5}).flagged.empty());
        QVERIFY(flagOutliers({1, 100}).flagged.empty()); // which of the two?
    }
};

LOOPTAX_TEST(tst_order_statistics)
#include "tst_order_statistics.moc"
