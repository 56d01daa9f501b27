// Where values lie and how far apart two sets are: exact where n is small. Expected numbers: statistics by hand
// or with scipy; the values are TTFTs in ms.
#include "agrees.h"
#include "stats/equivalence.h"
#include "stats/hodges_lehmann.h"
#include "stats/moments.h"
#include "stats/permutation.h"
#include "stats/quantiles.h"
#include "stats/student.h"
#include "support/test_registry.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <numeric>

using namespace looptax;

namespace {

const std::vector<double> kSpike{101, 104, 108, 112, 290};
const std::vector<double> kFull{1010, 1046, 1080, 1035, 1102};
const std::vector<double> kCapped{104, 101, 106, 99, 110};

std::vector<double> pairwise(const std::vector<double>& a, const std::vector<double>& b, bool ratio) {
    std::vector<double> out;
    for (std::size_t i = 0; i < a.size(); ++i) out.push_back(ratio ? a[i] / b[i] : a[i] - b[i]);
    return out;
}

std::vector<double> logs(std::vector<double> values) {
    for (double& value : values) value = std::log(value);
    return values;
}

} // namespace

class tst_location : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void studentOnFiveWithASpike() {
        const Estimate student = geometricMean(kSpike);
        QVERIFY(agrees(student.value, 129.80, 0.005));
        QVERIFY(agrees(student.interval, 74.14, 227.26, 0.005));
    }
    void aRatioOverRuns() {
        const std::vector<double> ratios = pairwise({1010, 1046, 1080, 1035, 1102}, {58, 60, 61, 59, 63}, true);
        const Estimate e = geometricMean(ratios);
        QVERIFY(agrees(e.value, 17.5170, 5e-5));
        QVERIFY(agrees(e.interval, 17.3734, 17.6618, 5e-5));
        QCOMPARE(e.interval->method, std::string("Student t on logs"));
        QVERIFY(agrees(momentsOf(logs(ratios)).sd, 0.00663001, 5e-9));
        QVERIFY(agrees(studentQuantile(0.975, 4), 2.7764, 5e-5));
        QCOMPARE(e.n, 5);
    }
    void pairsOfOneBlock() {
        const std::vector<double> d = pairwise(kFull, kCapped, false);
        QCOMPARE(d, (std::vector<double>{906, 945, 974, 936, 992}));
        QVERIFY(agrees(signFlipTest(d).p, 0.0625, 1e-12));
        QVERIFY(agrees(signFlipTest(d, Side::Greater).p, 0.03125, 1e-12));
        QVERIFY(agrees(signFlipTest(d, Side::Less).p, 1, 1e-12));
        QVERIFY(agrees(signFlipTest(d).statistic, 950.6, 1e-9));
        const Estimate ratio = geometricMean(pairwise(kFull, kCapped, true));
        QVERIFY(agrees(ratio.value, 10.142, 5e-4));
        QVERIFY(agrees(ratio.interval, 9.781, 10.517, 5e-4));
    }
    void independentRuns() {
        const Estimate shift = unpairedShift(kFull, kCapped);
        QCOMPARE(*shift.value, 942.0);
        QVERIFY(agrees(shift.interval, 906, 998, 0));
        QVERIFY(agrees(shift.interval->coverage, 0.9683, 5e-5));
        QVERIFY(agrees(shift.interval->coverage, 1 - 8.0 / 252, 1e-12));
        const TestResult test = mannWhitneyTest(kFull, kCapped);
        QVERIFY(agrees(test.p, 0.0079365, 5e-8));
        QCOMPARE(*test.statistic, 25.0);
        // Welch, without the gain of pairing: scipy.stats.ttest_ind(log a, log c, equal_var=False).
        const Estimate ratio = geometricRatio(kFull, kCapped);
        QVERIFY(agrees(ratio.value, 10.142431, 5e-7));
        QVERIFY(agrees(ratio.interval, 9.592287, 10.724127, 5e-7));
    }
    void fewDifferencesOfBothSigns() {
        const std::vector<double> d{3, -1, 4, 7, 2};
        QVERIFY(agrees(signFlipTest(d).p, 0.125, 1e-12));
        QVERIFY(agrees(signFlipTest(d, Side::Greater).p, 0.0625, 1e-12));
    }
    void floors_data() {
        QTest::addColumn<int>("n");
        QTest::addColumn<double>("paired");
        QTest::addColumn<double>("unpaired");
        QTest::addColumn<double>("digit");
        QTest::addRow("5") << 5 << 0.0625 << 0.00794 << 5e-6;
        QTest::addRow("6") << 6 << 0.03125 << 0.00216 << 5e-6;
        QTest::addRow("8") << 8 << 0.00781 << 0.000155 << 5e-6;
    }
    void floors() {
        QFETCH(int, n);
        QFETCH(double, paired);
        QFETCH(double, unpaired);
        QFETCH(double, digit);
        std::vector<double> low, high;
        for (int i = 1; i <= n; ++i) {
            low.push_back(i);
            high.push_back(1000 + i * i);
        }
        QVERIFY(agrees(signFlipTest(high).p, paired, digit));
        QVERIFY(agrees(mannWhitneyTest(low, high).p, unpaired, digit));
    }
    void tiesAreExactToo() {
        // By listing all C(6, 3) = 20 ways to deal 1 2 2 3 3 3: rank sums of {1,2,2}, {1,2,3} x 6, ...
        const TestResult test = mannWhitneyTest({1, 2, 2}, {3, 3, 3}, Side::Less);
        QCOMPARE(*test.statistic, 0.0);
        QVERIFY(agrees(test.p, 0.05, 1e-12));
        QVERIFY(agrees(mannWhitneyTest({1, 2, 3}, {2, 3, 3}, Side::Less).p, 7.0 / 20, 1e-12));
        QVERIFY(agrees(mannWhitneyTest({4, 4}, {4, 4}).p, 1, 1e-12));
    }
    void everySignIsLookedAtUpToTwentyPairs_data() {
        QTest::addColumn<int>("n");
        for (const int n : {2, 3, 12, 13, 19, 20, 21}) QTest::addRow("%d", n) << n;
    }
    void everySignIsLookedAtUpToTwentyPairs() {
        QFETCH(int, n);
        std::vector<double> d;
        for (int i = 1; i <= n; ++i) d.push_back(i % 3 == 0 ? -i : i % 4 == 0 ? 2 : i + 0.5); // with ties
        const double seen = std::accumulate(d.begin(), d.end(), 0.0);
        // One by one, along a Gray code: one sign changes at a time.
        double sum = seen, above = 0, below = 0, beyond = 0;
        std::vector<bool> minus(d.size());
        const unsigned all = 1U << unsigned(n);
        for (unsigned i = 1; i <= all; ++i) {
            above += sum >= seen - 1e-9;
            below += sum <= seen + 1e-9;
            beyond += std::abs(sum) >= std::abs(seen) - 1e-9;
            const auto at = std::size_t(std::countr_zero(i)) % d.size();
            sum += minus[at] ? 2 * d[at] : -2 * d[at];
            minus[at] = !minus[at];
        }
        for (const auto& [side, hits] : {std::pair{Side::Greater, above}, {Side::Less, below}, {Side::TwoSided, beyond}}) {
            const double exact = hits / all;
            const TestResult test = signFlipTest(d, side);
            if (n <= 20) QVERIFY2(std::abs(*test.p - exact) < 1e-12, std::to_string(*test.p - exact).c_str());
            else QVERIFY(std::abs(*test.p - exact) < 4 * std::sqrt(exact * (1 - exact) / 1e5) + 1e-5);
        }
        // Never 0, however clear it is.
        QCOMPARE(*signFlipTest(std::vector<double>(40, 5.0), Side::Greater).p, 1.0 / 100'001);
    }
    void manyIndependentValuesAreDrawnToo() {
        std::vector<double> a, b;
        for (int i = 0; i < 60; ++i) {
            a.push_back(i);
            b.push_back(i + 4.5);
        }
        const TestResult drawn = mannWhitneyTest(a, b, Side::Less);
        QVERIFY(drawn.method.find("Monte Carlo") != std::string::npos);
        // scipy.stats.mannwhitneyu(a, b, alternative="less", method="exact")
        QVERIFY(std::abs(*drawn.p - 0.086908) < 0.004);
    }
    void flatWithin25PercentNotWithin10() {
        const std::vector<double> ratios = pairwise({100, 104, 103, 99, 106}, {122, 118, 120, 125, 121}, true);
        const Equivalence e = equivalentToZero(logs(ratios), std::log(1.25));
        QVERIFY(agrees(e.value, -0.168691, 5e-7));
        QVERIFY(agrees(momentsOf(logs(ratios)).sd, 0.045940, 5e-7));
        QVERIFY(agrees(e.p_low, 0.028479, 5e-7));
        QVERIFY(agrees(e.p_high, 2.23e-5, 5e-8));
        QVERIFY(agrees(e.interval, std::log(0.8086), std::log(0.8826), 6e-5));
        QVERIFY(agrees(e.interval->coverage, 0.9, 1e-12));
        QCOMPARE(*e.p, *e.p_low);
        QVERIFY(*equivalentToZero(logs(ratios), std::log(1.10)).p > 0.5);
        QVERIFY(!equivalentToZero(logs(ratios), 0).p); // no margin, no test
        QVERIFY(!equivalentToZero(logs(ratios), 0).missing.empty());
    }
    void theIntervalAndThePOfEquivalenceAgree() {
        for (const double margin : {0.05, 0.12, 0.1914, 0.2119, 0.2125, 0.3}) {
            const Equivalence e = equivalentToZero({-0.1988, -0.1263, -0.1527, -0.2332, -0.1323}, margin);
            QCOMPARE(e.interval->low > -margin && e.interval->high < margin, *e.p < 0.05);
        }
    }
};

LOOPTAX_TEST(tst_location)
#include "tst_location.moc"
