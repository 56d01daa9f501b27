// What ran is what is named: every test with a limit, on both sides of it. A p that hangs on the seed was drawn and says so,
// with the seed; one that does not is exact or an approximation, and says which.
#include "support/test_registry.h"

#include "stats/bootstrap.h"
#include "stats/change_point.h"
#include "stats/cochran_armitage.h"
#include "stats/fisher.h"
#include "stats/hodges_lehmann.h"
#include "stats/kendall.h"
#include "stats/permutation.h"
#include "stats/slope.h"
#include "stats/trend_test.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace looptax;

namespace {

struct Ran {
    double p = -1; // or the low end of an interval
    std::string method;
};

// Neither sorted nor without spread. step 1: no ties; step k: k of each value.
std::vector<double> values(int n, int step = 1) {
    std::vector<double> out;
    for (int i = 0; i < n; ++i)
        out.push_back(1 + std::floor(double((i * 7 + i * i) % 1009) / step));
    return out;
}

// Rising but for every third, so that p is neither 0 nor 1.
std::vector<double> differences(int n) {
    std::vector<double> out;
    for (int i = 1; i <= n; ++i)
        out.push_back(i % 3 == 0 ? -1.1 * i : i);
    return out;
}

Ran of(const TestResult& test) {
    return {test.p.value_or(-1), test.method};
}
Ran of(const TrendTest& test) {
    return {test.p.value_or(-1), test.method};
}
Ran of(const KendallResult& test) {
    return {test.p.value_or(-1), test.method};
}
Ran of(const std::optional<Interval>& interval) {
    return interval ? Ran{interval->low, interval->method} : Ran{};
}

using Run = std::function<Ran(std::uint64_t seed)>;
struct Case {
    const char* name;
    const char* kind; // exact, drawn, approximate
    Run run;
};

Run flips(int n) {
    return [=](std::uint64_t seed) { return of(signFlipTest(differences(n), Side::Greater, seed)); };
}
Run ranks(int m, int n) {
    return [=](std::uint64_t seed) { return of(mannWhitneyTest(values(m), values(n, 2), Side::TwoSided, seed)); };
}
Run groups(int n, int step) {
    return [=](std::uint64_t seed) {
        // Of every group of a later dose two in three are a little larger.
        std::vector<double> first, second;
        for (int i = 0; i < n; ++i) {
            first.push_back((i * 5 % 17) / step + (step > 1 ? 0 : i * 0.01));
            second.push_back(first.back() + (i % 3 == 0 ? -1 : 1) + (step > 1 ? 0 : 0.005));
        }
        return of(jonckheereTest({first, second}, Side::Greater, seed));
    };
}
Run columns(int n) {
    return [=](std::uint64_t) { return of(pageTest({values(n), values(n, 3)})); };
}
Run kendall(int n, int ties) {
    return [=](std::uint64_t seed) {
        std::vector<double> x, y;
        for (int i = 0; i < n; ++i) {
            x.push_back(i / ties);
            y.push_back(ties > 1 ? i * 4 % 7 / ties + i / 4 : i * 4 % 7 + i * 0.1);
        }
        return of(kendallTest(x, y, Side::TwoSided, seed));
    };
}
Run shares(int runs) {
    return [=](std::uint64_t) {
        return of(cochranArmitage({{1, runs / 2, runs}, {2, runs / 3, runs}, {5, runs / 2, runs}}, Side::Less));
    };
}
Run means(int n) {
    return [=](std::uint64_t seed) { return of(bcaGeometricMean(values(n), 0.95, seed).estimate.interval); };
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"sign flips of 20", "exact", flips(20)},
        {"sign flips of 21", "drawn", flips(21)},
        {"Mann-Whitney of 100", "exact", ranks(50, 50)},
        {"Mann-Whitney of 101", "drawn", ranks(51, 50)},
        {"Jonckheere without ties", "exact", groups(12, 1)},
        {"Jonckheere with ties", "drawn", groups(12, 4)},
        {"Jonckheere with ties, 104 values", "approximate", groups(52, 4)},
        {"Page of 8 columns", "exact", columns(8)},
        {"Page of 9 columns", "approximate", columns(9)},
        {"Kendall without ties", "exact", kendall(20, 1)},
        {"Kendall without ties, 300 points", "approximate", kendall(300, 1)},
        {"Kendall with ties in both, 8 points", "exact", kendall(8, 2)},
        {"Kendall with ties in both, 9 points", "drawn", kendall(9, 2)},
        {"Kendall with ties in both, 61 points", "approximate", kendall(61, 2)},
        {"Cochran-Armitage", "exact", shares(8)},
        {"Cochran-Armitage of 1001 runs a level", "approximate", shares(1001)},
        {"Fisher", "exact", [](std::uint64_t) { return of(fisherTest(3, 8, 7, 9)); }},
        {"the largest G2 over splits", "exact",
         [](std::uint64_t) {
             const ChangePoint found = changePoint({{5, 8}, {4, 8}, {1, 8}});
             return Ran{found.p.value_or(-1), found.method};
         }},
        {"bootstrap of 10", "exact", means(10)},
        {"bootstrap of 11", "drawn", means(11)},
        {"paired shift of 8", "exact", [](std::uint64_t) { return of(pairedShift(differences(8)).interval); }},
        {"paired shift of 401", "approximate", [](std::uint64_t) { return of(pairedShift(differences(401)).interval); }},
    };
    return kCases;
}

bool says(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

} // namespace

class tst_methods : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatRanIsWhatIsNamed_data() {
        QTest::addColumn<int>("at");
        for (std::size_t i = 0; i < cases().size(); ++i)
            QTest::addRow("%s", cases()[i].name) << int(i);
    }
    void whatRanIsWhatIsNamed() {
        QFETCH(int, at);
        const Case& row = cases()[std::size_t(at)];
        const std::string kind = row.kind;
        const Ran one = row.run(3), two = row.run(5);
        QVERIFY2(one.p != -1 && !one.method.empty(), one.method.c_str());
        QCOMPARE(says(one.method, "Monte Carlo, 100000 rounds, seed 3"), kind == "drawn");
        QCOMPARE(says(one.method, "exact") || says(one.method, "all resamples"), kind == "exact");
        QCOMPARE(says(one.method, "normal approximation"), kind == "approximate");
        QCOMPARE(one.p != two.p, kind == "drawn");
    }
    // A rule is written before it is known how many values there will be: it names what runs below and above.
    void theTextOfARuleNamesBoth() {
        QCOMPARE(exactFlipsText(), std::string("exact up to 20, above that Monte Carlo, 100000 rounds, seed 20071"));
        QCOMPARE(exactRanksText(), std::string("exact up to 100 values, above that Monte Carlo, 100000 rounds, seed 20071"));
    }
};

LOOPTAX_TEST(tst_methods)
#include "tst_methods.moc"
