// What every statistic must keep to, whatever it is fed: the order of the values, their unit and their sign mean
// nothing, and where they are too few or no numbers there is no result, with a reason, and never a NaN.
#include "agrees.h"
#include "base/seeded_random.h"
#include "stats/beta_binomial.h"
#include "stats/change_point.h"
#include "stats/cluster.h"
#include "stats/cochran_armitage.h"
#include "stats/equivalence.h"
#include "stats/fisher.h"
#include "stats/hodges_lehmann.h"
#include "stats/holm.h"
#include "stats/order_statistics.h"
#include "stats/outliers.h"
#include "stats/permutation.h"
#include "stats/proportion.h"
#include "stats/slope.h"
#include "stats/student.h"
#include "support/test_registry.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

using namespace looptax;

namespace {

// Everything one can ask of one set of values, as a flat list of named results.
struct Answer {
    std::string what;
    std::vector<std::optional<double>> numbers;
    bool scales = false;  // with the unit of the values
    bool reasoned = true; // an absent number has its reason
};

void add(std::vector<Answer>& to, const char* what, const Estimate& e, bool scales) {
    Answer a{what, {e.value}, scales, e.value && e.interval ? true : !e.missing.empty()};
    if (e.interval) a.numbers.insert(a.numbers.end(), {e.interval->low, e.interval->high});
    to.push_back(std::move(a));
}
void add(std::vector<Answer>& to, const char* what, const std::optional<Interval>& i) {
    Answer a{what, {}, true, true};
    if (i) a.numbers = {i->low, i->high};
    to.push_back(std::move(a));
}
void add(std::vector<Answer>& to, const char* what, const TestResult& t) {
    to.push_back({what, {t.p}, false, t.p || !t.missing.empty()});
}
void add(std::vector<Answer>& to, const char* what, const SlopeFit& f, bool scales) {
    Answer a{what, {f.slope}, scales, f.slope && f.interval ? true : !f.missing.empty() || f.slope};
    if (f.interval) a.numbers.insert(a.numbers.end(), {f.interval->low, f.interval->high});
    to.push_back(std::move(a));
}

std::vector<Answer> ofOneSet(const std::vector<double>& x) {
    std::vector<Answer> out;
    add(out, "median interval", medianInterval(x));
    out.push_back({"MAD", {medianAbsoluteDeviation(x)}, true, true});
    out.push_back({"percentile", {percentile(x, 0.9)}, true, true});
    out.push_back({"without outliers", {flagOutliers(x).median_without}, true, true});
    add(out, "sign flips", signFlipTest(x));
    add(out, "mean", meanInterval(x), true);
    add(out, "geometric mean", geometricMean(x), true);
    const Equivalence e = equivalentToZero(x, 1.25);
    out.push_back({"equivalence", {e.value}, true, e.value || !e.missing.empty()});
    return out;
}

std::vector<Answer> ofPoints(const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<Answer> out;
    add(out, "Theil-Sen", theilSen(x, y), true);
    add(out, "least squares", leastSquares(x, y), true);
    add(out, "elasticity", elasticity(x, y), false);
    return out;
}

std::vector<Answer> ofTwoSets(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<Answer> out;
    add(out, "unpaired shift", unpairedShift(a, b), true);
    add(out, "Mann-Whitney", mannWhitneyTest(a, b, Side::Greater));
    add(out, "ratio", geometricRatio(a, b), false);
    return out;
}

// Runs of turns that passed or not.
std::vector<Answer> ofRows(const PassRows& rows) {
    std::vector<Answer> out;
    const BetaBinomial model = betaBinomial(rows);
    Answer of{"beta-binomial", {model.rate, model.correlation}, false, model.interval || !model.missing.empty()};
    if (model.interval) of.numbers.insert(of.numbers.end(), {model.interval->low, model.interval->high});
    out.push_back(std::move(of));
    const ClusterSummary means = clusterSummary(rows);
    Answer over{"mean of runs", {means.mean, means.icc, means.standard_error}, false, means.interval || !means.missing.empty()};
    if (means.interval) over.numbers.insert(over.numbers.end(), {means.interval->low, means.interval->high});
    out.push_back(std::move(over));
    return out;
}

bool proper(const std::vector<Answer>& answers) {
    for (const Answer& a : answers) {
        bool good = a.reasoned;
        for (const auto& number : a.numbers) good = good && (!number || std::isfinite(*number));
        if (!good) {
            qWarning("%s", a.what.c_str());
            return false;
        }
    }
    return true;
}

std::vector<double> randomValues(SeededRandom& random, int n, int different) {
    std::vector<double> out;
    for (int i = 0; i < n; ++i) out.push_back(10 + double(random.below(std::uint64_t(different))) * 0.37);
    return out;
}

} // namespace

class tst_degenerate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingIsEverNaN_data() {
        QTest::addColumn<QList<double>>("values");
        const double inf = std::numeric_limits<double>::infinity();
        const double nan = std::nan("");
        const double huge = std::numeric_limits<double>::max();
        const double tiny = std::numeric_limits<double>::denorm_min();
        QTest::addRow("none") << QList<double>{};
        QTest::addRow("one") << QList<double>{5};
        QTest::addRow("two") << QList<double>{5, 6};
        QTest::addRow("all equal") << QList<double>{5, 5, 5, 5, 5, 5, 5, 5};
        QTest::addRow("equal, not exact in binary") << QList<double>{.1, .1, .1, .1, .1, .1};
        QTest::addRow("all 0") << QList<double>{0, 0, 0, 0, 0};
        QTest::addRow("negative") << QList<double>{-1, -2, -3, -4, -5};
        QTest::addRow("one NaN") << QList<double>{1, 2, nan, 4, 5, 6, 7, 8};
        QTest::addRow("one infinite") << QList<double>{1, 2, inf, 4, 5, 6, 7, 8};
        QTest::addRow("minus infinity") << QList<double>{-inf, 2, 3, 4, 5, 6, 7, 8};
        QTest::addRow("huge") << QList<double>{huge, huge / 2, huge / 3, huge / 4, huge / 5};
        QTest::addRow("huge, both signs") << QList<double>{huge, -huge, huge, -huge / 2, huge};
        QTest::addRow("tiny") << QList<double>{tiny, 2 * tiny, 3 * tiny, 4 * tiny, 5 * tiny};
        QTest::addRow("next to each other") << QList<double>{1, std::nextafter(1, 2), 1, 1, 1, 1, 1, 1, 1};
    }
    void nothingIsEverNaN() {
        QFETCH(QList<double>, values);
        const std::vector<double> x(values.begin(), values.end());
        std::vector<double> order;
        for (std::size_t i = 0; i < x.size(); ++i) order.push_back(double(i));
        QVERIFY(proper(ofOneSet(x)));
        QVERIFY(proper(ofPoints(order, x)));
        QVERIFY(proper(ofPoints(x, order)));
        QVERIFY(proper(ofPoints(x, x)));
        QVERIFY(proper(ofTwoSets(x, order)));
        QVERIFY(proper(ofTwoSets(x, x)));
        QVERIFY(proper(ofTwoSets(order, {})));
        QVERIFY(proper(ofPoints(x, {1, 2})));
        for (const auto& p : holmAdjusted({x.begin(), x.end()})) QVERIFY(!p || (*p >= 0 && *p <= 1));
    }
    void runsOfAnyShapeAreNeverNaN() {
        const auto rows = [](int runs, int turns, bool passed) {
            return PassRows(std::size_t(runs), std::vector<bool>(std::size_t(turns), passed));
        };
        PassRows halves = rows(6, 5, true), one = rows(400, 1, true), lengths = rows(12, 1, true), lone = rows(2000, 12, true);
        for (const auto& row : rows(6, 5, false)) halves.push_back(row);
        one[17][0] = false;
        lengths[0] = std::vector<bool>(3000, false);
        lengths[5] = {};
        lone[7][3] = false;
        PassRows turns; // every run fails half of its turns: no run is unlike another
        for (int run = 0; run < 20; ++run) turns.push_back({true, false});
        for (const PassRows& shape : {PassRows{}, PassRows(20), rows(1, 1, true), rows(9, 6, true), rows(10, 6, true),
                                      rows(10, 6, false), rows(10, 1, true), halves, one, lengths, lone, turns})
            QVERIFY(proper(ofRows(shape)));
    }
    void tooFewSaysSo() {
        QCOMPARE(signFlipTest({}).missing, std::string("too small: 0 values, 2 are needed"));
        QCOMPARE(geometricMean({3}).missing, std::string("too small: 1 value, 2 are needed"));
        QCOMPARE(theilSen({1}, {1}).missing, std::string("too small: 1 value, 2 are needed"));
        QVERIFY(unpairedShift({1, 2}, {3}).missing.find("too small: 1 value") == 0);
        QVERIFY(clusterSummary({}).missing.find("too small") == 0);
        QVERIFY(clusterSummary({{true, false}}).missing.find("too small") == 0);
        QVERIFY(changePoint({{1, 2}}).missing.find("too small") == 0);
        QVERIFY(cochranArmitage({{1, 1, 1}}, Side::Less).missing.find("too small") == 0);
        QVERIFY(fisherTest(0, 0, 0, 0).missing.find("too small") == 0);
        QVERIFY(meanInterval({4, 4, 4}).missing.find("no spread") == 0);
        QVERIFY(equivalentToZero({1, 1, 1}, 1.25).missing.find("no spread") == 0);
        QVERIFY(clusterSummary({{true, true}, {true, true}}).missing.find("no spread") == 0);
        const std::vector<bool> passes{true, true}, fails{false, false}, mixed{true, false};
        QVERIFY(betaBinomial({}).missing.find("too small") == 0);
        QVERIFY(betaBinomial(PassRows(9, mixed)).missing.find("too small: 9 values") == 0);
        QVERIFY(betaBinomial(PassRows(20)).missing.find("too small: 0 values") == 0); // empty runs are none
        QVERIFY(betaBinomial(PassRows(10, passes)).missing.find("no spread") == 0);
        QVERIFY(betaBinomial(PassRows(10, fails)).missing.find("no spread") == 0);
        QVERIFY(!betaBinomial(PassRows(10, fails)).rate && !betaBinomial(PassRows(10, fails)).interval);
        QVERIFY(!medianInterval({1}));
        QVERIFY(!wilsonInterval(0, 0));
        QVERIFY(!wilsonInterval(3, 2));
        QVERIFY(!clopperPearson(-1, 2));
        QVERIFY(!newcombeDifference(1, 1, 0, 0));
        QVERIFY(!changePoint({{3, 2}, {1, 2}}).p);
        QVERIFY(!cochranArmitage({{1, 3, 2}, {2, 1, 2}}, Side::Less).p);
    }
    void allTheSameIsNoTrend() {
        QCOMPARE(*cochranArmitage({{1, 5, 5}, {3, 5, 5}}, Side::Less).p, 1.0);
        QCOMPARE(*cochranArmitage({{1, 0, 5}, {3, 0, 5}}, Side::Less).p, 1.0);
        QCOMPARE(*signFlipTest({0, 0, 0}).p, 1.0);
    }
    void theOrderOfTheValuesChangesNotABit() {
        SeededRandom random(11);
        for (int round = 0; round < 10; ++round) {
            const int n = 2 + int(random.below(13));
            std::vector<double> x = randomValues(random, n, round % 2 == 0 ? 7 : 1000);
            std::vector<double> y = randomValues(random, n, 1000);
            std::vector<std::size_t> order;
            for (std::size_t i = 0; i < x.size(); ++i) order.push_back(i);
            random.shuffle(order);
            std::vector<double> x2, y2;
            for (const std::size_t i : order) {
                x2.push_back(x[i]);
                y2.push_back(y[i]);
            }
            const auto same = [](const std::vector<Answer>& a, const std::vector<Answer>& b) {
                for (std::size_t i = 0; i < a.size(); ++i)
                    if (a[i].numbers != b[i].numbers) {
                        qWarning("%s", a[i].what.c_str());
                        return false;
                    }
                return a.size() == b.size();
            };
            QVERIFY(same(ofOneSet(x), ofOneSet(x2)));
            QVERIFY(same(ofPoints(x, y), ofPoints(x2, y2)));
            QVERIFY(same(ofTwoSets(x, y), ofTwoSets(x2, y2)));
        }
    }
    void theUnitChangesOnlyTheUnit() {
        SeededRandom random(12);
        for (int round = 0; round < 10; ++round) {
            const int n = 5 + int(random.below(8));
            const std::vector<double> x = randomValues(random, n, 1000);
            const std::vector<double> y = randomValues(random, n, round % 2 == 0 ? 5 : 1000);
            const double unit = 1024; // ms to something else, exactly
            const auto scaled = [&](std::vector<double> values) {
                for (double& v : values) v *= unit;
                return values;
            };
            const auto follows = [&](const std::vector<Answer>& a, const std::vector<Answer>& b) {
                for (std::size_t i = 0; i < a.size(); ++i)
                    for (std::size_t j = 0; j < a[i].numbers.size(); ++j) {
                        const auto &one = a[i].numbers[j], &other = b[i].numbers[j];
                        if (one.has_value() == other.has_value() && (!one || std::abs(*one * (a[i].scales ? unit : 1) - *other) <=
                                                                                 1e-9 * std::max(1.0, std::abs(*other))))
                            continue;
                        qWarning("%s", a[i].what.c_str());
                        return false;
                    }
                return a.size() == b.size();
            };
            std::vector<Answer> one = ofOneSet(x), other = ofOneSet(scaled(x));
            QVERIFY(follows(one, other));
            QVERIFY(follows(ofPoints(x, y), ofPoints(x, scaled(y))));
            QVERIFY(follows(ofTwoSets(x, y), ofTwoSets(scaled(x), scaled(y))));
        }
    }
    void sidesMirrorEachOther() {
        SeededRandom random(13);
        for (int round = 0; round < 30; ++round) {
            const int n = 3 + int(random.below(6));
            const std::vector<double> x = randomValues(random, n, 1000);
            const std::vector<double> y = randomValues(random, n, round % 2 == 0 ? 6 : 1000);
            std::vector<double> minus;
            for (const double v : y) minus.push_back(-v);
            QVERIFY(agrees(mannWhitneyTest(x, y, Side::Less).p, *mannWhitneyTest(y, x, Side::Greater).p, 1e-12));
            QVERIFY(agrees(signFlipTest(y, Side::Less).p, *signFlipTest(minus, Side::Greater).p, 1e-12));
            QVERIFY(agrees(theilSen(x, y).slope, -*theilSen(x, minus).slope, 1e-9));
            QVERIFY(agrees(unpairedShift(x, y).value, -*unpairedShift(y, x).value, 1e-9));
        }
    }
    void morePassesMeanHigherIntervals() {
        for (int k = 0; k < 20; ++k) {
            QVERIFY(wilsonInterval(k + 1, 20)->low >= wilsonInterval(k, 20)->low);
            QVERIFY(wilsonInterval(k + 1, 20)->high >= wilsonInterval(k, 20)->high);
            QVERIFY(clopperPearson(k + 1, 20)->low >= clopperPearson(k, 20)->low);
            QVERIFY(clopperPearson(k, 20)->low <= k / 20.0 && clopperPearson(k, 20)->high >= k / 20.0);
            // For claims: never the narrower of the two.
            QVERIFY(clopperPearsonUpper(k, 20, .99) >= clopperPearsonUpper(k, 20, .95));
        }
        for (int n = 2; n < 40; ++n) QVERIFY(wilsonInterval(n, n)->low > wilsonInterval(n - 1, n - 1)->low);
        for (double q = 0; q < 1; q += 0.05)
            QVERIFY(*percentile({1, 5, 2, 9, 4}, q) <= *percentile({1, 5, 2, 9, 4}, q + 0.05 > 1 ? 1 : q + 0.05));
    }
};

LOOPTAX_TEST(tst_degenerate)
#include "tst_degenerate.moc"
