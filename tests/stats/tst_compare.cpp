// Two sessions beside each other: what may be called a difference, and what may not.
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/compare.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace looptax;

namespace {

using Change = std::function<void(TurnRecord&)>;

std::vector<TurnRecord> turnsOf(Plan plan, const Change& change = {}) {
    SessionBuilder b(std::move(plan));
    for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run, change);
    return b.store().turns();
}

// One turn of A in each block, at these times.
std::vector<TurnRecord> atTimes(const std::vector<double>& ttft) {
    return turnsOf(testPlan({{"A", {1}, {}, {}}}, int(ttft.size())),
                   [&](TurnRecord& r) { SessionBuilder::setTtft(r, ttft[std::size_t(r.repeat) - 1]); });
}

const std::vector<TargetPair> kSame{{"llamacpp", "llamacpp"}};

const MetricContrast* rowOf(const Comparison& comparison, const std::string& metric, int turn = 1) {
    for (const MetricContrast& row : comparison.metrics)
        if (row.metric == metric && row.key.turn == turn) return &row;
    return nullptr;
}

MetricContrast ttft(const std::vector<double>& first, const std::vector<double>& second,
                    const std::optional<Instrument>& instrument = {}) {
    return *rowOf(compareSessions(atTimes(first), atTimes(second), kSame, instrument), "ttft_ms");
}

Instrument instrumentOff(double ms) {
    Instrument out;
    out.ours.ttft_ms = {100, 0, ms / 2, ms, ms};
    out.ours.decode_percent = {100, 0, 0.5, 1, 1};
    return out;
}

const std::vector<double> kFast{104, 101, 106, 99, 110};
const std::vector<double> kSlow{1010, 1046, 1080, 1035, 1102};

} // namespace

class tst_compare : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // statistics.md TV6, unpaired.
    void theKnownVectorIsFoundToItsDigits() {
        const MetricContrast row = ttft(kFast, kSlow);
        QCOMPARE(row.contrast, Contrast::More);
        QCOMPARE(row.first.n, 5);
        QCOMPARE(row.first.median, 104.0);
        QCOMPARE(row.second.median, 1046.0);
        QCOMPARE(row.shift.value.value_or(0), 942.0);
        QVERIFY(row.shift.interval);
        QCOMPARE(row.shift.interval->low, 906.0);
        QCOMPARE(row.shift.interval->high, 998.0);
        QVERIFY(std::abs(row.shift.interval->coverage - 0.9683) < 5e-5);
        QVERIFY(std::abs(row.ratio.value.value_or(0) - 10.142) < 5e-4);
        QVERIFY(row.ratio.interval && row.ratio.interval->low > 9.5 && row.ratio.interval->high < 10.8);
    }
    void theOtherWayRoundItIsTheOtherWayRound() {
        const MetricContrast there = ttft(kFast, kSlow), back = ttft(kSlow, kFast);
        QCOMPARE(back.contrast, Contrast::Less);
        QCOMPARE(*back.shift.value, -*there.shift.value);
        QCOMPARE(back.shift.interval->low, -there.shift.interval->high);
        QVERIFY(std::abs(*back.ratio.value * *there.ratio.value - 1) < 1e-12);
    }
    void whatIsWithinTheInstrumentIsNoDifference_data() {
        QTest::addColumn<double>("apart");
        QTest::addColumn<double>("error");
        QTest::addColumn<int>("contrast");
        QTest::newRow("half of it, whatever the interval says") << 0.2 << 0.4 << int(Contrast::WithinInstrument);
        QTest::addRow("just as much") << 0.25 << 0.25 << int(Contrast::WithinInstrument);
        QTest::addRow("more than it") << 0.5 << 0.25 << int(Contrast::More);
        QTest::addRow("no calibration was kept") << 0.2 << 0.0 << int(Contrast::More);
    }
    void whatIsWithinTheInstrumentIsNoDifference() {
        QFETCH(double, apart);
        QFETCH(double, error);
        QFETCH(int, contrast);
        const std::vector<double> first{100, 100.0078125, 100.015625, 100.0234375, 100.03125};
        std::vector<double> second;
        for (const double value : first) second.push_back(value + apart);
        const MetricContrast row =
            ttft(first, second, error > 0 ? std::optional<Instrument>(instrumentOff(error)) : std::nullopt);
        QVERIFY(row.shift.interval && row.shift.interval->low > 0); // by statistics alone it is one
        QCOMPARE(int(row.contrast), contrast);
    }
    void fewBlocksClaimNothing_data() {
        QTest::addColumn<int>("blocks");
        QTest::addColumn<int>("contrast");
        QTest::addRow("one") << 1 << int(Contrast::TooFew);
        QTest::addRow("two") << 2 << int(Contrast::TooFew);
        QTest::newRow("three: the whole range covers 90 %") << 3 << int(Contrast::TooFew);
        QTest::addRow("four") << 4 << int(Contrast::More);
    }
    void fewBlocksClaimNothing() {
        QFETCH(int, blocks);
        QFETCH(int, contrast);
        std::vector<double> first(kFast.begin(), kFast.begin() + blocks), second(kSlow.begin(), kSlow.begin() + blocks);
        const MetricContrast row = ttft(first, second);
        QCOMPARE(int(row.contrast), contrast);
        QCOMPARE(row.second.n, blocks);
    }
    void overlappingBlocksShowNone() {
        QCOMPARE(ttft({100, 110, 120, 130, 140}, {105, 111, 118, 133, 139}).contrast, Contrast::NotShown);
    }
    void whatIsAlwaysTheSameIsSaidSo() {
        const Comparison c = compareSessions(atTimes(kFast), atTimes(kSlow), kSame, {});
        const MetricContrast* tokens = rowOf(c, "processed_tokens");
        QVERIFY(tokens != nullptr);
        QCOMPARE(tokens->contrast, Contrast::Same);
        QCOMPARE(rowOf(c, "decode_tps")->contrast, Contrast::Same);
    }
    void countsNeedNoInstrument() {
        const Plan plan = testPlan({{"A", {1}, {}, {}}}, 5);
        const auto more = turnsOf(plan, [](TurnRecord& r) { r.processed_tokens = *r.processed_tokens + 1; });
        const Comparison c = compareSessions(turnsOf(plan), more, kSame, instrumentOff(1e6));
        QCOMPARE(rowOf(c, "processed_tokens")->contrast, Contrast::More);
        QCOMPARE(*rowOf(c, "processed_tokens")->shift.value, 1.0);
    }
    void aColdTurnIsNeverSetAgainstAWarmOne() {
        const Plan plan = testPlan({{"A", {2}, {}, {}}}, 5);
        const auto cold = turnsOf(plan, [](TurnRecord& r) { r.stratum = "cold"; });
        const Comparison c = compareSessions(turnsOf(plan), cold, kSame, {});
        QVERIFY(rowOf(c, "ttft_ms", 1) != nullptr); // cold in both
        QVERIFY(rowOf(c, "ttft_ms", 2) == nullptr);
        QCOMPARE(c.apart.size(), std::size_t(1));
        QCOMPARE(c.apart[0].key.turn, 2);
        QCOMPARE(c.apart[0].first, std::vector<std::string>{"warm"});
        QCOMPARE(c.apart[0].second, std::vector<std::string>{"cold"});
        QCOMPARE(c.passes.size(), std::size_t(2)); // right is right, cold or warm
    }
    void theBlockIsTheUnit() {
        // Turn 1 of the cells N = 1 and N = 3: one value a block, and one wrong cell spoils its block.
        const Plan plan = testPlan({{"A", {1, 3}, {}, {}}}, 6);
        const auto spoilt = turnsOf(plan, [](TurnRecord& r) {
            if (r.n == 3 && r.turn == 1 && r.repeat <= 2) SessionBuilder::judge(r, false);
        });
        const Comparison c = compareSessions(turnsOf(plan), spoilt, kSame, {});
        QCOMPARE(rowOf(c, "ttft_ms")->first.n, 6);
        QVERIFY((c.passes[0].first == Share{6, 6}));
        QVERIFY((c.passes[0].second == Share{4, 6}));
    }
    void sharesAreComparedByNewcombe_data() {
        QTest::addColumn<int>("right");
        QTest::addColumn<int>("contrast");
        QTest::addRow("all against all but one") << 7 << int(Contrast::NotShown);
        // Newcombe's interval is -0.79 to -0.07, p 0.077.
        QTest::addRow("all against half: Fisher's test is not sure") << 4 << int(Contrast::NotShown);
        QTest::addRow("all against none") << 0 << int(Contrast::Less);
    }
    void sharesAreComparedByNewcombe() {
        QFETCH(int, right);
        QFETCH(int, contrast);
        const Plan plan = testPlan({{"A", {1}, {}, {}}}, 8);
        const auto other = turnsOf(plan, [&](TurnRecord& r) { SessionBuilder::judge(r, r.repeat <= right); });
        const Comparison c = compareSessions(turnsOf(plan), other, kSame, {});
        QCOMPARE(int(c.passes.at(0).contrast), contrast);
        QCOMPARE(*c.passes[0].difference.value, double(right) / 8 - 1);
        QVERIFY(c.passes[0].difference.interval->low >= -1 && c.passes[0].difference.interval->high <= 1);
        QVERIFY(c.passes[0].p.has_value());
        if (right == 4) QVERIFY(c.passes[0].difference.interval->high < 0);
    }
    void whatOnlyOneHasIsNamed() {
        const Comparison c = compareSessions(turnsOf(testPlan({{"A", {2}, {}, {}}}, 2)),
                                             turnsOf(testPlan({{"A", {3}, {}, {}}, {"C", {1}, {3}, {}}}, 2)), kSame, {});
        QVERIFY(c.only_first.empty());
        QCOMPARE(c.only_second.size(), std::size_t(2));
        QCOMPARE(c.only_second[0].turn, 3);
        QCOMPARE(c.only_second[1].design, std::string("C"));
    }
    void targetsThatAreNoPairAreLeftAlone() {
        QVERIFY(compareSessions(atTimes(kFast), atTimes(kSlow), {{"llamacpp", "other"}}, {}).empty());
        QVERIFY(compareSessions({}, {}, kSame, {}).empty());
    }
    void theOrderOfTheRecordsDoesNotMatter() {
        auto first = atTimes(kFast), second = atTimes(kSlow);
        const MetricContrast before = *rowOf(compareSessions(first, second, kSame, {}), "ttft_ms");
        std::reverse(first.begin(), first.end());
        std::reverse(second.begin(), second.end());
        const MetricContrast after = *rowOf(compareSessions(first, second, kSame, {}), "ttft_ms");
        QVERIFY(before.shift == after.shift && before.ratio == after.ratio);
    }
    void aChunkIsNotComparedWithAToken_data() {
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("second");
        QTest::addColumn<bool>("compared");
        QTest::newRow("both token by token") << "token"
                                             << "token" << true;
        QTest::newRow("both in chunks") << "chunked"
                                        << "chunked" << true;
        QTest::newRow("token and chunked") << "token"
                                           << "chunked" << false;
        QTest::newRow("chunked and token") << "chunked"
                                           << "token" << false;
        QTest::newRow("an older session and token") << ""
                                                    << "token" << true;
    }
    void aChunkIsNotComparedWithAToken() {
        QFETCH(QString, first);
        QFETCH(QString, second);
        QFETCH(bool, compared);
        const auto came = [](const QString& stream) {
            return turnsOf(testPlan({{"A", {1}, {}, {}}}, 6), [&](TurnRecord& r) { r.stream = stream.toStdString(); });
        };
        const Comparison c = compareSessions(came(first), came(second), kSame, {});
        QCOMPARE(rowOf(c, "ttft_ms") != nullptr, compared);
        QCOMPARE(c.streams_apart.size(), std::size_t(compared ? 0 : 1));
        QVERIFY(rowOf(c, "processed_tokens") != nullptr);
    }
    void aRunWithATruncatedPromptIsNeitherRightNorWrong() {
        const auto cut = [](int run) {
            return turnsOf(testPlan({{"A", {2}, {}, {}}}, 6), [=](TurnRecord& r) {
                if (r.run > run || r.turn < 2) return;
                r.prompt_truncated = true;
                r.outcome = Outcome::Overflow;
                r.all_pass.reset();
            });
        };
        const Comparison c = compareSessions(cut(0), cut(4), kSame, {});
        QCOMPARE(c.first_truncated, 0);
        QCOMPARE(c.second_truncated, 4);
        for (const PassContrast& row : c.passes) {
            QCOMPARE(row.first.of, 6);
            QCOMPARE(row.second.of, 2);
            QCOMPARE(row.second.hits, 2);
        }
    }
};

LOOPTAX_TEST(tst_compare)
#include "tst_compare.moc"
