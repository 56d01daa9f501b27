// The controller of the window, with the real engine on a real socket: every button at every moment, and what
// the feed shows of it.
#include "store/load_session.h"
#include "support/faulty_file_ops.h"
#include "support/loopback.h"
#include "support/test_registry.h"
#include "ui_window/window_lab.h"

#include <QSignalSpy>
#include <QTest>

using namespace looptax;

class tst_sweep_controller : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void runsAPlanToItsEnd();
    void pausesAfterTheTurnAndGoesOn();
    void aPauseAskedForBeforeTheFirstTurnHolds();
    void skipsOneRunOnly();
    void stopsAfterTheTurn();
    void cutsTheTurnInFlight();
    void aSecondStartWhileBusyDoesNothing();
    void anUnreachableTargetEndsWithWords();
    void anUnknownTaskEndsWithWords();
    void aLostTargetIsAskedAgainWhenAPersonSaysSo();
    void aFullDiskEndsTheSweepAndSaysSo();
    void resumesWhatWasCut();
    void retriesFailedRunsOnlyWhenAsked();
    void aLongSessionIsAppliedInShortEvents();
    void leavingInTheMiddleCutsTheSweep();
};

namespace {

struct Bench {
    explicit Bench(double turnMs = 0, FileOps* files = nullptr)
        : lab(slowServer(turnMs), files)
        , feed(lab.files())
        , activity(feed)
        , controller(lab.services, feed, activity)
        , ended(&controller, &SweepController::ended) {}

    int turns() const { return int(feed.store().turns().size()); }
    bool waitForTurns(int count) {
        return QTest::qWaitFor([&] { return turns() >= count; }, 20'000);
    }
    bool waitForState(SweepState state) {
        return QTest::qWaitFor([&] { return controller.state() == state; }, 20'000);
    }
    bool waitForEnd() { return !ended.isEmpty() || ended.wait(30'000); }
    std::optional<RunOutcome> outcomeOf(int run) const {
        const RunView* view = feed.store().lastAttempt(run);
        return view != nullptr ? view->outcome : std::nullopt;
    }

    WindowLab lab;
    SessionFeed feed;
    CurrentActivity activity;
    SweepController controller;
    QSignalSpy ended;
};

// The journal on disk, read by the other door, says the same as what came up live.
bool replayEqualsLive(Bench& bench) {
    const auto loaded = loadSession(bench.lab.files(), bench.feed.folder());
    return loaded && loaded->store.turns() == bench.feed.store().turns() && !loaded->store.turns().empty();
}

} // namespace

void tst_sweep_controller::runsAPlanToItsEnd() {
    Bench bench;
    QVERIFY(bench.lab.started);
    QSignalSpy states(&bench.controller, &SweepController::stateChanged);
    bench.controller.start(bench.lab.plan(), bench.lab.out());
    QVERIFY(bench.controller.busy());
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.controller.state(), SweepState::Idle);
    QVERIFY(bench.controller.result() && !bench.controller.result()->error);
    QCOMPARE(bench.turns(), 8);
    QCOMPARE(bench.controller.result()->turns_ok, 8);
    QCOMPARE(bench.ended.count(), 1);
    QVERIFY(states.count() >= 3); // Starting, Running, Idle
    QVERIFY(!bench.feed.live());
    QVERIFY(replayEqualsLive(bench));
}

void tst_sweep_controller::pausesAfterTheTurnAndGoesOn() {
    Bench bench(40);
    bench.controller.start(bench.lab.plan({{"A", {6}, {}, {}}}), bench.lab.out());
    QVERIFY(bench.waitForTurns(1));
    bench.controller.pause();
    QVERIFY(bench.controller.state() == SweepState::Pausing || bench.controller.state() == SweepState::Paused);
    QVERIFY(bench.waitForState(SweepState::Paused));
    const int held = bench.turns();
    QVERIFY(held < 6);
    const int chats = bench.lab.server.chatCount();
    QVERIFY(!bench.lab.server.waitForChats(chats + 1, 200)); // it really stands still
    bench.controller.proceed();
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.turns(), 6);
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Complete);
}

void tst_sweep_controller::aPauseAskedForBeforeTheFirstTurnHolds() {
    Bench bench(40);
    bench.controller.start(bench.lab.plan(), bench.lab.out());
    bench.controller.pause();
    QCOMPARE(bench.controller.state(), SweepState::Pausing);
    QVERIFY(bench.waitForState(SweepState::Paused));
    QCOMPARE(bench.turns(), 0);
    bench.controller.proceed();
    QVERIFY(bench.controller.state() != SweepState::Paused);
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.turns(), 8);
}

void tst_sweep_controller::skipsOneRunOnly() {
    Bench bench(40);
    bench.controller.start(bench.lab.plan({{"A", {6}, {}, {}}, {"C", {2}, {3}, {}}}), bench.lab.out());
    bench.controller.skipRun(); // nothing runs yet: there is nothing to skip
    QVERIFY(bench.waitForTurns(1));
    bench.controller.skipRun();
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Cancelled);
    QCOMPARE(bench.outcomeOf(2), RunOutcome::Complete);
    QVERIFY(bench.turns() < 8);
    QVERIFY(!bench.controller.result()->cancelled);
}

void tst_sweep_controller::stopsAfterTheTurn() {
    Bench bench(60);
    bench.controller.start(bench.lab.plan({{"A", {6}, {}, {}}}), bench.lab.out());
    QVERIFY(bench.waitForTurns(1));
    bench.controller.stop();
    QCOMPARE(bench.controller.state(), SweepState::Stopping);
    QVERIFY(bench.waitForEnd());
    QVERIFY(bench.turns() < 6);
    for (const TurnRecord& turn : bench.feed.store().turns())
        QCOMPARE(turn.outcome, Outcome::Ok); // the turn in flight was let go to its end
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Cancelled);
    QVERIFY(bench.controller.result()->cancelled);
    QVERIFY(bench.feed.store().ended());
    QCOMPARE(bench.feed.openRuns(), 1);
}

void tst_sweep_controller::cutsTheTurnInFlight() {
    Bench bench(5'000);
    Plan plan = bench.lab.plan();
    plan.warmup_requests = 0;
    bench.controller.start(plan, bench.lab.out());
    QVERIFY(bench.lab.server.waitForChats(1, 10'000));
    QTRY_VERIFY(bench.feed.running().has_value());
    QCOMPARE(bench.feed.running()->turn, 1);
    QCOMPARE(bench.feed.running()->design, "A");
    QTRY_VERIFY(bench.feed.running()->sent_ns > 0); // twice a second the stream is looked at
    bench.controller.cut();
    QVERIFY(bench.ended.wait(2'000));
    QCOMPARE(bench.turns(), 1);
    QCOMPARE(bench.feed.store().turns()[0].outcome, Outcome::Cancelled);
    QVERIFY(!bench.feed.running());
    QVERIFY(replayEqualsLive(bench));
}

void tst_sweep_controller::aSecondStartWhileBusyDoesNothing() {
    Bench bench(20);
    bench.controller.start(bench.lab.plan(), bench.lab.out());
    bench.controller.start(bench.lab.plan(), bench.lab.out());
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.ended.count(), 1);
    QCOMPARE(bench.lab.files().list(bench.lab.out())->size(), 1U);
}

void tst_sweep_controller::anUnreachableTargetEndsWithWords() {
    Bench bench;
    const RefusingPort nobody;
    Plan plan = bench.lab.plan();
    plan.targets[0].url = "http://127.0.0.1:" + std::to_string(nobody.port());
    bench.controller.start(plan, bench.lab.out());
    QVERIFY(bench.waitForEnd());
    const auto& error = bench.controller.result()->error;
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::Unreachable);
    QVERIFY2(error->text().find(std::to_string(nobody.port())) != std::string::npos, error->text().c_str());
    QVERIFY(bench.feed.folder().empty()); // no folder was made
    QCOMPARE(bench.controller.state(), SweepState::Idle);
}

void tst_sweep_controller::anUnknownTaskEndsWithWords() {
    Bench bench;
    Plan plan = bench.lab.plan();
    plan.task.pack = "gardening";
    bench.controller.start(plan, bench.lab.out());
    QVERIFY(bench.waitForEnd());
    QVERIFY(bench.controller.result()->error->text().find("gardening") != std::string::npos);
    QCOMPARE(bench.ended.count(), 1);
}

void tst_sweep_controller::aLostTargetIsAskedAgainWhenAPersonSaysSo() {
    Bench bench(60);
    bench.controller.start(bench.lab.plan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}}), bench.lab.out());
    QVERIFY(bench.waitForTurns(1));
    bench.lab.server.stop();
    QVERIFY(bench.waitForState(SweepState::Lost));
    QVERIFY(bench.controller.progress()->text.find("does not answer") != std::string::npos);
    QVERIFY(bench.lab.server.start().ok());
    bench.controller.askAgain();
    QVERIFY(bench.waitForState(SweepState::Running) || !bench.controller.busy());
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Failed);
    QCOMPARE(bench.outcomeOf(2), RunOutcome::Complete);
    QCOMPARE(bench.feed.failedRuns(), 1);
}

void tst_sweep_controller::aFullDiskEndsTheSweepAndSaysSo() {
    FaultyFileOps files;
    Bench bench(60, &files);
    bench.controller.start(bench.lab.plan({{"A", {6}, {}, {}}}), bench.lab.out());
    QVERIFY(bench.waitForTurns(2));
    files.failCall(1, ENOSPC, true);
    QVERIFY(bench.waitForEnd());
    const auto& error = bench.controller.result()->error;
    QVERIFY(error);
    QCOMPARE(error->kind, ErrorKind::Storage);
    files.failCall(0);
    QVERIFY(replayEqualsLive(bench)); // what was on the disk is what was shown
}

void tst_sweep_controller::resumesWhatWasCut() {
    Bench bench(60);
    bench.controller.start(bench.lab.plan(), bench.lab.out());
    QVERIFY(bench.waitForTurns(2));
    bench.controller.cut();
    QVERIFY(bench.waitForEnd());
    const std::string folder = bench.feed.folder();
    QVERIFY(bench.feed.open(folder));
    QVERIFY(bench.feed.openRuns() > 0);
    bench.ended.clear();
    bench.controller.resume(folder);
    QVERIFY(bench.waitForEnd());
    QVERIFY(bench.controller.result() && !bench.controller.result()->error);
    QCOMPARE(bench.feed.openRuns(), 0);
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Complete);
    QCOMPARE(bench.outcomeOf(2), RunOutcome::Complete);
    QVERIFY(replayEqualsLive(bench));
}

void tst_sweep_controller::retriesFailedRunsOnlyWhenAsked() {
    Bench bench;
    SimScript broken;
    broken.steps.push_back({.bytes = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"});
    Plan plan = bench.lab.plan({{"A", {2}, {}, {}}});
    plan.warmup_requests = 0;
    bench.lab.server.queueChat(broken);
    bench.controller.start(plan, bench.lab.out());
    QVERIFY(bench.waitForEnd());
    const std::string folder = bench.feed.folder();
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Failed);
    QCOMPARE(bench.feed.openRuns(), 0);
    bench.ended.clear();
    bench.controller.resume(folder);
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Failed);
    bench.ended.clear();
    bench.controller.resume(folder, true);
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.outcomeOf(1), RunOutcome::Complete);
}

void tst_sweep_controller::aLongSessionIsAppliedInShortEvents() {
    // Resuming sends every line of the session up at once.
    Bench bench;
    Plan plan = bench.lab.plan({{"A", {12}, {}, {}}}, 40);
    plan.warmup_requests = 0;
    bench.controller.start(plan, bench.lab.out());
    QVERIFY(bench.ended.wait(60'000));
    QCOMPARE(bench.turns(), 480);
    int batches = 0;
    connect(&bench.feed, &SessionFeed::turnsAppended, this, [&] { ++batches; });
    bench.ended.clear();
    bench.controller.resume(bench.feed.folder());
    QVERIFY(bench.waitForEnd());
    QCOMPARE(bench.turns(), 480);
    QVERIFY2(batches > 3, qPrintable(QString::number(batches)));
    QCOMPARE(bench.ended.count(), 1);
}

void tst_sweep_controller::leavingInTheMiddleCutsTheSweep() {
    WindowLab lab(slowServer(5'000));
    SessionFeed feed(lab.files());
    std::string folder;
    {
        CurrentActivity activity(feed);
        SweepController controller(lab.services, feed, activity);
        Plan plan = lab.plan();
        plan.warmup_requests = 0;
        controller.start(plan, lab.out());
        QVERIFY(lab.server.waitForChats(1, 10'000));
        QTRY_VERIFY(!feed.folder().empty());
        folder = feed.folder();
    }
    const auto loaded = loadSession(lab.files(), folder);
    QVERIFY(loaded);
    QCOMPARE(loaded->store.turns().size(), 1U);
    QCOMPARE(loaded->store.turns()[0].outcome, Outcome::Cancelled);
    QVERIFY(loaded->store.ended());
}

LOOPTAX_TEST(tst_sweep_controller)
#include "tst_sweep_controller.moc"
