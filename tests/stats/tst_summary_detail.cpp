// Intervals, spread and claims over the blocks of a session.
#include "agrees.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/summary_detail.h"
#include "base/seeded_random.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

namespace {

// One letter a turn: p passes, w is a wrong answer, f fails the turn.
void run(SessionBuilder& b, int run, const std::string& course, RunOutcome outcome = RunOutcome::Complete) {
    b.runStart(run);
    for (std::size_t i = 0; i < course.size(); ++i) {
        TurnRecord r = b.goodTurn(run, int(i) + 1);
        if (course[i] == 'w') SessionBuilder::judge(r, false);
        if (course[i] == 'f') SessionBuilder::fail(r, Outcome::Cut, "cut");
        b.turn(r, b.replyOf(r));
    }
    b.runEnd(run, outcome);
}

const TurnDetail& turnOf(const SessionDetail& detail, int turn) {
    return *std::find_if(detail.turns.begin(), detail.turns.end(), [&](const TurnDetail& t) { return t.key.turn == turn; });
}
const PassDetail& passOf(const SessionDetail& detail, int turn) {
    return *std::find_if(detail.passes.begin(), detail.passes.end(), [&](const PassDetail& p) { return p.key.turn == turn; });
}

} // namespace

class tst_summary_detail : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMedianHasItsIntervalAndItsOutliers() {
        SessionBuilder b(testPlan({{"A", {1}, {}, {}}}, 5));
        const double ttft[] = {104, 290, 101, 112, 108};
        for (const ScheduledRun& r : b.schedule())
            b.completeRun(r.run, [&](TurnRecord& t) { SessionBuilder::setTtft(t, ttft[r.repeat - 1]); });
        const SessionDetail detail = summaryDetail(b.store().turns());
        const MetricDetail& m = *turnOf(detail, 1).metric("ttft_ms");
        QCOMPARE(m.n, 5);
        QCOMPARE(m.median, 108.0);
        QVERIFY(agrees(m.interval, 101, 290, 1e-9));
        QVERIFY(agrees(m.interval->coverage, 0.9375, 1e-12));
        QVERIFY(agrees(m.mad, 4, 1e-9));
        QVERIFY((m.outliers == std::vector<OutlyingBlock>{{2, 290}}));
        QVERIFY(agrees(m.median_without_outliers, 106, 1e-9));
        QVERIFY(!m.p90);                                        // n too small
        QVERIFY(!turnOf(detail, 1).metric("state_file_bytes")); // absent, not 0
    }
    void theUnitIsTheBlockNotTheTurn() {
        SessionBuilder b(testPlan({{"A", {1, 3}, {}, {}}}, 2));
        for (const ScheduledRun& r : b.schedule()) b.completeRun(r.run);
        const SessionDetail detail = summaryDetail(b.store().turns());
        // Two cells begin with turn 1, but there are two blocks and nothing more.
        QCOMPARE(turnOf(detail, 1).metric("ttft_ms")->n, 2);
        QVERIFY(agrees(turnOf(detail, 1).metric("ttft_ms")->interval->coverage, 0.5, 1e-12));
        QVERIFY((passOf(detail, 1).blocks_all_pass == Share{2, 2}));
        QVERIFY(agrees(passOf(detail, 1).flags[5], wilsonInterval4of4Low(), 1, 1e-9));
    }
    void percentilesFrom29Blocks() {
        std::vector<BlockMedian> blocks;
        for (int i = 1; i <= 29; ++i) blocks.push_back({i, double(i), 1});
        QVERIFY(agrees(metricDetail(blocks)->p90, 26.2, 1e-9));
        QVERIFY(!metricDetail(blocks)->p95);
        blocks.pop_back();
        QVERIFY(!metricDetail(blocks)->p90);
        QVERIFY(!metricDetail({}));
        const MetricDetail one = *metricDetail({{1, 7, 1}});
        QVERIFY(!one.interval && !one.mad && one.outliers.empty());
    }
    void oneWrongTurnSpoilsItsBlockAndItsRun() {
        SessionBuilder b(testPlan({{"A", {1, 2}, {}, {}}}, 2));
        // Listed: block 1 is runs 1 (N = 1) and 2 (N = 2), block 2 runs 3 and 4.
        run(b, 1, "p");
        run(b, 2, "wp");
        run(b, 3, "p");
        run(b, 4, "pp");
        const SessionDetail detail = summaryDetail(b.store().turns());
        QVERIFY((passOf(detail, 1).blocks_all_pass == Share{1, 2}));
        QVERIFY(agrees(passOf(detail, 1).claim, 0.0126, 0.9874, 5e-5));
        QVERIFY((passOf(detail, 2).blocks_all_pass == Share{2, 2}));
        QCOMPARE(detail.cells.size(), std::size_t(2));
        const CellPasses& two = detail.cells[1];
        QCOMPARE(two.key.n, 2);
        QVERIFY((two.whole_runs == Share{1, 2}));
        QVERIFY((two.last_turn == Share{2, 2}));
    }
    // Five runs of six turns, worked out by hand elsewhere.
    void turnsWithinRuns() {
        SessionBuilder b(testPlan({{"A", {6}, {}, {}}}, 5));
        const char* courses[] = {"pppppp", "pppwpp", "ppppww", "pppppp", "ppwppp"};
        for (int r = 1; r <= 5; ++r) run(b, r, courses[r - 1]);
        const CellPasses c = summaryDetail(b.store().turns()).cells.front();
        QCOMPARE(c.runs, 5);
        QVERIFY((c.whole_runs == Share{2, 5}));
        QVERIFY((c.last_turn == Share{4, 5}));
        QVERIFY(agrees(c.last_turn_claim, .2836, .9949, 5e-5));
        QVERIFY(agrees(c.turns.mean, .866667, 5e-7));
        QCOMPARE(*c.turns.icc, 0.0);
        QCOMPARE(*c.turns.effective_n, 30.0);
        QVERIFY((c.pass_after_pass == Share{19, 22} && c.pass_after_fail == Share{2, 3}));
        QVERIFY(agrees(c.pass_after_pass_interval, .6667, .9525, 5e-5));
        QVERIFY(agrees(c.pass_after_fail_interval, .2077, .9385, 5e-5));
        QVERIFY(agrees(c.serial.p, 1.0 / 3, 1e-12));
    }
    void aRunThatFailedDidNotReachItsLastTurn() {
        SessionBuilder b(testPlan({{"A", {3}, {}, {}}}, 4));
        run(b, 1, "ppp");
        run(b, 2, "pf", RunOutcome::Failed);
        run(b, 3, "pp", RunOutcome::Stopped);
        run(b, 4, "ppp", RunOutcome::Cancelled); // nobody's fault: not a run
        const CellPasses c = summaryDetail(b.store().turns()).cells.front();
        QCOMPARE(c.runs, 3);
        QVERIFY((c.whole_runs == Share{1, 3}));
        QVERIFY((c.last_turn == Share{1, 3}));
        QCOMPARE(c.turns.turns, 7); // attempted
        QCOMPARE(c.transcripts, 2); // a cut reply is none
    }
    void copiesAreCountedOnce() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 3));
        b.completeRun(1);
        b.completeRun(2);
        b.completeRun(3, [](TurnRecord& t) {
            if (t.turn == 2) t.reply_sha256 = "other";
        });
        const CellPasses c = summaryDetail(b.store().turns()).cells.front();
        QCOMPARE(c.transcripts, 3);
        QCOMPARE(c.distinct_transcripts, 2);
    }
    void keysAreThoseOfTheSummary() {
        SessionBuilder b(testPlan({{"A", {1, 3}, {}, {}}, {"D", {2}, {}, {1, 9}}}, 4));
        for (const ScheduledRun& r : b.schedule()) b.completeRun(r.run);
        std::vector<TurnRecord> turns = b.store().turns();
        const SessionSummary summary = summarize(turns);
        const SessionDetail detail = summaryDetail(turns);
        QCOMPARE(detail.turns.size(), summary.turns.size());
        for (std::size_t i = 0; i < detail.turns.size(); ++i) {
            QVERIFY(detail.turns[i].key == summary.turns[i].key);
            QCOMPARE(detail.turns[i].metric("ttft_ms")->median, summary.turns[i].metric("ttft_ms")->median);
        }
        QCOMPARE(detail.passes.size(), summary.passes.size());
        for (std::size_t i = 0; i < detail.passes.size(); ++i) QVERIFY(detail.passes[i].key == summary.passes[i].key);
        SeededRandom(4).shuffle(turns);
        const SessionDetail after = summaryDetail(turns);
        for (std::size_t i = 0; i < detail.turns.size(); ++i) QVERIFY(after.turns[i].metrics == detail.turns[i].metrics);
        QVERIFY(after.passes == detail.passes);
        QVERIFY(after.cells == detail.cells);
    }
    void nothingGivesNothing() {
        const SessionDetail nothing = summaryDetail({});
        QVERIFY(nothing.turns.empty() && nothing.passes.empty() && nothing.cells.empty());
        TurnRecord wild;
        wild.n = 2'000'000'000;
        wild.run_outcome = "stopped";
        QCOMPARE(summaryDetail({wild}).cells.front().whole_runs.hits, 0);
    }

private:
    static double wilsonInterval4of4Low() { return 1 / (1 + 1.959963984540054 * 1.959963984540054 / 4); }
};

LOOPTAX_TEST(tst_summary_detail)
#include "tst_summary_detail.moc"
