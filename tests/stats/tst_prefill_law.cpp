// The law of the time to first token: planted parameters come back, and data that cannot tell are not made to.
#include "support/test_registry.h"

#include "analysis/prefill_law.h"
#include "base/seeded_random.h"

#include <QTest>

#include <cmath>
#include <limits>

using namespace looptax;

namespace {

struct Planted {
    double overhead = 40;
    double token = 0.2;
    double context = 2e-5;
    double ttft(double processed, double all) const { return overhead + processed * (token + context * (all - processed / 2)); }
};

// What a sweep of A and C gives, run-isolated and cold. noise: relative, of each turn and of a whole run.
struct Sweep {
    int n = 12;
    int repeats = 3;
    bool cold = true;
    double noise = 0;
    double run_noise = 0;
};

std::vector<PromptCost> costsOf(const Sweep& sweep, const Planted& law, std::uint64_t seed = 1) {
    SeededRandom random(seed);
    const auto off = [&](double size) { // about normal: a sum of twelve
        double sum = -6;
        for (int i = 0; i < 12; ++i) sum += random.unit();
        return 1 + size * sum;
    };
    std::vector<PromptCost> out;
    int run = 0;
    for (int repeat = 1; repeat <= sweep.repeats; ++repeat)
        for (const bool capped : {false, true})
            for (const bool cold : {false, true}) {
                if (cold && !sweep.cold) continue;
                ++run;
                const double slow = off(sweep.run_noise);
                for (int t = 1; t <= sweep.n; ++t) {
                    const double context =
                        capped ? 256 + 37.0 * std::min(t - 1, 3) : std::floor(161 + 66.0 * (t - 1) + 37.5 * t * (t - 1) / 2);
                    const double processed = cold || t == 1 ? context : capped ? 60 + 37.0 * std::min(t - 1, 3) : 57;
                    out.push_back({law.ttft(processed, context) * slow * off(sweep.noise), processed, context, run, repeat});
                }
            }
    return out;
}

bool near(double found, double planted, double share) { return std::abs(found - planted) <= share * planted; }

bool holds(const LawValue& value, double truth) { return value.low <= truth && truth <= value.high; }

} // namespace

class tst_prefill_law : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aPlantedLawComesBack_data() {
        QTest::addColumn<double>("overhead");
        QTest::addColumn<double>("token");
        QTest::addColumn<double>("context");
        QTest::addRow("a fast machine") << 2.0 << 0.01 << 1e-6;
        QTest::addRow("the scripted server") << 40.0 << 0.2 << 2e-5;
        QTest::addRow("a small model on two cores") << 50.0 << 6.0 << 1.4e-3;
        QTest::addRow("no overhead to speak of") << 0.5 << 3.0 << 1e-3;
    }
    void aPlantedLawComesBack() {
        QFETCH(double, overhead);
        QFETCH(double, token);
        QFETCH(double, context);
        const Planted planted{overhead, token, context};
        const PrefillLaw exact = fitPrefillLaw(costsOf({}, planted));
        QVERIFY2(exact.told_apart, exact.why_not.c_str());
        QVERIFY(near(exact.overhead_ms.value, overhead, 1e-5));
        QVERIFY(near(exact.per_token_ms.value, token, 1e-6));
        QVERIFY(near(exact.per_token_context_ms.value, context, 1e-6));
        QCOMPARE(exact.turns, 144);
        QCOMPARE(exact.runs, 12);
        QCOMPARE(exact.blocks, 3);
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const PrefillLaw law = fitPrefillLaw(costsOf({.noise = 0.005}, planted, seed));
            QVERIFY2(law.told_apart, law.why_not.c_str());
            QVERIFY(near(law.per_token_ms.value, token, 0.05));
            QVERIFY(near(law.per_token_context_ms.value, context, 0.05));
            QVERIFY(law.residual_percent > 0.15 && law.residual_percent < 1);
        }
    }
    // The interval is honest where whole runs are slow or fast: it holds the truth about as often as it says.
    void theIntervalHoldsTheTruth() {
        const Planted planted;
        int overhead = 0, token = 0, context = 0;
        constexpr int kSweeps = 200;
        for (std::uint64_t seed = 1; seed <= kSweeps; ++seed) {
            const PrefillLaw law = fitPrefillLaw(costsOf({.noise = 0.02, .run_noise = 0.02}, planted, seed));
            QVERIFY2(law.told_apart, law.why_not.c_str());
            overhead += holds(law.overhead_ms, planted.overhead);
            token += holds(law.per_token_ms, planted.token);
            context += holds(law.per_token_context_ms, planted.context);
        }
        qInfo("held: overhead %d, token %d, context %d of %d", overhead, token, context, kSweeps);
        for (const int held : {overhead, token, context}) QVERIFY(held >= 0.85 * kSweeps);
    }
    void turnsThatWereHeldUpDoNotPullIt() {
        std::vector<PromptCost> costs = costsOf({.noise = 0.01}, {});
        for (std::size_t i = 5; i < costs.size(); i += 10) costs[i].ttft_ms *= 3 + double(i % 7);
        const PrefillLaw law = fitPrefillLaw(costs);
        QVERIFY2(law.told_apart, law.why_not.c_str());
        QVERIFY(near(law.overhead_ms.value, 40, 0.05));
        QVERIFY(near(law.per_token_ms.value, 0.2, 0.05));
        QVERIFY(near(law.per_token_context_ms.value, 2e-5, 0.05));
    }
    void theOrderChangesNothing() {
        std::vector<PromptCost> costs = costsOf({.noise = 0.05}, {});
        const PrefillLaw before = fitPrefillLaw(costs);
        SeededRandom random(7);
        random.shuffle(costs);
        QVERIFY(fitPrefillLaw(costs) == before);
    }
    void attentionThatCostsNothingIsZeroAndSaysUpToWhat() {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const PrefillLaw law = fitPrefillLaw(costsOf({.noise = 0.01}, {40, 0.2, 0}, seed));
            QVERIFY2(law.told_apart, law.why_not.c_str());
            QVERIFY(law.per_token_context_ms.value >= 0 && law.per_token_context_ms.low == 0);
            QVERIFY(law.per_token_context_ms.high < 1e-5);
            QVERIFY(near(law.per_token_ms.value, 0.2, 0.05));
        }
    }
    void whatCannotBeToldIsNot_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing") << QStringLiteral("nothing") << QStringLiteral("no turn says");
        QTest::newRow("quick") << QStringLiteral("quick") << QStringLiteral("one block only");
        QTest::newRow("two short runs") << QStringLiteral("short") << QStringLiteral("are the least");
        QTest::newRow("all alike") << QStringLiteral("alike") << QStringLiteral("too much alike");
        QTest::newRow("nothing but noise") << QStringLiteral("noise") << QStringLiteral("is uncertain by");
        QTest::newRow("faster the more it reads") << QStringLiteral("backwards") << QStringLiteral("the model does not hold");
    }
    void whatCannotBeToldIsNot() {
        QFETCH(QString, kind);
        QFETCH(QString, words);
        std::vector<PromptCost> costs;
        if (kind == QLatin1String("quick")) costs = costsOf({.n = 6, .repeats = 1, .cold = false, .noise = 0.02}, {});
        if (kind == QLatin1String("short")) costs = costsOf({.n = 1, .repeats = 2, .noise = 0.02}, {});
        if (kind == QLatin1String("alike"))
            for (int i = 0; i < 48; ++i) costs.push_back({100.0 + i % 3, 57, 200, i / 6, i / 12});
        if (kind == QLatin1String("noise")) costs = costsOf({.repeats = 2, .noise = 0.8, .run_noise = 0.8}, {});
        for (PromptCost& cost : costs) cost.ttft_ms = std::abs(cost.ttft_ms) + 1;
        if (kind == QLatin1String("backwards"))
            for (PromptCost cost : costsOf({}, {})) {
                cost.ttft_ms = 1000 - 0.25 * cost.processed;
                costs.push_back(cost);
            }
        const PrefillLaw law = fitPrefillLaw(costs);
        QVERIFY(!law.told_apart);
        QVERIFY2(law.why_not.find(words.toStdString()) != std::string::npos, law.why_not.c_str());
        // And what would tell, where anything would.
        const bool helps = kind != QLatin1String("nothing") && kind != QLatin1String("backwards");
        QCOMPARE(law.why_not.find("3 repeats") != std::string::npos, helps);
    }
    void absurdCostsAreNoCosts() {
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const double inf = std::numeric_limits<double>::infinity();
        std::vector<PromptCost> costs = costsOf({}, {});
        const PrefillLaw clean = fitPrefillLaw(costs);
        for (const PromptCost& bad : {PromptCost{nan, 10, 20, 1, 1}, PromptCost{inf, 10, 20, 1, 1}, PromptCost{-5, 10, 20, 1, 1},
                                      PromptCost{0, 10, 20, 1, 1}, PromptCost{5, 0, 20, 1, 1}, PromptCost{5, 30, 20, 1, 1},
                                      PromptCost{5, 10, inf, 1, 1}, PromptCost{5, nan, 20, 1, 1}})
            costs.push_back(bad);
        QVERIFY(fitPrefillLaw(costs) == clean);
    }
};

LOOPTAX_TEST(tst_prefill_law)
#include "tst_prefill_law.moc"
