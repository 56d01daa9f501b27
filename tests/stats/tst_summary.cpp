#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/summary.h"
#include "base/seeded_random.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

namespace {

const TurnSummary* find(const SessionSummary& summary, int turn, const std::string& stratum) {
    for (const TurnSummary& s : summary.turns)
        if (s.key.turn == turn && s.stratum == stratum) return &s;
    return nullptr;
}

const PassSummary* find(const SessionSummary& summary, int turn) {
    for (const PassSummary& s : summary.passes)
        if (s.key.turn == turn) return &s;
    return nullptr;
}

// One letter a turn: p passes, w is a wrong answer, f fails the turn.
void run(SessionBuilder& b, int run, const std::string& course, RunOutcome outcome, int attempt = 1) {
    b.runStart(run, attempt);
    for (std::size_t i = 0; i < course.size(); ++i) {
        TurnRecord r = b.goodTurn(run, int(i) + 1, attempt);
        if (course[i] == 'w') SessionBuilder::judge(r, false);
        if (course[i] == 'f') SessionBuilder::fail(r, Outcome::Cut, "cut");
        b.turn(r, b.replyOf(r));
    }
    b.runEnd(run, outcome, attempt);
}

} // namespace

class tst_summary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void medians_data() {
        QTest::addColumn<QList<double>>("values");
        QTest::addColumn<double>("median");
        QTest::addRow("one") << QList<double>{7} << 7.0;
        QTest::addRow("two") << QList<double>{7, 8} << 7.5;
        QTest::addRow("odd, unsorted, one far out") << QList<double>{290, 101, 112, 104, 108} << 108.0;
        QTest::addRow("even") << QList<double>{4, 1, 3, 2} << 2.5;
        QTest::addRow("all equal") << QList<double>{5, 5, 5, 5} << 5.0;
        QTest::addRow("huge") << QList<double>{1.6e308, 1.7e308} << 1.65e308;
    }
    void medians() {
        QFETCH(QList<double>, values);
        QFETCH(double, median);
        QCOMPARE(medianOf({values.begin(), values.end()}).value_or(-1), median);
    }
    void nothingHasNoMedian() { QVERIFY(!medianOf({})); }
    void aMedianLiesWithinAndIgnoresOrder() {
        SeededRandom random(2);
        for (int i = 0; i < 500; ++i) {
            std::vector<double> values(1 + random.below(12));
            for (double& v : values) v = random.unit();
            const double median = *medianOf(values);
            QVERIFY(median >= *std::min_element(values.begin(), values.end()));
            QVERIFY(median <= *std::max_element(values.begin(), values.end()));
            random.shuffle(values);
            QCOMPARE(*medianOf(values), median);
        }
    }
    // goodTurn(): ttft = 100 * turn + block. Cells N = 1 and N = 3 share turn 1.
    void firstTheBlockThenTheBlocks() {
        SessionBuilder b(testPlan({{"A", {1, 3}, {}, {}}}, 3));
        for (const ScheduledRun& r : b.schedule())
            b.completeRun(r.run, [](TurnRecord& t) {
                if (t.n == 3 && t.repeat == 3) SessionBuilder::setTtft(t, 1000);
            });
        const SessionSummary summary = summarize(b.store().turns());
        const auto first = find(summary, 1, "cold")->metric("ttft_ms");
        // Blocks: (101, 101), (102, 102), (103, 1000) -> 101, 102, 551.5
        QVERIFY((first == MetricSummary{3, 6, 102.0, 101.0, 551.5}));
        const auto second = find(summary, 2, "warm")->metric("ttft_ms");
        QVERIFY((second == MetricSummary{3, 3, 202.0, 201.0, 1000.0}));
        QCOMPARE(find(summary, 2, "warm")->metric("gap_before_ms")->median, 3.0);
        QVERIFY(!find(summary, 1, "cold")->metric("state_file_bytes"));           // absent, not 0
        QCOMPARE(find(summary, 1, "cold")->metric("cached_tokens")->median, 0.0); // 0, not absent
    }
    void strataAreNeverPooled() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 3));
        b.completeRun(1);
        b.completeRun(2, [](TurnRecord& t) { t.stratum = "load"; });
        b.completeRun(3);
        const SessionSummary summary = summarize(b.store().turns());
        QCOMPARE(find(summary, 1, "cold")->metric("ttft_ms")->n, 2);
        QCOMPARE(find(summary, 1, "load")->metric("ttft_ms")->n, 1);
        QCOMPARE(find(summary, 1)->turns, 3); // a pass is a pass in either
    }
    void onlyCompleteRunsAreTimed() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 5));
        run(b, 1, "pp", RunOutcome::Complete);
        run(b, 2, "pf", RunOutcome::Failed);
        run(b, 3, "p", RunOutcome::Stopped);
        run(b, 4, "p", RunOutcome::Interrupted);
        run(b, 5, "p", RunOutcome::Cancelled);
        const SessionSummary summary = summarize(b.store().turns());
        QCOMPARE(find(summary, 1, "cold")->metric("ttft_ms")->n, 1);
        QCOMPARE(find(summary, 1)->turns, 3);
        QCOMPARE(find(summary, 2)->turns, 2);
        QCOMPARE(find(summary, 2)->failed, 1);
        QCOMPARE(find(summary, 2)->all_pass, 1);
        QCOMPARE(find(summary, 2)->not_attempted, 1); // of the stopped run
        QVERIFY(!find(summary, 2, "unknown"));        // the failed turn has no time to show
    }
    void theLastAttemptCounts() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 1));
        run(b, 1, "p", RunOutcome::Interrupted, 1);
        run(b, 1, "f", RunOutcome::Failed, 2);
        QCOMPARE(find(summarize(b.store().turns()), 1)->failed, 1);
        run(b, 1, "pw", RunOutcome::Complete, 3);
        const SessionSummary summary = summarize(b.store().turns());
        QCOMPARE(find(summary, 1)->turns, 1);
        QCOMPARE(find(summary, 1)->failed, 0);
        QCOMPARE(find(summary, 2)->all_pass, 0);
        QCOMPARE(find(summary, 2, "warm")->metric("ttft_ms")->values, 1); // a wrong answer has its time
        run(b, 1, "p", RunOutcome::Interrupted, 4);
        QCOMPARE(find(summarize(b.store().turns()), 2)->turns, 1); // a cut attempt takes nothing back
    }
    void carryOverIsLeftOutOfMediansNotOfPassRates() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 2));
        for (int r : {1, 2}) b.completeRun(r, [](TurnRecord& t) { t.carry_over = t.turn == 1; });
        const SessionSummary summary = summarize(b.store().turns());
        QVERIFY(!find(summary, 1, "cold"));
        QCOMPARE(find(summary, 2, "warm")->metric("ttft_ms")->n, 2);
        QCOMPARE(find(summary, 1)->all_pass, 2);
    }
    // Five runs of six turns, worked out by hand: P(pass|pass) = 19/22, P(pass|fail) = 2/3.
    void passesAfterAPassAndAfterAFailure() {
        SessionBuilder b(testPlan({{"A", {6}, {}, {}}}, 5));
        const char* courses[] = {"pppppp", "pppwpp", "ppppww", "pppppp", "ppwppp"};
        for (int r = 1; r <= 5; ++r) run(b, r, courses[r - 1], RunOutcome::Complete);
        Share afterPass, afterFail;
        for (const PassSummary& s : summarize(b.store().turns()).passes) {
            afterPass.hits += s.pass_after_pass.hits, afterPass.of += s.pass_after_pass.of;
            afterFail.hits += s.pass_after_fail.hits, afterFail.of += s.pass_after_fail.of;
        }
        QVERIFY((afterPass == Share{19, 22}));
        QVERIFY((afterFail == Share{2, 3}));
    }
    void copiesOfOneReplyAreSeen() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 3));
        b.completeRun(1);
        b.completeRun(2);
        b.completeRun(3, [](TurnRecord& t) { t.reply_sha256 = "other"; });
        const SessionSummary summary = summarize(b.store().turns());
        QCOMPARE(find(summary, 1)->replies, 3);
        QCOMPARE(find(summary, 1)->distinct_replies, 2);
    }
    void theOrderOfRunsChangesNothing() {
        SessionBuilder b(testPlan({{"A", {1, 3}, {}, {}}, {"D", {2}, {}, {1, 9}}}, 4));
        for (const ScheduledRun& r : b.schedule()) b.completeRun(r.run);
        std::vector<TurnRecord> turns = b.store().turns();
        const SessionSummary before = summarize(turns);
        QCOMPARE(before.turns.size(), std::size_t(7)); // paddings stay apart
        SeededRandom(4).shuffle(turns);
        const SessionSummary after = summarize(turns);
        QCOMPARE(after.turns.size(), before.turns.size());
        for (std::size_t i = 0; i < before.turns.size(); ++i) {
            QVERIFY(after.turns[i].key == before.turns[i].key);
            QVERIFY(after.turns[i].metrics == before.turns[i].metrics);
        }
    }
    void nothingGivesNothing() {
        QVERIFY(summarize({}).turns.empty());
        QVERIFY(summarize({}).passes.empty());
        TurnRecord wild;
        wild.n = 2'000'000'000;
        wild.run_outcome = "stopped";
        QVERIFY(summarize({wild}).passes.size() < 200'000);
    }
};

LOOPTAX_TEST(tst_summary)
#include "tst_summary.moc"
