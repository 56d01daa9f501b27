// The distributions have an answer or NaN, whatever they are asked: never an exception, which would end a report.
#include "agrees.h"
#include "support/test_registry.h"

#include "stats/quantiles.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <string>

using namespace looptax;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");
const std::vector<double> kOdd{0,
                               -0.0,
                               1,
                               -1,
                               0.5,
                               2,
                               kNaN,
                               kInf,
                               -kInf,
                               1e300,
                               -1e300,
                               1e-300,
                               1e9,
                               1e18,
                               1 - std::numeric_limits<double>::epsilon(),
                               std::numeric_limits<double>::max(),
                               std::numeric_limits<double>::denorm_min()};

bool isShare(double p) { return std::isnan(p) || (p >= 0 && p <= 1); }

} // namespace

class tst_quantiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingThrows_data() {
        QTest::addColumn<double>("a");
        for (const double a : kOdd) QTest::addRow("%g", a) << a;
    }
    void nothingThrows() {
        QFETCH(double, a);
        try {
            QVERIFY(isShare(normalCdf(a)) && isShare(normalUpperTail(a)));
            (void)normalQuantile(a);
            for (const int n : {-1, 0, 1, 3, 1'000'000})
                for (const int k : {-1, 0, 1, 2, 999'999})
                    QVERIFY(isShare(binomialCdf(k, n, a)) && isShare(binomialPoint(k, n, a)));
            for (const double b : kOdd) {
                QVERIFY(isShare(studentUpperTail(a, b)));
                (void)studentQuantile(a, b);
                for (const double c : kOdd) QVERIFY2(isShare(betaQuantile(a, b, c)), std::to_string(b).c_str());
            }
        } catch (const std::exception& error) {
            QFAIL(error.what());
        }
    }

    void whatHasNoAnswerIsNaN() {
        for (const double degrees : {0.0, -1.0, kNaN}) {
            QVERIFY(std::isnan(studentQuantile(0.975, degrees)));
            QVERIFY(std::isnan(studentUpperTail(2, degrees)));
        }
        for (const double p : {kNaN, -0.1, 1.1}) {
            QVERIFY(std::isnan(studentQuantile(p, 5)));
            QVERIFY(std::isnan(normalQuantile(p)));
        }
        QVERIFY(std::isnan(normalCdf(kNaN)));
        QVERIFY(std::isnan(binomialCdf(1, 3, kNaN)));
    }

    void hugeDegreesOfFreedomAreTheNormals() {
        for (const double degrees : {1e9, 1e18, 1e300, kInf}) {
            QVERIFY(agrees(studentQuantile(0.975, degrees), 1.959964, 5e-7));
            QVERIFY(agrees(studentUpperTail(1.959964, degrees), 0.025, 5e-7));
        }
    }

    void theEndsAreSensible() {
        QCOMPARE(normalCdf(kInf), 1.0);
        QCOMPARE(normalCdf(-kInf), 0.0);
        QCOMPARE(studentUpperTail(kInf, 3), 0.0);
        QCOMPARE(normalQuantile(1), kInf);
        QCOMPARE(normalQuantile(0), -kInf);
        QCOMPARE(studentQuantile(1, 3), kInf);
        QCOMPARE(binomialCdf(3, 3, 0.5), 1.0);
        QCOMPARE(betaQuantile(-1, 1, 1), 0.0);
    }

    void aRootIsFoundOrAbsent() {
        QVERIFY(agrees(rootBetween([](double x) { return x * x - 2; }, 0, 2), std::sqrt(2.0), 1e-12));
        QVERIFY(agrees(rootBetween([](double x) { return -x; }, -1, 1), 0, 1e-12));
        QVERIFY(!rootBetween([](double x) { return x * x + 1; }, 0, 2)); // one sign
        QVERIFY(!rootBetween([](double x) { return x; }, 1, -1));        // no place between
        QVERIFY(!rootBetween([](double) { return std::nan(""); }, 0, 1));
        QVERIFY(!rootBetween([](double x) { return x - 1; }, std::nan(""), 2));
    }
};

LOOPTAX_TEST(tst_quantiles)
#include "tst_quantiles.moc"
