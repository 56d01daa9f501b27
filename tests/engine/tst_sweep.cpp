#include "base/whole_file.h"
#include "fake_world.h"

#include "base/hash.h"
#include "support/faulty_file_ops.h"
#include "support/test_registry.h"

#include "domain/plan_json.h"
#include "engine/run_machine.h"
#include "replay/verify.h"
#include "store/amend.h"

#include <nlohmann/json.hpp>

#include <set>

using namespace looptax;

namespace {

ChatEnd ended(Outcome outcome, const char* text = "") {
    ChatEnd end;
    end.outcome = outcome;
    end.error_text = text;
    return end;
}

ChatEnd busy(const char* words = "busy") {
    ChatEnd end = ended(Outcome::HttpError, words);
    end.busy = true;
    end.http_status = 429;
    return end;
}

ChatEnd busyFor(std::int64_t ms) {
    ChatEnd end = busy("slow down");
    end.retry_after_ms = ms;
    return end;
}

// Nothing but turn 1 of one run is sent.
Plan oneTurn() {
    Plan plan = smallPlan();
    plan.warmup_requests = 0;
    plan.cells = {{"A", {1}, {}, {}}};
    plan.repeats = 1;
    return plan;
}

std::vector<TurnRecord> turnsOf(const RecordStore& store, int run) {
    std::vector<TurnRecord> out;
    for (const TurnRecord& record : store.turns())
        if (record.run == run) out.push_back(record);
    return out;
}

} // namespace

class tst_sweep : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // The file may have changed since somebody looked at it: the engine itself asks, before it touches anything.
    void whatNobodyAllowedIsNotBegun() {
        FakeLab lab;
        lab.serverAlive = true;
        Plan plan = smallPlan();
        plan.targets[0].url.clear();
        plan.targets[0].managed = ManagedCommand{"/bin/sh", "m.gguf", {}};
        EngineWorld world = lab.world();
        const auto sweep = [&](SweepRequest request) {
            return Sweep(std::move(request), catalogue(), lab.pack, world, lab.control, lab.listener).run();
        };
        SweepRequest request;
        request.plan = plan;
        request.out = lab.out();
        SweepResult end = sweep(request);
        QVERIFY(end.error.has_value());
        QCOMPARE(int(end.error->kind), int(ErrorKind::Permission));
        QVERIFY(end.folder.empty());
        QCOMPARE(lab.serverStarts, 0);
        QVERIFY(lab.runtime.requests.empty());

        request.trust.origin = Origin::Typed;
        end = sweep(request);
        QVERIFY2(!end.error, end.error ? end.error->text().c_str() : "");
        QCOMPARE(lab.serverStarts, 1);
        const std::string folder = end.folder;
        const auto asked = lab.runtime.requests.size();

        // The folder may have been handed on: who made it does not count.
        SweepRequest again;
        again.resume = folder;
        again.retry_failed = true;
        again.trust.origin = Origin::Typed;
        end = sweep(again);
        QVERIFY(end.error.has_value());
        QCOMPARE(int(end.error->kind), int(ErrorKind::Permission));
        QCOMPARE(end.error->where, folder);
        QCOMPARE(lab.serverStarts, 1);
        QCOMPARE(lab.runtime.requests.size(), asked);
        for (const TrustNeed& need : needsTrust(plan, Origin::Session, {})) again.trust.allowed.insert(need.hash);
        end = sweep(again);
        QVERIFY2(!end.error, end.error ? end.error->text().c_str() : "");
    }
    void everyTurnOfThePlanIsOnDiskAndPasses() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QCOMPARE(result.turns_ok, 14);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns().size(), std::size_t(14));
        for (const TurnRecord& record : store.turns()) {
            QVERIFY2(record.all_pass.value_or(false), record.fail_reason.c_str());
            QVERIFY(record.content_exact.value_or(false));
            QCOMPARE(record.run_outcome, std::string("complete"));
            QCOMPARE(record.ttft_ms.value_or(0), 5.0);
            QCOMPARE(record.decode_tps.value_or(0), 100.0);
            QCOMPARE(record.context_tokens_estimate, record.prompt_chars / 4);
        }
        QVERIFY(store.ended());
    }
    void requestsSeenAreTurnStartsAndWarmups() {
        FakeLab lab;
        const SweepResult result = lab.run(smallPlan());
        QCOMPARE(lab.listener.count("turn_start"), 14);
        QCOMPARE(lab.listener.count("warmup"), 1);
        QCOMPARE(int(lab.runtime.requests.size()), 15);
        QVERIFY(lab.listener.lines.size() > 20);
    }
    void theLineIsWrittenBeforeTheRequestIsSent() {
        FakeLab lab;
        std::vector<int> starts;
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            starts.push_back(lab.listener.count("turn_start") + lab.listener.count("warmup"));
            return std::nullopt;
        };
        (void)lab.run(smallPlan());
        for (std::size_t i = 0; i < starts.size(); ++i) QCOMPARE(starts[i], int(i) + 1);
    }
    void cacheModesSetTheSwitch_data() {
        QTest::addColumn<int>("mode");
        QTest::addColumn<bool>("first");
        QTest::addColumn<bool>("later");
        QTest::addRow("run-isolated reuses nothing on turn 1 alone") << int(CacheMode::RunIsolated) << false << true;
        QTest::addRow("natural leaves the cache on") << int(CacheMode::Natural) << true << true;
        QTest::addRow("cold reuses nothing ever") << int(CacheMode::Cold) << false << false;
    }
    // On the disk first: a turn that a power cut takes away must not stand in the prompt of another. Whoever listens hears of
    // it when the next request is out: what they do with it is in no gap.
    void aTurnIsOnDiskBeforeTheNextRequestAndToldAfterIt() {
        FakeLab lab;
        FaultyFileOps files;
        std::string seen;
        files.atSync([&] { seen += " sync"; });
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            seen += " request";
            return std::nullopt;
        };
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "run_start") seen.clear();
            if (line.type != "turn_done") return;
            seen += " told";
            lab.clock.advance(700'000'000);
        };
        Plan plan = smallPlan();
        plan.cells = {{"A", {3}, {}, {}}};
        plan.repeats = 1;
        const SweepResult result = lab.run(plan, &files);
        QVERIFY(!result.error);
        const std::string run = " sync request sync told request sync told request sync told";
        QVERIFY2(seen.starts_with(run), seen.c_str());
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns()) QVERIFY(record.gap_before_ns.value_or(0) < 700'000'000);
    }
    void aTurnThatTheDiskRefusesIsNotTold() {
        FakeLab lab;
        FaultyFileOps files;
        int requests = 0;
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            // The warm-up is the first; a write of the line and then its sync follow the reply.
            if (++requests == 2) files.failCall(2);
            return std::nullopt;
        };
        Plan plan = smallPlan();
        plan.cells = {{"A", {3}, {}, {}}};
        const SweepResult result = lab.run(plan, &files);
        QVERIFY(result.error);
        QCOMPARE(files.failed(), std::string("sync"));
        QCOMPARE(requests, 2);
        QCOMPARE(result.turns_ok, 0);
        QCOMPARE(lab.listener.count("turn_done"), 0);
    }
    void cacheModesSetTheSwitch() {
        QFETCH(int, mode);
        QFETCH(bool, first);
        QFETCH(bool, later);
        FakeLab lab;
        Plan plan = smallPlan();
        plan.cache_modes = {CacheMode(mode)};
        plan.warmup_requests = 0;
        const SweepResult result = lab.run(plan);
        QCOMPARE(lab.runtime.requests[0].cache_prompt.value(), first);
        QCOMPARE(lab.runtime.requests[1].cache_prompt.value(), later);
        for (const ChatRequest& request : lab.runtime.requests)
            QCOMPARE(request.messages[0].content.substr(0, 8), std::string(kNeutralTag));
        const RecordStore store = lab.replay(result.folder);
        for (const TurnRecord& record : store.turns())
            QCOMPARE(record.carry_over, CacheMode(mode) == CacheMode::Natural && record.turn == 1);
    }
    void withoutTheSwitchATagKeepsRunsApart() {
        FakeLab lab;
        lab.runtime.canSwitchCache = false;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
        plan.cells = {{"A", {3}, {}, {}}};
        plan.repeats = 1;
        (void)lab.run(plan);
        std::vector<std::string> tags;
        for (const ChatRequest& request : lab.runtime.requests) {
            QVERIFY(!request.cache_prompt);
            tags.push_back(request.messages[0].content.substr(0, 8));
        }
        QCOMPARE(tags.size(), std::size_t(6));
        QCOMPARE(tags[0], tags[2]);                                                       // run-isolated: one tag a run
        QCOMPARE(std::set<std::string>(tags.begin(), tags.end()).size(), std::size_t(4)); // cold: one a turn
    }
    void aFailedTurnEndsItsRunAndTheSweepGoesOn() {
        FakeLab lab;
        lab.runtime.misbehave = [](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 2) return ended(Outcome::Cut, "the stream ended early");
            return std::nullopt;
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(!result.error);
        QCOMPARE(result.turns_failed, 1);
        const RecordStore store = lab.replay(result.folder);
        const auto first = turnsOf(store, 1);
        QCOMPARE(first.size(), std::size_t(2));
        QCOMPARE(first[1].outcome, Outcome::Cut);
        QVERIFY(!first[1].all_pass);
        QCOMPARE(first[1].run_outcome, std::string("failed"));
        QCOMPARE(turnsOf(store, 2).size(), std::size_t(4));
    }
    void busyIsWaitedForOutsideTheTimedWindow() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        int refusals = 2;
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            if (refusals-- <= 0) return std::nullopt;
            ChatEnd end = ended(Outcome::HttpError, "busy");
            end.busy = true;
            end.http_status = 503;
            return end;
        };
        const SweepResult result = lab.run(plan);
        QCOMPARE(result.turns_failed, 0);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns()[0].send_attempt, 3);
        QCOMPARE(store.turns()[0].retry_wait_ms.value_or(0), 5000.0);
        QCOMPARE(store.turns()[0].ttft_ms.value_or(0), 5.0);
        QCOMPARE(lab.listener.count("turn_start"), 16);
    }
    void theTimeLeftFallsWithEveryTurnNotOnlyWithEveryRun() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.cells = {{"A", {6}, {}, {}}};
        plan.repeats = 1;
        QVERIFY(!lab.run(plan).error);
        std::vector<double> left;
        for (const SweepProgress& p : lab.listener.progresses)
            if (p.phase == SweepPhase::Running && p.seconds_left) left.push_back(*p.seconds_left);
        QCOMPARE(left.size(), std::size_t(7)); // when the run begins, and after each of its turns
        // Turns grow with the log: half of them are less than half of the work.
        QVERIFY(std::is_sorted(left.rbegin(), left.rend()) && left[3] < 0.8 * left[0] && left[3] > 0.5 * left[0]);
        QCOMPARE(left.back(), 0.0);
    }
    void aServerThatLoadsItsModelIsWaitedForBeforeTheFirstTurn() {
        FakeLab lab;
        lab.runtime.loading = 5;
        const SweepResult result = lab.run(smallPlan());
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QCOMPARE(result.turns_failed, 0);
        QVERIFY(std::any_of(lab.listener.progresses.begin(), lab.listener.progresses.end(),
                            [](const SweepProgress& p) { return p.text.find("loading its model") != std::string::npos; }));
    }
    void aRouterIsMeasuredOnlyWithAModelThatThePlanNames() {
        FakeLab lab;
        lab.runtime.router = true;
        Plan plan = smallPlan();
        const SweepResult refused = lab.run(plan);
        QVERIFY(refused.error && refused.error->text().find("give the target a model: one, two") != std::string::npos);
        QVERIFY(lab.runtime.requests.empty());
        plan.targets[0].model = "two";
        const SweepResult result = lab.run(plan);
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        QCOMPARE(lab.runtime.requests.back().model, std::string("two"));
    }
    void aServerThatLoadsForEverIsGivenUp() {
        FakeLab lab;
        lab.runtime.loading = 1'000'000;
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(result.error && result.error->what.find("Loading model") != std::string::npos);
        QVERIFY(lab.runtime.requests.empty());
        QVERIFY(result.folder.empty());
    }
    void theModelFileOfAManagedServerIsNamedByItsCheckSum() {
        FakeLab lab;
        Plan plan = smallPlan();
        const std::string file = lab.out() + "/m.gguf";
        QVERIFY(replaceFile(lab.files, file, "abc").ok());
        plan.targets[0].url.clear();
        plan.targets[0].managed = ManagedCommand{"llama-server", file, {}};
        const SweepResult result = lab.run(plan);
        QVERIFY2(!result.error, result.error ? result.error->text().c_str() : "");
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE((*store.sessionLine())["targets"][0]["model_digest"].get<std::string>(), sha256Hex("abc"));
    }
    void busyForEverFailsTheTurnAfterFourSends() {
        FakeLab lab;
        Plan plan = oneTurn();
        lab.runtime.misbehave = [](const ChatRequest&, int) { return std::optional(busy()); };
        const SweepResult result = lab.run(plan);
        QCOMPARE(int(lab.runtime.requests.size()), 4);
        QCOMPARE(result.turns_failed, 1);
    }
    void aBusyRuntimeIsLeftAloneAsLongAsItAsks_data() {
        QTest::addColumn<qint64>("askedMs");
        QTest::addColumn<int>("refusals");
        QTest::addColumn<qint64>("waitedMs"); // by the fake clock, over all waits
        QTest::newRow("longer than ours") << qint64(30'000) << 1 << qint64(30'000);
        QTest::newRow("a part of a second") << qint64(1'500) << 1 << qint64(1'500);
        QTest::newRow("twice") << qint64(30'000) << 2 << qint64(60'000);
        QTest::newRow("shorter than ours, again and again") << qint64(2'000) << 3 << qint64(2'000 + 4'000 + 15'000);
        QTest::newRow("no time at all") << qint64(0) << 1 << qint64(1'000);
    }
    void aBusyRuntimeIsLeftAloneAsLongAsItAsks() {
        QFETCH(qint64, askedMs);
        QFETCH(int, refusals);
        QFETCH(qint64, waitedMs);
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        plan.deadlines.total = 100'000;
        std::vector<std::int64_t> sent;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            sent.push_back(lab.clock.monotonicNs());
            if (index >= refusals) return std::nullopt;
            return busyFor(askedMs);
        };
        const SweepResult result = lab.run(plan);
        QCOMPARE(result.turns_failed, 0);
        const TurnRecord first = lab.replay(result.folder).turns()[0];
        QCOMPARE(first.send_attempt, refusals + 1);
        QCOMPARE(first.retry_wait_ms.value_or(0), double(waitedMs));
        QVERIFY(sent[std::size_t(refusals)] - sent[0] >= waitedMs * 1'000'000);
        QCOMPARE(first.ttft_ms.value_or(0), 5.0); // outside the timed window
        int notes = 0;
        for (const JournalLine& line : lab.listener.lines) {
            if (line.type != "note" || (*line.body)["kind"] != "busy_wait") continue;
            ++notes;
            QCOMPARE((*line.body)["retry_after_ms"].get<std::int64_t>(), std::int64_t(askedMs));
        }
        QCOMPARE(notes, refusals);
    }
    void aWaitBeyondTheTotalDeadlineFailsAtOnceWithTheServersWords_data() {
        QTest::addColumn<qint64>("secondAskMs"); // of the second refusal; the first asks for 12 s of 20
        QTest::addColumn<int>("sends");
        QTest::newRow("what is left is enough") << qint64(7'000) << 3;
        QTest::newRow("what is left is not enough") << qint64(9'000) << 2;
        QTest::newRow("for ever") << qint64(1'000'000'000'000) << 2;
    }
    void aWaitBeyondTheTotalDeadlineFailsAtOnceWithTheServersWords() {
        QFETCH(qint64, secondAskMs);
        QFETCH(int, sends);
        FakeLab lab;
        Plan plan = oneTurn();
        plan.deadlines.total = 20'000;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index == 0) return busyFor(12'000);
            if (index == 1) return busyFor(secondAskMs);
            return std::nullopt;
        };
        const std::int64_t began = lab.clock.monotonicNs();
        const SweepResult result = lab.run(plan);
        QCOMPARE(int(lab.runtime.requests.size()), sends);
        QCOMPARE(result.turns_failed, sends == 3 ? 0 : 1);
        const TurnRecord turn = lab.replay(result.folder).turns()[0];
        QCOMPARE(turn.retry_wait_ms.value_or(0), sends == 3 ? 19'000.0 : 12'000.0);
        if (sends == 3) return;
        QVERIFY(lab.clock.monotonicNs() - began < 20'000 * std::int64_t(1'000'000));
        QCOMPARE(turn.outcome, Outcome::HttpError);
        QVERIFY2(turn.fail_reason.find("slow down") == 0 && turn.fail_reason.find("asks to wait") != std::string::npos &&
                     turn.fail_reason.find("total deadline") != std::string::npos,
                 turn.fail_reason.c_str());
    }
    // A server that names no time is not waited for beyond the deadline either.
    void ourOwnWaitsEndWithTheDeadline() {
        FakeLab lab;
        Plan plan = oneTurn();
        plan.deadlines.total = 6'000;
        lab.runtime.misbehave = [](const ChatRequest&, int) { return std::optional(busy()); };
        const std::int64_t began = lab.clock.monotonicNs();
        const SweepResult result = lab.run(plan);
        QCOMPARE(int(lab.runtime.requests.size()), 3); // 1 s and 4 s fit, 15 s do not
        QVERIFY(lab.clock.monotonicNs() - began < 6'000 * std::int64_t(1'000'000));
        QVERIFY(lab.replay(result.folder).turns()[0].fail_reason.find("total deadline") != std::string::npos);
    }
    void aLongWaitCanBeStopped_data() {
        QTest::addColumn<int>("how");
        QTest::newRow("stop at once") << 0;
        QTest::newRow("finish after the turn") << 1;
        QTest::newRow("skip the run") << 2;
    }
    void aLongWaitCanBeStopped() {
        QFETCH(int, how);
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index > 0) return std::nullopt;
            return busyFor(1'000'000);
        };
        const std::int64_t began = lab.clock.monotonicNs();
        std::int64_t stoppedAfter = -1;
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "note" && (*line.body)["kind"] == "busy_wait")
                (how == 0 ? lab.control.cut : how == 1 ? lab.control.finish : lab.control.skip) = true;
            if (line.type == "turn_fail" && stoppedAfter < 0) stoppedAfter = lab.clock.monotonicNs() - began;
        };
        const SweepResult result = lab.run(plan);
        QVERIFY2(stoppedAfter >= 0 && stoppedAfter < 1'000'000'000, std::to_string(stoppedAfter).c_str());
        QCOMPARE(lab.replay(result.folder).turns()[0].outcome, Outcome::Cancelled);
        if (how < 2) QCOMPARE(int(lab.runtime.requests.size()), 1);
    }
    void aWrongAnswerIsAResultNotAFailure() {
        FakeLab lab;
        lab.runtime.spoil = [](const ChatRequest&, std::string) { return std::string("I cannot do that."); };
        const SweepResult result = lab.run(smallPlan());
        QCOMPARE(result.turns_failed, 0);
        QCOMPARE(result.turns_ok, 14);
        const RecordStore store = lab.replay(result.folder);
        QVERIFY(!store.turns()[0].all_pass.value());
        QVERIFY(!store.turns()[0].fail_reason.empty());
        QCOMPARE(store.turns()[0].run_outcome, std::string("complete"));
    }
    void stopEndsTheRunAtTheFirstBadTurn() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.on_bad_turn = OnBadTurn::Stop;
        lab.runtime.spoil = [](const ChatRequest&, std::string) { return std::string("no"); };
        const SweepResult result = lab.run(plan);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.turns().size(), std::size_t(4));
        QCOMPARE(store.turns()[0].run_outcome, std::string("stopped"));
    }
    void oracleKeepsTheStateRightAfterAWrongAnswer() {
        for (const auto& [action, diverges] : {std::pair{OnBadTurn::Oracle, false}, {OnBadTurn::Carry, true}}) {
            FakeLab lab;
            Plan plan = smallPlan();
            plan.warmup_requests = 0;
            plan.cells = {{"B", {3}, {}, {}}};
            plan.repeats = 1;
            plan.on_bad_turn = action;
            int turn = 0;
            lab.runtime.spoil = [&](const ChatRequest&, std::string right) {
                if (++turn != 1) return right;
                const std::size_t at = right.find("\"count\": 1");
                return at == std::string::npos ? right : right.replace(at, 10, "\"count\": 7");
            };
            const SweepResult result = lab.run(plan);
            const auto turns = turnsOf(lab.replay(result.folder), 1);
            QCOMPARE(turns.size(), std::size_t(3));
            QVERIFY(!turns[0].count_match.value());
            QCOMPARE(turns[1].state_diverged.value(), diverges);
            QCOMPARE(turns[1].all_pass.value(), !diverges);
            QCOMPARE(turns[1].all_pass_local.value(), true);
        }
    }
    void aContextThatShrinksSilentlyIsAnOverflow() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.cells = {{"A", {3}, {}, {}}};
        plan.repeats = 1;
        plan.warmup_requests = 0;
        lab.runtime.spoil = [&](const ChatRequest& request, std::string right) {
            (void)request;
            return right;
        };
        struct Cutting final : RuntimeClient {
            FakeRuntime& runtime;
            explicit Cutting(FakeRuntime& r) : runtime(r) {}
            Result<TargetFacts> facts(const std::string&, const CancelFlag&) override {
                TargetFacts f;
                f.context_tokens = 16384;
                return f;
            }
            ChatEnd chat(const ChatRequest& request, StreamListener& listener, const CancelFlag&) override {
                ChatEnd end = runtime.chat(request, listener);
                end.counts.prompt_tokens = 150;
                end.counts.cached_tokens.reset();
                end.counts.processed_tokens.reset();
                return end;
            }
            void dropConnection() override {}
        };
        EngineWorld world = lab.world();
        world.makeClient = [&](TargetKind, const std::string&, const std::string&, const Deadlines&) {
            return std::make_unique<Cutting>(lab.runtime);
        };
        const SweepResult result =
            Sweep({plan, lab.out(), std::nullopt, false, {}}, catalogue(), lab.pack, world, lab.control, lab.listener).run();
        const auto turns = turnsOf(lab.replay(result.folder), 1);
        QCOMPARE(turns.size(), std::size_t(2));
        QCOMPARE(turns[1].outcome, Outcome::Overflow);
        QVERIFY(!turns[1].all_pass && !turns[1].hit_max_tokens && !turns[1].decode_tps);
        const auto verified = verifySession(lab.files, result.folder, {});
        for (const Finding& finding : verified->findings)
            QVERIFY2(finding.severity == Severity::Info, finding.sentence().c_str());
    }
    void aContextTooSmallIsSaidBeforeTurnOneWithBothNumbers() {
        FakeLab lab;
        lab.runtime.context = 512;
        Plan plan = smallPlan();
        plan.cells = {{"A", {12}, {}, {}}};
        const SweepResult result = lab.run(plan);
        QVERIFY(result.error);
        QCOMPARE(result.error->kind, ErrorKind::Plan);
        QVERIFY(result.error->text().find("512") != std::string::npos);
        QVERIFY(result.error->text().find("t/A/n12") != std::string::npos);
        QCOMPARE(int(lab.runtime.requests.size()), 0);
    }
    void anUnreachableTargetLeavesNoFolder() {
        FakeLab lab;
        lab.runtime.reachable = false;
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(result.error);
        QCOMPARE(result.error->kind, ErrorKind::Unreachable);
        QVERIFY(result.folder.empty());
        QCOMPARE(lab.files.list(lab.out())->size(), std::size_t(0));
    }
    void aManagedServerThatDiesIsStartedAgain() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.targets[0].url.clear();
        plan.targets[0].managed = ManagedCommand{"llama-server", "m.gguf", {}};
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 2) return std::nullopt;
            lab.serverAlive = false;
            return ended(Outcome::Cut, "connection reset");
        };
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        QCOMPARE(lab.serverStarts, 2);
        QCOMPARE(lab.listener.count("warmup"), 2);
        QCOMPARE(result.turns_failed, 1);
        QCOMPARE(result.turns_ok, 12);
    }
    void aForeignTargetIsWaitedForUntilTheDeadline() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 2) return std::nullopt;
            lab.runtime.reachable = false;
            return ended(Outcome::Cut, "connection reset");
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(result.error);
        QCOMPARE(result.error->kind, ErrorKind::Unreachable);
        QVERIFY(lab.listener.count("session_end") == 1);
        lab.runtime.reachable = true;
        lab.runtime.misbehave = nullptr;
        const SweepResult resumed = lab.resume(result.folder, true);
        QVERIFY(!resumed.error);
        QCOMPARE(resumed.turns_ok, 14);
    }
    void cutRecordsTheTurnAsCancelledAndResumeMakesTheRunAgain() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int index) -> std::optional<ChatEnd> {
            if (index != 6) return std::nullopt;
            lab.control.cut = true;
            return ended(Outcome::Cancelled, "cancelled");
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(result.cancelled);
        QCOMPARE(lab.replay(result.folder).turns().back().outcome, Outcome::Cancelled);
        lab.control.cut = false;
        lab.runtime.misbehave = nullptr;
        const SweepResult resumed = lab.resume(result.folder);
        QVERIFY(!resumed.error);
        const RecordStore store = lab.replay(result.folder);
        for (const ScheduledRun& run : store.schedule()) {
            QVERIFY(store.lastAttempt(run.run) != nullptr);
            QCOMPARE(store.lastAttempt(run.run)->outcome.value(), RunOutcome::Complete);
        }
        int complete = 0;
        for (const RunView& run : store.runs()) complete += run.outcome == RunOutcome::Complete ? 1 : 0;
        QCOMPARE(complete, 4);
        QCOMPARE(store.lastAttempt(2)->run_attempt, 2);
    }
    void aTargetNotReachedBeforeTheFirstRunLeavesOnePlanLine() {
        FakeLab lab;
        lab.runtime.misbehave = [&](const ChatRequest&, int) -> std::optional<ChatEnd> {
            lab.control.cut = true; // in the warm-up: the plan is on record, no run is
            return ended(Outcome::Cancelled, "cancelled");
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(result.cancelled);
        lab.control.cut = false;
        lab.runtime.misbehave = nullptr;
        AmendRequest request;
        request.repeats = 3;
        const auto amended = amendSession(lab.files, lab.clock, catalogue(), result.folder, request);
        QVERIFY(amended.ok());
        QVERIFY(!amended->amendment->after_data);
        QVERIFY(!lab.resume(result.folder).error);
        QCOMPARE(lab.listener.count("plan"), 1);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.rulesHash(), rulesHash(smallPlan().analysis));
        QCOMPARE(store.schedule().size(), std::size_t(6));
        QCOMPARE(store.turns().size(), std::size_t(21));
    }
    void addedRepeatsAreMadeOnceAndNothingElseIs() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.repeats = 1;
        plan.order = Order::Blocked;
        plan.cooldown_ms = 1'000'000;
        plan.sampling.seed_policy = SeedPolicy::PerRun;
        plan.targets.push_back(plan.targets[0]);
        plan.targets[1].id = "u";
        // The second target is never reached: what was planned first and what was added are both open then.
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "run_end") lab.control.finish = (*line.body)["run"] == 2;
        };
        const SweepResult result = lab.run(plan);
        QVERIFY(result.cancelled);
        lab.listener.hook = nullptr;
        lab.control.finish = false;
        AmendRequest request;
        request.repeats = 4;
        QVERIFY(amendSession(lab.files, lab.clock, catalogue(), result.folder, request).ok());

        lab.runtime.requests.clear();
        lab.listener.progresses.clear();
        const SweepResult resumed = lab.resume(result.folder);
        QVERIFY2(!resumed.error, resumed.error ? resumed.error->text().c_str() : "");
        QCOMPARE(resumed.turns_ok, 3 * 7 + 4 * 7);
        const RecordStore store = lab.replay(result.folder);
        QVERIFY(store.warnings().empty());
        QCOMPARE(store.runs().size(), std::size_t(16));
        std::set<int> complete;
        for (const RunView& run : store.runs())
            QVERIFY(run.outcome == RunOutcome::Complete && run.run_attempt == 1 && complete.insert(run.run).second);
        QCOMPARE(*complete.rbegin(), 16);
        // Target by target, block after block, whatever the numbers: t's new ones, then all of u's.
        int target = 0, repeat = 0;
        for (const RunView& view : store.runs()) {
            const ScheduledRun& run = store.schedule()[std::size_t(view.run) - 1];
            QVERIFY(run.target > target || (run.target == target && run.repeat >= repeat));
            target = run.target;
            repeat = run.repeat;
            for (const std::size_t turn : view.turns) QCOMPARE(store.turns()[turn].seed, 42 + run.repeat - 1);
        }
        // What is left is counted over the extended schedule: while t's added runs are made, those of u that have lower
        // numbers are still to come. Cooling is by far the longest part of each.
        int looked = 0;
        for (const SweepProgress& progress : lab.listener.progresses) {
            if (progress.phase != SweepPhase::Running || !progress.seconds_left) continue;
            QCOMPARE(int(*progress.seconds_left / 1000), int(progress.runs_left) - 1);
            ++looked;
        }
        QVERIFY(looked > 49);
        QVERIFY(std::any_of(lab.listener.progresses.begin(), lab.listener.progresses.end(),
                            [](const SweepProgress& progress) { return progress.turns_left == 49; }));
    }
    void anAddedRunTooLongForTheContextIsRefusedBeforeTheFirstTurn() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.repeats = 1;
        // Not told at first: a context that is known to have changed is refused as such (tst_who_answers).
        lab.runtime.present = [](TargetFacts& facts) { facts.context_tokens.reset(); };
        const SweepResult result = lab.run(plan);
        QVERIFY(!result.error);
        AmendRequest request;
        request.repeats = 2;
        QVERIFY(amendSession(lab.files, lab.clock, catalogue(), result.folder, request).ok());
        lab.runtime.present = nullptr;
        lab.runtime.context = 256;
        lab.runtime.requests.clear();
        const SweepResult resumed = lab.resume(result.folder);
        QVERIFY(resumed.error && resumed.error->text().find("the context of t holds 256 tokens") != std::string::npos);
        QVERIFY(lab.runtime.requests.empty());
    }
    void pauseWaitsAfterTheTurnAndIsNotInTheGap() {
        FakeLab lab;
        Plan plan = smallPlan();
        plan.warmup_requests = 0;
        struct Pausing : FakeClock {
            FakeLab* lab = nullptr;
            int naps = 0;
            void sleepNs(std::int64_t ns) override {
                FakeClock::sleepNs(ns);
                if (++naps == 100) lab->control.pause = false;
            }
        } clock;
        clock.lab = &lab;
        EngineWorld base = lab.world();
        EngineWorld world{base.files, clock, base.makeClient, base.startServer, base.environment};
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "turn_done" && lab.listener.count("turn_done") == 1) lab.control.pause = true;
        };
        const SweepResult result =
            Sweep({plan, lab.out(), std::nullopt, false, {}}, catalogue(), lab.pack, world, lab.control, lab.listener).run();
        QVERIFY(!result.error);
        QCOMPARE(clock.naps, 100);
        bool said = false;
        for (const SweepProgress& p : lab.listener.progresses) said = said || p.phase == SweepPhase::Paused;
        QVERIFY(said);
        QCOMPARE(result.turns_ok, 14);
    }
    void skipGivesUpOneRunOnly() {
        FakeLab lab;
        lab.listener.hook = [&](const JournalLine& line) {
            if (line.type == "turn_done" && lab.listener.count("turn_done") == 1) lab.control.skip = true;
        };
        const SweepResult result = lab.run(smallPlan());
        QVERIFY(!result.error);
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(store.lastAttempt(1)->outcome.value(), RunOutcome::Cancelled);
        QCOMPARE(store.lastAttempt(2)->outcome.value(), RunOutcome::Complete);
    }
    void aMachineThatSleptMarksTheTurn() {
        FakeLab lab;
        lab.runtime.spoil = [&](const ChatRequest& request, std::string right) {
            if (request.messages.size() > 2) lab.clock.suspend(5'000'000'000);
            return right;
        };
        const SweepResult result = lab.run(smallPlan());
        const RecordStore store = lab.replay(result.folder);
        QCOMPARE(turnsOf(store, 1)[1].outcome, Outcome::Suspended);
    }
};

LOOPTAX_TEST(tst_sweep)
#include "tst_sweep.moc"
