// What a turn costs by its tokens, from records whose every number the test chose.
#include "agrees.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/loop_slopes.h"
#include "base/seeded_random.h"

#include <QTest>

#include <cmath>

using namespace looptax;

namespace {

std::vector<const TurnRecord*> pointers(const std::vector<TurnRecord>& turns) {
    std::vector<const TurnRecord*> out;
    for (const TurnRecord& turn : turns) out.push_back(&turn);
    return out;
}

// TTFT = 20 ms + the run's slope for each 1,000 tokens read anew; every turn reads everything.
void costs(TurnRecord& t, double msPer1k) {
    t.prompt_tokens = 200 + 300 * t.turn;
    t.cached_tokens = 0;
    t.processed_tokens = t.prompt_tokens;
    SessionBuilder::setTtft(t, 20 + msPer1k * double(*t.processed_tokens) / 1000);
}

} // namespace

class tst_loop_slopes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLineForEveryRunThenTheRuns() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}}, 5));
        const double slopes[] = {310, 300, 305, 330, 290};
        for (const ScheduledRun& r : b.schedule()) b.completeRun(r.run, [&](TurnRecord& t) { costs(t, slopes[r.run - 1]); });
        const RecordStore store = b.store();
        const auto runs = runSlopes(pointers(store.turns()));
        QCOMPARE(runs.size(), std::size_t(5));
        QVERIFY(agrees(runs[0].on(TokenAxis::Processed).ms_per_1k.slope, 310, 1e-4)); // stamps are whole ns
        QVERIFY(agrees(runs[0].on(TokenAxis::Processed).ms_per_1k.intercept, 20, 1e-4));
        QVERIFY(agrees(runs[0].on(TokenAxis::Processed).ms_per_1k.interval, 310, 310, 1e-4));
        QCOMPARE(runs[0].turns, 4);
        const auto cells = loopSlopes(runs);
        QCOMPARE(cells.size(), std::size_t(1));
        const LoopSlopes& c = cells.front();
        QCOMPARE(c.key.design, std::string("A"));
        QCOMPARE(c.key.n, 4);
        QCOMPARE(c.runs, 5);
        const AxisSummary& on = c.on(TokenAxis::Processed);
        QVERIFY(agrees(on.ms_per_1k.value, 305, 1e-4));
        QVERIFY(agrees(on.ms_per_1k.interval, 290, 330, 1e-4));
        QVERIFY(agrees(on.ms_per_1k.interval->coverage, 0.9375, 1e-12));
        QVERIFY(agrees(on.intercept_ms.value, 20, 1e-4));
        // Almost proportional to what is read.
        QVERIFY(*on.elasticity.value > 0.85 && *on.elasticity.value < 1);
        // The prompt is what was read; a quarter of its characters is another number of the same turns.
        QCOMPARE(c.on(TokenAxis::Prompt).ms_per_1k, on.ms_per_1k);
        QVERIFY(*c.on(TokenAxis::ContextEstimate).ms_per_1k.value > 2 * *on.ms_per_1k.value);
    }
    void theRatioNamesItsBaseline() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}}, 5));
        const double first[] = {58, 60, 61, 59, 63};
        const double last[] = {1010, 1046, 1080, 1035, 1102};
        for (const ScheduledRun& r : b.schedule())
            b.completeRun(r.run, [&](TurnRecord& t) {
                if (t.turn == 1) SessionBuilder::setTtft(t, first[r.run - 1]);
                if (t.turn == 4) SessionBuilder::setTtft(t, last[r.run - 1]);
            });
        const RecordStore store = b.store();
        const LoopSlopes c = loopSlopes(runSlopes(pointers(store.turns()))).front();
        QVERIFY(agrees(c.ratio.value, 17.5170, 5e-5));
        QVERIFY(agrees(c.ratio.interval, 17.3734, 17.6618, 5e-5));
        QVERIFY(agrees(c.ratio_median.value, 17.4921, 5e-5));
        QVERIFY(agrees(c.ratio_median.interval, 17.414, 17.705, 5e-4));
        QVERIFY(agrees(c.ratio_median.interval->coverage, 0.9375, 1e-12));
        QCOMPARE(c.baseline, std::string("turn 1 of the same run, cold, run-isolated"));
    }
    void theStudysOwnRun() {
        const std::int64_t tokens[] = {161, 406, 1053, 2034, 3347};
        const double ms[] = {60, 126, 511, 763, 1046};
        SessionBuilder b(testPlan({{"A", {5}, {}, {}}}, 1));
        b.completeRun(1, [&](TurnRecord& t) {
            t.processed_tokens = tokens[t.turn - 1];
            SessionBuilder::setTtft(t, ms[t.turn - 1]);
        });
        const RecordStore store = b.store();
        const RunSlopes run = runSlopes(pointers(store.turns())).front();
        QVERIFY(agrees(run.on(TokenAxis::Processed).ms_per_1k.slope, 311.1489, 5e-5));
        QVERIFY(agrees(run.on(TokenAxis::Processed).ms_per_1k.intercept, 9.905, 5e-4));
        QVERIFY(agrees(run.on(TokenAxis::Processed).elasticity.slope, 0.972287, 5e-7));
        QVERIFY(agrees(run.ratio, 17.433, 5e-4));
        QVERIFY(agrees(std::log(*run.ratio), 2.85838, 5e-6));
    }
    void whatCannotBeComparedIsLeftOut() {
        SessionBuilder b(testPlan({{"A", {5}, {}, {}}}, 3));
        b.completeRun(1, [](TurnRecord& t) {
            costs(t, 300);
            if (t.turn == 1) t.carry_over = true, SessionBuilder::setTtft(t, 5000);
        });
        b.completeRun(2, [](TurnRecord& t) {
            costs(t, 300);
            if (t.turn == 1) t.stratum = "load", SessionBuilder::setTtft(t, 9000);
        });
        b.completeRun(3, [](TurnRecord& t) {
            costs(t, 300);
            if (t.turn == 3) t.state_diverged = true;
        });
        const RecordStore store = b.store();
        const auto runs = runSlopes(pointers(store.turns()));
        for (const RunSlopes& run : runs) QVERIFY(agrees(run.on(TokenAxis::Processed).ms_per_1k.slope, 300, 1e-4));
        QCOMPARE(runs[0].left_out, 1);
        QVERIFY(!runs[0].ratio);
        QVERIFY(runs[0].first_stratum.empty());
        QVERIFY(!runs[1].ratio);
        QVERIFY(runs[2].ratio.has_value());
        QVERIFY(runs[2].diverged && !runs[1].diverged);
        const LoopSlopes c = loopSlopes(runs).front();
        QCOMPARE(c.runs, 3);
        QCOMPARE(c.ratio.n, 1);
        QVERIFY(c.ratio.value && !c.ratio.interval);
    }
    void onlyTheLastAttemptOfCompleteRuns() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}}, 2));
        b.completeRun(
            1, [](TurnRecord& t) { costs(t, 900); }, 1);
        b.completeRun(
            1, [](TurnRecord& t) { costs(t, 300); }, 2);
        b.runStart(2);
        b.runEnd(2, RunOutcome::Failed);
        const RecordStore store = b.store();
        const auto runs = runSlopes(pointers(store.turns()));
        QCOMPARE(runs.size(), std::size_t(1));
        QVERIFY(agrees(runs[0].on(TokenAxis::Processed).ms_per_1k.slope, 300, 1e-4));
    }
    void withoutSpreadOrTurnsThereIsNoSlope() {
        SessionBuilder b(testPlan({{"A", {1, 2, 4}, {}, {}}}, 1));
        for (const ScheduledRun& r : b.schedule())
            b.completeRun(r.run, [](TurnRecord& t) {
                costs(t, 300);
                t.processed_tokens = 500;
                t.prompt_tokens.reset(); // as on a runtime that does not say
            });
        const RecordStore store = b.store();
        const auto cells = loopSlopes(runSlopes(pointers(store.turns())));
        QCOMPARE(cells.size(), std::size_t(3));
        const LoopSlopes &one = cells[0], &two = cells[1], &four = cells[2];
        QVERIFY(!one.ratio.value);
        QCOMPARE(one.ratio.missing, std::string("a run of one turn has no ratio"));
        QVERIFY(one.baseline.empty());
        QVERIFY(two.ratio.value && !two.on(TokenAxis::ContextEstimate).ms_per_1k.value);
        QVERIFY(two.on(TokenAxis::ContextEstimate).ms_per_1k.missing.find("too small: 2 turns") == 0);
        QCOMPARE(four.on(TokenAxis::Processed).ms_per_1k.missing, std::string("no spread: every x is the same"));
        QCOMPARE(four.on(TokenAxis::Processed).elasticity.n, 0);
        QVERIFY(four.on(TokenAxis::Prompt).ms_per_1k.missing.find("too small: 0 turns with prompt_tokens") == 0);
        QVERIFY(four.on(TokenAxis::ContextEstimate).ms_per_1k.value.has_value());
        QVERIFY(loopSlopes({}).empty());
        QVERIFY(runSlopes({}).empty());
    }
    void theOrderOfTheRecordsChangesNothing() {
        SessionBuilder b(testPlan({{"A", {4}, {}, {}}, {"C", {4}, {3}, {}}}, 4));
        for (const ScheduledRun& r : b.schedule()) b.completeRun(r.run, [&](TurnRecord& t) { costs(t, 300 + r.run); });
        std::vector<TurnRecord> turns = b.store().turns();
        const auto before = loopSlopes(runSlopes(pointers(turns)));
        QCOMPARE(before.size(), std::size_t(2)); // designs are never pooled
        SeededRandom(5).shuffle(turns);
        QVERIFY(loopSlopes(runSlopes(pointers(turns))) == before);
    }
};

LOOPTAX_TEST(tst_loop_slopes)
#include "tst_loop_slopes.moc"
