// Cache modes are verified from the runtime's own counts: what must be empty and is not, what must be warm and is not, and
// where nobody can tell.
#include "fake_world.h"

#include "support/test_registry.h"

#include "engine/cache_check.h"

using namespace looptax;

namespace {

constexpr double kShare = 0.4; // of 400 prompt tokens: 80 are the least a later turn has reused

TurnRecord turnOf(CacheMode mode, int turn, std::optional<std::int64_t> cached, const char* design = "A") {
    TurnRecord record;
    record.outcome = Outcome::Ok;
    record.design = design;
    record.cache_mode = mode;
    record.turn = turn;
    record.prompt_tokens = 400;
    record.cached_tokens = cached;
    record.stratum = !cached ? "unknown" : *cached == 0 ? "cold" : "warm";
    return record;
}

std::optional<bool> judged(CacheCheck& check, TurnRecord record, bool switched = true) {
    check.judge(record, switched, kShare);
    return record.cache_mode_broken;
}

QString text(const std::optional<bool>& broken) {
    return !broken ? QStringLiteral("not verifiable") : *broken ? QStringLiteral("broken") : QStringLiteral("verified");
}

Plan onePlan(CacheMode mode, std::vector<CellGroup> cells, int repeats = 1) {
    Plan plan = smallPlan();
    plan.cells = std::move(cells);
    plan.cache_modes = {mode};
    plan.repeats = repeats;
    return plan;
}

} // namespace

class tst_cache_check : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTurnAloneIsJudgedByItsMode_data() {
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("turn");
        QTest::addColumn<bool>("switched");
        QTest::addColumn<int>("warmup"); // tokens of its prompt; 0: there was none
        QTest::addColumn<int>("cached"); // -1: not counted
        QTest::addColumn<QString>("verdict");
        const auto row = [](const char* name, CacheMode mode, int turn, bool switched, int warmup, int cached,
                            const char* verdict) {
            QTest::addRow("%s", name) << int(mode) << turn << switched << warmup << cached << QString::fromLatin1(verdict);
        };
        using enum CacheMode;
        row("cold, switched off, nothing", Cold, 5, true, 40, 0, "verified");
        row("cold, switched off, one token", Cold, 5, true, 40, 1, "broken");
        row("cold, a tag, nothing", Cold, 5, false, 0, 0, "verified");
        row("cold, a tag, the template's head", Cold, 5, false, 40, 3, "verified");
        row("cold, a tag, more than a warm-up has", Cold, 5, false, 40, 41, "broken");
        row("cold, a tag, and no warm-up to tell", Cold, 5, false, 0, 3, "not verifiable");
        row("cold, not counted", Cold, 5, true, 40, -1, "not verifiable");
        row("run-isolated turn 1, nothing", RunIsolated, 1, true, 40, 0, "verified");
        row("run-isolated turn 1, the run before", RunIsolated, 1, true, 40, 390, "broken");
        row("run-isolated turn 1, a tag", RunIsolated, 1, false, 40, 3, "verified");
        row("later, all but the new message", RunIsolated, 2, true, 40, 350, "verified");
        row("later, the system message alone: C's state moved", RunIsolated, 2, true, 40, 150, "verified");
        row("later, the least", RunIsolated, 2, true, 40, 80, "verified");
        row("later, another client's prompt", RunIsolated, 2, true, 40, 3, "broken");
        row("later, nothing, and nothing seen before", RunIsolated, 2, true, 40, 0, "not verifiable");
        row("later, not counted", RunIsolated, 2, true, 40, -1, "not verifiable");
        row("natural promises nothing", Natural, 1, true, 40, 390, "not verifiable");
        row("natural, later", Natural, 2, true, 40, 0, "not verifiable");
    }
    void aTurnAloneIsJudgedByItsMode() {
        QFETCH(int, mode);
        QFETCH(int, turn);
        QFETCH(bool, switched);
        QFETCH(int, warmup);
        QFETCH(int, cached);
        QFETCH(QString, verdict);
        CacheCheck check;
        if (warmup > 0) check.warmedUp(warmup);
        const auto counted = cached < 0 ? std::nullopt : std::optional<std::int64_t>(cached);
        QCOMPARE(text(judged(check, turnOf(CacheMode(mode), turn, counted), switched)), verdict);
        TurnRecord failed = turnOf(CacheMode(mode), turn, counted);
        failed.outcome = Outcome::Cut;
        QVERIFY(!judged(check, failed, switched));
    }
    // What a prefix is worth that is gone depends on whether this runtime ever kept it.
    void anEmptyLaterTurnIsBrokenWhereTheRuntimeWasSeenToKeep() {
        CacheCheck check;
        const auto isolated = [&](int turn, std::int64_t cached, const char* design = "A") {
            return text(judged(check, turnOf(CacheMode::RunIsolated, turn, cached, design)));
        };
        QCOMPARE(isolated(2, 0), QStringLiteral("not verifiable"));
        QCOMPARE(isolated(3, 300), QStringLiteral("verified"));
        QCOMPARE(isolated(4, 0), QStringLiteral("broken"));         // turn 3 kept its prefix
        QCOMPARE(isolated(2, 0), QStringLiteral("not verifiable")); // turn 2 never did, in two runs
        QCOMPARE(isolated(3, 0), QStringLiteral("broken"));         // turn 3 did
        QCOMPARE(isolated(4, 0), QStringLiteral("not verifiable")); // twice now: a window that ends there looks like this
        QCOMPARE(isolated(2, 0, "B"), QStringLiteral("not verifiable"));
        TurnRecord natural = turnOf(CacheMode::Natural, 2, 300, "C");
        QVERIFY(!judged(check, natural));
        QCOMPARE(isolated(2, 0, "C"), QStringLiteral("broken")); // a natural run showed that it can be kept
    }
    void aTurnThatLoadedTheModelIsJudgedByItsStratum() {
        CacheCheck check;
        QCOMPARE(text(judged(check, turnOf(CacheMode::RunIsolated, 2, 300))), QStringLiteral("verified"));
        TurnRecord loaded = turnOf(CacheMode::RunIsolated, 3, 0);
        loaded.stratum = "load";
        QVERIFY(!judged(check, loaded));
        QCOMPARE(text(judged(check, turnOf(CacheMode::RunIsolated, 3, 0))), QStringLiteral("broken"));
    }
    void aResumedSessionKnowsWhatWasSeenBefore() {
        CacheCheck check;
        TurnRecord before = turnOf(CacheMode::RunIsolated, 2, 300);
        before.cache_mode_broken = false;
        check.remember(before);
        QCOMPARE(text(judged(check, turnOf(CacheMode::RunIsolated, 2, 0))), QStringLiteral("broken"));
    }

    void aSweepOfEveryModeIsVerified() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold, CacheMode::Natural};
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns())
            QCOMPARE(text(record.cache_mode_broken),
                     record.cache_mode == CacheMode::Natural ? QStringLiteral("not verifiable") : QStringLiteral("verified"));
    }
    void aBrokenTurnIsFlaggedAndTheSweepGoesOn() {
        FakeLab lab;
        // Request 0 warms up; 1 to 3 are the run of A.
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            if (index == 2) counts.cached_tokens = *counts.prompt_tokens / 2;
            if (index == 2) counts.processed_tokens = *counts.prompt_tokens - *counts.cached_tokens;
        };
        const SweepResult result = lab.run(onePlan(CacheMode::Cold, {{"A", {3}, {}, {}}, {"C", {4}, {3}, {}}}));
        QVERIFY(!result.error);
        QCOMPARE(result.turns_ok, 7);
        const RecordStore store = lab.replay(result.folder);
        for (std::size_t i = 0; i < store.turns().size(); ++i)
            QCOMPARE(store.turns()[i].cache_mode_broken, std::optional(i == 1));
        QCOMPARE(store.turns()[1].run_outcome, std::string("complete"));
    }
    void aSlotThatWasTakenIsFlagged() {
        FakeLab lab;
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            if (index != 3) return;
            counts.cached_tokens = 3; // the head of every template of this kind
            counts.processed_tokens = *counts.prompt_tokens - 3;
        };
        const SweepResult result = lab.run(onePlan(CacheMode::RunIsolated, {{"A", {3}, {}, {}}}));
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[2].stratum, std::string("warm")); // what it would have been taken for
        QCOMPARE(text(store.turns()[2].cache_mode_broken), QStringLiteral("broken"));
    }
    void aTagIsBoundedByTheWarmUp() {
        FakeLab lab;
        lab.runtime.canSwitchCache = false;
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            counts.cached_tokens = index == 4 ? 200 : 3;
            counts.prompt_tokens = index == 0 ? 40 : 1000 * index;
            counts.processed_tokens = *counts.prompt_tokens - *counts.cached_tokens;
        };
        const SweepResult result = lab.run(onePlan(CacheMode::Cold, {{"A", {4}, {}, {}}}));
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns().size(), std::size_t(4));
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(text(store.turns()[i].cache_mode_broken), i == 3 ? QStringLiteral("broken") : QStringLiteral("verified"));
    }
    void withoutACountNothingIsVerified() {
        FakeLab lab;
        lab.runtime.recount = [](RuntimeCounts& counts, int) {
            counts.cached_tokens.reset();
            counts.processed_tokens.reset();
        };
        const SweepResult result = lab.run(onePlan(CacheMode::Cold, {{"A", {3}, {}, {}}}));
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns()) QVERIFY(!record.cache_mode_broken);
    }
};

LOOPTAX_TEST(tst_cache_check)
#include "tst_cache_check.moc"
