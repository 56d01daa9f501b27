// Runtimes that lose their model, machines that sleep and clocks that jump in the middle of a sweep: the turn says so, and
// the sweep goes on.
#include "fake_world.h"

#include "support/test_registry.h"

#include "stats/summary.h"

using namespace looptax;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::vector<std::string> strataOf(const RecordStore& store) {
    std::vector<std::string> out;
    for (const TurnRecord& record : store.turns()) out.push_back(record.stratum);
    return out;
}

const TurnSummary* found(const SessionSummary& summary, const char* stratum, int turn) {
    for (const TurnSummary& s : summary.turns)
        if (s.stratum == stratum && s.key.turn == turn) return &s;
    return nullptr;
}

Plan twoRunsOfA(CacheMode mode) {
    Plan plan = smallPlan();
    plan.cells = {{"A", {3}, {}, {}}};
    plan.cache_modes = {mode};
    return plan;
}

} // namespace

class tst_odd_runtimes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // A router that has unloaded the model answers the next request all the same. Its child says nothing of the load: its
    // timings show a prompt of 5 ms, and the answer took four seconds.
    void aRouterThatLoadsTheModelAgainIsTheStratumLoad_data() {
        QTest::addColumn<int>("mode");
        QTest::addRow("cold") << int(CacheMode::Cold);
        QTest::addRow("run-isolated") << int(CacheMode::RunIsolated);
    }
    void aRouterThatLoadsTheModelAgainIsTheStratumLoad() {
        QFETCH(int, mode);
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 3) lab.clock.advance(4 * kSecond); // request 0 warms up: turn 3 of the first run
            return std::nullopt;
        };
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            if (index != 3) return;
            counts.cached_tokens = 0;
            counts.processed_tokens = counts.prompt_tokens;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode(mode)));
        QVERIFY(!result.error);
        QCOMPARE(result.turns_ok, 6);
        const RecordStore store = lab.replay(result.folder);
        const std::string later = CacheMode(mode) == CacheMode::Cold ? "cold" : "warm";
        QCOMPARE(strataOf(store), (std::vector<std::string>{"cold", later, "load", "cold", later, later}));
        QVERIFY(!store.turns()[2].cache_mode_broken.value_or(false));
        const SessionSummary summary = summarize(store.turns());
        QCOMPARE(found(summary, later.c_str(), 3)->metric("ttft_ms")->median, 5.0); // not 2005
        QCOMPARE(found(summary, "load", 3)->metric("ttft_ms")->median, 4005.0);
    }
    void anOllamaThatLoadsTheModelAgainIsTheStratumLoad() {
        FakeLab lab;
        lab.runtime.canSwitchCache = false;
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            counts.cached_tokens.reset();
            counts.processed_tokens.reset();
            counts.load_ms = index == 2 ? 2500.0 : 12.0;
        };
        Plan plan = twoRunsOfA(CacheMode::RunIsolated);
        plan.targets[0].kind = TargetKind::Ollama;
        plan.targets[0].model = "m";
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        QCOMPARE(result.turns_ok, 6);
        QCOMPARE(strataOf(lab.replay(result.folder)),
                 (std::vector<std::string>{"unknown", "load", "unknown", "unknown", "unknown", "unknown"}));
    }
    void aSlowWayToTheServerIsNoLoad() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            lab.clock.advance(kSecond - 10'000'000);
            return std::nullopt;
        };
        const RecordStore store = lab.replay(lab.run(twoRunsOfA(CacheMode::Cold)).folder);
        for (const TurnRecord& record : store.turns()) QCOMPARE(record.stratum, std::string("cold"));
    }
    void aMachineThatSleptFailsTheTurnAndNotTheSweep() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 2) lab.clock.suspend(90 * kSecond);
            return std::nullopt;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold));
        QVERIFY(!result.error);
        QCOMPARE(result.turns_failed, 1);
        QCOMPARE(result.turns_ok, 4);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[1].outcome, Outcome::Suspended);
        QVERIFY(store.turns()[1].fail_reason.find("slept for 90.0 s") != std::string::npos);
        QVERIFY(!store.turns()[1].cache_mode_broken);
        QCOMPARE(store.lastAttempt(2)->outcome.value(), RunOutcome::Complete);
    }
    void aWallClockThatIsSetBackMovesNoDuration() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 2) lab.clock.jumpWall(-3'600'000);
            return std::nullopt;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold));
        QCOMPARE(result.turns_ok, 6);
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns()) QCOMPARE(record.ttft_ms.value_or(0), 5.0);
    }
    void countsThatContradictEachOtherAreKeptAndSaid() {
        FakeLab lab;
        lab.runtime.recount = [](RuntimeCounts& counts, int index) {
            if (index != 2) return;
            counts.disagree = "30 cached and 10 processed are not the prompt's 250 tokens";
            counts.cached_tokens = 30;
            counts.processed_tokens = 10;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::RunIsolated));
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(result.turns_ok, 6);
        QVERIFY(store.turns()[1].counts_disagree.find("not the prompt's 250") != std::string::npos);
        QCOMPARE(store.turns()[1].cached_tokens.value(), 30);
        QCOMPARE(store.turns()[1].processed_tokens.value(), 10);
        QCOMPARE(store.turns()[0].counts_disagree, std::string());
    }
};

LOOPTAX_TEST(tst_odd_runtimes)
#include "tst_odd_runtimes.moc"
