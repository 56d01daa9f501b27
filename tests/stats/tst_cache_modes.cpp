// Turns whose cache mode did not hold are counted, shown with their own numbers, and stand in no median.
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "analysis/cache_modes.h"

#include <QTest>

#include <algorithm>

using namespace looptax;

class tst_cache_modes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void brokenTurnsAreLeftOutOfMediansAlone() {
        SessionBuilder b(testPlan({{"A", {3}, {}, {}}}, 3));
        for (int run = 1; run <= 3; ++run)
            b.completeRun(run, [&](TurnRecord& t) {
                if (run != 2 || t.turn != 2) return;
                SessionBuilder::setTtft(t, 9000);
                t.cached_tokens = 3;
                t.processed_tokens = *t.prompt_tokens - 3;
                t.cache_mode_broken = true;
            });
        const std::vector<TurnRecord> turns = b.store().turns();
        const SessionSummary summary = summarize(turns);
        const auto second =
            std::find_if(summary.turns.begin(), summary.turns.end(), [](const auto& s) { return s.key.turn == 2; });
        // Blocks 1 and 3 alone: 201 and 203.
        QVERIFY((second->metric("ttft_ms") == MetricSummary{2, 2, 202.0, 201.0, 203.0}));
        QCOMPARE(summary.passes[1].turns, 3); // an answer is an answer
        const CacheModes modes = cacheModes(turns);
        QVERIFY((modes.counts == std::vector<CacheModeCount>{{"llamacpp", CacheMode::RunIsolated, 8, 1, 0, 1}}));
        QCOMPARE(modes.leftOut(), 1);
        QCOMPARE(modes.broken.size(), std::size_t(1));
        QCOMPARE(modes.broken[0].key.turn, 2);
        QCOMPARE(modes.broken[0].cached_tokens, std::optional(3.0));
        QCOMPARE(modes.broken[0].ttft_ms, std::optional(9000.0));
    }
    void whatNoMedianIsMadeOfIsNotCountedAsLeftOut() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 2));
        b.runStart(1);
        TurnRecord broken = b.goodTurn(1, 1);
        broken.cached_tokens = 5;
        broken.cache_mode_broken = true;
        b.turn(broken, b.replyOf(broken));
        b.runEnd(1, RunOutcome::Interrupted);
        b.completeRun(2, [](TurnRecord& t) {
            t.cache_mode_broken.reset(); // as before this was judged
            if (t.turn == 2) SessionBuilder::fail(t, Outcome::Cut, "cut");
        });
        const CacheModes modes = cacheModes(b.store().turns());
        QVERIFY((modes.counts == std::vector<CacheModeCount>{{"llamacpp", CacheMode::RunIsolated, 0, 1, 1, 0}}));
        QVERIFY(modes.broken.empty());
    }
    void nothingGivesNothing() {
        const CacheModes none = cacheModes({});
        QVERIFY(none.counts.empty() && none.broken.empty());
        QCOMPARE(none.leftOut() + none.disagreeing, 0);
    }
};

LOOPTAX_TEST(tst_cache_modes)
#include "tst_cache_modes.moc"
