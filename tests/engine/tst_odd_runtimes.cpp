// Runtimes that lose their model, machines that sleep and clocks that jump in the middle of a sweep: the turn says so, and
// the sweep goes on.
#include "fake_world.h"

#include "support/faulty_file_ops.h"
#include "support/test_registry.h"

#include "analysis/summary.h"

#include <nlohmann/json.hpp>

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
    // Ctrl-Z, SIGSTOP, a frozen container: the clock ran on while nobody looked at it, so no stamp of the turn holds.
    void aStoppedProgramFailsTheTurnAndNotTheSweep_data() {
        QTest::addColumn<int>("end"); // outcome of the request that was stopped in; -1: its answer came
        QTest::addColumn<int>("outcome");
        QTest::addColumn<std::string>("says");
        QTest::addRow("its answer came all the same")
            << -1 << int(Outcome::Suspended) << std::string("the program was stopped for about 3.5 s during the turn");
        QTest::addRow("a deadline had passed") << int(Outcome::TimeoutIdle) << int(Outcome::Suspended)
                                               << std::string("s during the turn; it ended as timeout_idle: the words");
        QTest::addRow("the server had given up")
            << int(Outcome::Cut) << int(Outcome::Suspended) << std::string("it ended as cut: the words");
        QTest::addRow("ended by the user") << int(Outcome::Cancelled) << int(Outcome::Cancelled) << std::string("the words");
    }
    void aStoppedProgramFailsTheTurnAndNotTheSweep() {
        QFETCH(int, end);
        QFETCH(int, outcome);
        QFETCH(std::string, says);
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 2) return std::nullopt;
            lab.clock.stop(7 * kSecond / 2);
            if (end < 0) return std::nullopt;
            ChatEnd made;
            made.outcome = Outcome(end);
            made.error_text = "the words";
            return made;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold));
        QVERIFY(!result.error);
        QCOMPARE(result.turns_failed, 1);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[1].outcome, Outcome(outcome));
        QVERIFY2(store.turns()[1].fail_reason.find(says) != std::string::npos, store.turns()[1].fail_reason.c_str());
        QCOMPARE(store.lastAttempt(2)->outcome.value(), RunOutcome::Complete);
    }
    void aProgramStoppedBetweenTurnsIsNoOddity_data() {
        QTest::addColumn<std::string>("after"); // line of the journal; sync: of any
        for (const char* type : {"run_start", "sync", "run_end", "warmup"}) QTest::addRow("%s", type) << std::string(type);
    }
    void aProgramStoppedBetweenTurnsIsNoOddity() {
        QFETCH(std::string, after);
        FakeLab lab;
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == after) lab.clock.stop(60 * kSecond);
        };
        FaultyFileOps files;
        if (after == "sync") files.atSync([&] { lab.clock.stop(60 * kSecond); });
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold), &files);
        QCOMPARE(result.turns_ok, 6);
        QCOMPARE(result.turns_failed, 0);
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns()) QCOMPARE(record.ttft_ms.value_or(0), 5.0);
    }
    // What requests did to the runtime is undone when the last turn of the target is over, and never between turns.
    void theRuntimeIsGivenBackOnce_data() {
        QTest::addColumn<int>("cutAfter"); // turns; 0: the sweep is complete
        QTest::addColumn<bool>("fails");
        QTest::addColumn<std::string>("kind"); // of the note; empty: none
        QTest::addRow("a complete sweep") << 0 << false << std::string("keep_alive");
        QTest::addRow("ended by the user") << 2 << false << std::string("keep_alive");
        QTest::addRow("it fails") << 0 << true << std::string("keep_alive_failed");
        QTest::addRow("nothing to undo") << 0 << false << std::string();
    }
    void theRuntimeIsGivenBackOnce() {
        QFETCH(int, cutAfter);
        QFETCH(bool, fails);
        QFETCH(std::string, kind);
        FakeLab lab;
        if (fails) lab.runtime.givenBack = Error{ErrorKind::Unreachable, "nobody answers", {}, "ollama stop m", 0};
        else if (!kind.empty()) lab.runtime.givenBack = std::string("it is as it was");
        lab.listener.hook = [&](const JournalLine& line) {
            if (cutAfter > 0 && line.type == "turn_done" && lab.listener.count("turn_done") == cutAfter) lab.control.cut = true;
        };
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold));
        QVERIFY(!result.error); // a warning at most
        QCOMPARE(lab.runtime.askedToGiveBack, 1);
        QCOMPARE(lab.runtime.requestsBefore, int(lab.runtime.requests.size())); // none came after it
        const RecordStore store = lab.replay(result.folder);
        std::vector<std::string> kinds;
        for (const auto& note : store.notes())
            if ((*note)["kind"].get<std::string>().rfind("keep_alive", 0) == 0) kinds.push_back((*note)["kind"]);
        QCOMPARE(kinds, kind.empty() ? std::vector<std::string>{} : std::vector<std::string>{kind});
        if (kind.empty()) return;
        const std::string text = (*store.notes().back())["text"];
        QVERIFY2(text == (fails ? "warning: nobody answers (ollama stop m)" : "it is as it was"), text.c_str());
        QCOMPARE((*store.notes().back())["target"].get<std::string>(), std::string("t"));
    }
    void aMemoryThatForgetsIsSaidBeforeTheFirstTurn_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("notes");
        QTest::addRow("full") << int(ModelMemory::Kind::Full) << 0;
        QTest::addRow("unknown") << int(ModelMemory::Kind::Unknown) << 0;
        QTest::addRow("sliding window") << int(ModelMemory::Kind::SlidingWindow) << 1;
        QTest::addRow("hybrid") << int(ModelMemory::Kind::Hybrid) << 1;
    }
    void aMemoryThatForgetsIsSaidBeforeTheFirstTurn() {
        QFETCH(int, kind);
        QFETCH(int, notes);
        FakeLab lab;
        lab.runtime.memory = {ModelMemory::Kind(kind), kind == int(ModelMemory::Kind::SlidingWindow) ? 512 : 0};
        const SweepResult result = lab.run(twoRunsOfA(CacheMode::Cold));
        QVERIFY(!result.error);
        int said = 0;
        for (const JournalLine& line : lab.listener.lines) {
            if (line.type == "warmup" || line.type == "run_start") break;
            if (line.type == "note" && (*line.body)["kind"] == "memory") ++said;
        }
        QCOMPARE(said, notes);
        const Json facts = (*lab.replay(result.folder).sessionLines().front())["targets"][0];
        QCOMPARE(facts["memory"].get<std::string>(), lab.runtime.memory.text());
        QCOMPARE(int(std::count_if(
                     facts["doubts"].begin(), facts["doubts"].end(),
                     [](const Json& doubt) { return doubt.get<std::string>().find("processed again") != std::string::npos; })),
                 notes);
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
