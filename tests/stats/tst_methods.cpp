// What ran is what is named: every test with a limit, on both sides of it. A p that hangs on the seed was drawn and says so,
// with the seed; one that does not is exact or an approximation, and says which.
#include "support/test_registry.h"

#include "stats/change_point.h"
#include "stats/cochran_armitage.h"
#include "stats/fisher.h"
#include "stats/hodges_lehmann.h"
#include "stats/permutation.h"
#include "stats/slope.h"

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
    for (int i = 0; i < n; ++i) out.push_back(1 + std::floor(double((i * 7 + i * i) % 1009) / step));
    return out;
}

// Rising but for every third, so that p is neither 0 nor 1.
std::vector<double> differences(int n) {
    std::vector<double> out;
    for (int i = 1; i <= n; ++i) out.push_back(i % 3 == 0 ? -1.1 * i : i);
    return out;
}

Ran of(const TestResult& test) { return {test.p.value_or(-1), test.method}; }
Ran of(const TrendTest& test) { return {test.p.value_or(-1), test.method}; }
Ran of(const std::optional<Interval>& interval) { return interval ? Ran{interval->low, interval->method} : Ran{}; }

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
Run shares(int runs) {
    return [=](std::uint64_t) {
        return of(cochranArmitage({{1, runs / 2, runs}, {2, runs / 3, runs}, {5, runs / 2, runs}}, Side::Less));
    };
}

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"sign flips of 20", "exact", flips(20)},
        {"sign flips of 21", "drawn", flips(21)},
        {"Mann-Whitney of 100", "exact", ranks(50, 50)},
        {"Mann-Whitney of 101", "drawn", ranks(51, 50)},
        {"Cochran-Armitage", "exact", shares(8)},
        {"Cochran-Armitage of 1001 runs a level", "approximate", shares(1001)},
        {"Fisher", "exact", [](std::uint64_t) { return of(fisherTest(3, 8, 7, 9)); }},
        {"unpaired shift of 16", "exact", [](std::uint64_t) { return of(unpairedShift(values(8), values(8, 2)).interval); }},
        {"unpaired shift of 800", "approximate",
         [](std::uint64_t) { return of(unpairedShift(values(400), values(400, 2)).interval); }},
        {"the largest G2 over splits", "exact",
         [](std::uint64_t) {
             const ChangePoint found = changePoint({{5, 8}, {4, 8}, {1, 8}});
             return Ran{found.p.value_or(-1), found.method};
         }},
    };
    return kCases;
}

bool says(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

} // namespace

class tst_methods : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatRanIsWhatIsNamed_data() {
        QTest::addColumn<int>("at");
        for (std::size_t i = 0; i < cases().size(); ++i) QTest::addRow("%s", cases()[i].name) << int(i);
    }
    void whatRanIsWhatIsNamed() {
        QFETCH(int, at);
        const Case& row = cases()[std::size_t(at)];
        const std::string kind = row.kind;
        const Ran one = row.run(3), two = row.run(5);
        QVERIFY2(one.p != -1 && !one.method.empty(), one.method.c_str());
        QCOMPARE(says(one.method, "Monte Carlo, 100000 rounds, seed 3"), kind == "drawn");
        QCOMPARE(says(one.method, "exact"), kind == "exact");
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
