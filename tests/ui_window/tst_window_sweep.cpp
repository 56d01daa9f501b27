// A sweep as a person drives it: by clicks in the whole window, on a scripted server with a real socket.
#include "app/session_analysis.h"
#include "hand.h"
#include "store/load_session.h"
#include "support/faulty_file_ops.h"
#include "support/test_registry.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/turns/turn_table.h"
#include "ui/verdicts/verdict_board.h"
#include "ui/verdicts/verdict_table_model.h"
#include "ui/verdicts/verdict_words.h"
#include "ui/window/close_question.h"
#include "ui/window/control_bar.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "ui/window/work_area.h"
#include "window_lab.h"

#include <QDir>
#include <QFileDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QSet>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include <atomic>

using namespace looptax;

class tst_window_sweep : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void sixClicksFromLaunchToExport();
    void verdictsWaitForTheEndOfTheSweep();
    void moreRepeatsAreAddedAndMade();
    void oneRunBecomesEightByOneButton();
    void amendingThatFailsIsSaid();
    void aPlanSetUpByClicks();
    void pauseGoOnSkipAndStop();
    void stopNow();
    void keysDoWhatButtonsDo();
    void thePlanIsLockedWhileItRuns();
    void aWrongFieldBlocksStartWithWords();
    void nothingAnswersAtTheStart();
    void theTargetIsLostAndComesBack();
    void theTargetIsLostAndTheSweepStopped();
    void theDiskIsFull();
    void aSweepThatCouldNotWriteItsEndAnnouncesNothing();
    void theFolderMayNotBeWritten();
    void closingFinishesTheTurn();
    void closingStopsNow();
    void closingKeepsRunning();
    void aSignalEndsItWithinTwoSeconds();
    void closingAnIdleWindowAsksNothing();
    void theBarSaysWhatRuns();
};

namespace {

struct Desk {
    explicit Desk(double turnMs = 0, FileOps* files = nullptr)
        : lab(slowServer(turnMs), files)
        , window(lab.services)
        , hand(window) {
        window.resize(1280, 800);
        window.show();
    }
    // The plan the test wants instead of the one the probe would lead to.
    void plan(const Plan& plan) { window.plan().setPlan(plan); }
    bool waitForTurns(int count) {
        return QTest::qWaitFor([&] { return turns() >= count; }, 20'000);
    }
    int turns() { return int(window.feed().store().turns().size()); }
    bool waitForState(SweepState state) {
        return QTest::qWaitFor([&] { return window.sweep().controller().state() == state; }, 20'000);
    }
    bool waitForEnd() {
        return QTest::qWaitFor([&] { return !window.sweep().busy(); }, 30'000);
    }
    std::optional<RunOutcome> outcomeOf(int run) {
        const RunView* view = window.feed().store().lastAttempt(run);
        return view != nullptr ? view->outcome : std::nullopt;
    }
    Result<LoadedSession> onDisk() { return loadSession(lab.files(), window.feed().folder()); }

    WindowLab lab;
    MainWindow window;
    Hand hand;
};

const QString kStart = QStringLiteral("Start");
const QString kPause = QStringLiteral("Pause");
const QString kGoOn = QStringLiteral("Go on");
const QString kSkip = QStringLiteral("Skip this run");
const QString kStop = QStringLiteral("Stop");

} // namespace

void tst_window_sweep::initTestCase() { applyAppearance(QStringLiteral("light")); }

void tst_window_sweep::sixClicksFromLaunchToExport() {
    Desk desk;
    QVERIFY(desk.lab.started);
    // Asked when the sweep begins: a calibration made since the window opened counts.
    desk.lab.services.instrument = [] { return std::string("{\"machine\": \"desk\", \"window\": true}"); };
    QVERIFY(desk.hand.click(kStart)); // the probe found the server, the quick preset is chosen
    QVERIFY(desk.waitForState(SweepState::Starting) || desk.turns() > 0);
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.turns(), 12);
    const Json& opening = *desk.window.feed().store().sessionLines().front();
    QCOMPARE(opening["instrument"]["machine"].get<std::string>(), std::string("desk"));
    QVERIFY2(desk.window.trouble().text().isEmpty(), qPrintable(desk.window.trouble().text()));
    QVERIFY(desk.window.sessionLine().text().contains(QLatin1String("12 of 12 turns passed every check")));
    QVERIFY(desk.hand.click(SessionLine::exportAllText()));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.exports().busy(); }, 30'000));
    const QDir folder(QString::fromStdString(desk.window.feed().folder()));
    for (const char* name : {"turns.csv", "summary.json", "report.md", "report.html", "charts/ttft_by_turn.svg",
                             "charts/context_by_turn.png", "charts/cached_processed_by_turn.pdf"})
        QVERIFY2(folder.exists(QLatin1String(name)), name);
    QVERIFY2(desk.hand.clicks <= 6, qPrintable(QString::number(desk.hand.clicks)));
}

void tst_window_sweep::verdictsWaitForTheEndOfTheSweep() {
    Desk desk(60);
    desk.plan(desk.lab.plan({{"A", {3}, {}, {}}}, 2));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    desk.window.pages().showVerdicts();
    VerdictBoard& board = desk.window.verdicts();
    QVERIFY2(board.headline().contains(QLatin1String("of 2 runs are made")), qPrintable(board.headline()));
    const auto kinds = [&board] {
        QSet<QString> out;
        for (int row = 0; row < board.view().model()->rowCount(); ++row)
            out << board.view().model()->index(row, int(VerdictColumn::Verdict)).data().toString();
        return out;
    };
    QCOMPARE(kinds(), QSet<QString>{QStringLiteral("… Still collecting")});
    QVERIFY(desk.waitForEnd());
    QVERIFY2(!board.headline().contains(QLatin1String("Still collecting")), qPrintable(board.headline()));
    QVERIFY(kinds().contains(QStringLiteral("✓ Supported")));
    QVERIFY(desk.window.sessionLine().text().contains(QLatin1String("verdicts: T3 supported")));
}

void tst_window_sweep::moreRepeatsAreAddedAndMade() {
    Desk desk;
    desk.lab.verdicts.headline = "one run: no interval, no verdict";
    desk.lab.verdicts.add_repeats = 7;
    std::string amended;
    std::atomic<int> more{0}; // set last, in the background
    desk.lab.services.addRepeats = [&](const std::string& folder, int repeats) {
        amended = folder;
        more = repeats;
        return Status();
    };
    desk.plan(desk.lab.plan({{"A", {2}, {}, {}}}));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(2));
    QVERIFY(desk.waitForEnd());
    const std::string folder = desk.window.feed().folder();
    QVERIFY(desk.hand.click(addRepeatsText(7)));
    QVERIFY(QTest::qWaitFor([&] { return more > 0; }, 10'000));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(amended, folder);
    QCOMPARE(more.load(), 7);
    // It went on with the same session: a resume leaves a second session line.
    const auto session = desk.onDisk();
    QVERIFY(session);
    QCOMPARE(session->store.sessionLines().size(), 2U);
}

// With the verdicts and the amendments of the program itself: nothing by hand.
void tst_window_sweep::oneRunBecomesEightByOneButton() {
    WindowLab lab;
    lab.services.analyse = [&lab](const RecordStore& records, bool collecting) {
        return analysisOf(lab.files(), records, collecting);
    };
    lab.services.addRepeats = [&lab](const std::string& folder, int more) {
        return addRepeats(lab.files(), lab.clock, folder, more);
    };
    MainWindow window(lab.services);
    Hand hand(window);
    window.resize(1280, 800);
    window.show();
    Plan plan = lab.plan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}});
    plan.sampling.seed_policy = SeedPolicy::PerRun;
    window.plan().setPlan(plan);
    const auto ended = [&] { return !window.sweep().busy(); };
    const auto turns = [&] { return int(window.feed().store().turns().size()); };
    QVERIFY(hand.click(kStart));
    QVERIFY(QTest::qWaitFor([&] { return turns() == 6 && ended(); }, 30'000));
    VerdictBoard& board = window.verdicts();
    for (const QString& said : {window.sessionLine().text(), board.headline()})
        QVERIFY2(said.contains(QLatin1String("ne run: no interval, no verdict")), qPrintable(said));
    QVERIFY(hand.click(addRepeatsText(7)));
    QVERIFY(QTest::qWaitFor([&] { return turns() == 48 && ended(); }, 60'000));
    QVERIFY2(window.trouble().text().isEmpty(), qPrintable(window.trouble().text()));
    QVERIFY(hand.button(addRepeatsText(7)) == nullptr);
    QVERIFY2(!board.headline().contains(QLatin1String("no verdict")), qPrintable(board.headline()));
    QVERIFY(board.view().model()->rowCount() >= 10);
    for (int row = 0; row < board.view().model()->rowCount(); ++row) {
        const auto cell = [&](VerdictColumn column) { return board.view().model()->index(row, int(column)).data().toString(); };
        QVERIFY2(cell(VerdictColumn::Remarks).startsWith(QLatin1String("changed after data")),
                 qPrintable(cell(VerdictColumn::Id)));
        QVERIFY(!cell(VerdictColumn::Verdict).contains(QLatin1String("collecting")));
    }
}

void tst_window_sweep::amendingThatFailsIsSaid() {
    Desk desk;
    desk.lab.verdicts.add_repeats = 7;
    desk.lab.services.addRepeats = [](const std::string&, int) -> Status {
        return Error{ErrorKind::Storage, "another process writes this session", {}, "wait for it to end", 0};
    };
    desk.plan(desk.lab.plan({{"A", {2}, {}, {}}}));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(2));
    QVERIFY(desk.waitForEnd());
    QVERIFY(desk.hand.click(addRepeatsText(7)));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.trouble().text().isEmpty(); }, 10'000));
    QVERIFY2(desk.window.trouble().text().contains(QLatin1String("nother process writes this session")),
             qPrintable(desk.window.trouble().text()));
    QVERIFY(!desk.window.sweep().busy());
}

void tst_window_sweep::aPlanSetUpByClicks() {
    Desk desk;
    QVERIFY(QTest::qWaitFor([&] { return desk.window.plan().runnable(); }, 10'000));
    QVERIFY(desk.hand.click(QStringLiteral("Study")));
    QCOMPARE(desk.window.plan().plan().cells.size(), 4U);
    QVERIFY(desk.hand.click(QStringLiteral("Quick")));
    QVERIFY(desk.hand.click(QStringLiteral("C capped state"))); // off: A alone is left
    const Plan plan = desk.window.plan().plan();
    QCOMPARE(plan.cells.size(), 1U);
    QCOMPARE(plan.cells[0].design, "A");
    QCOMPARE(plan.targets.size(), 1U);
    QCOMPARE(plan.targets[0].url, desk.lab.server.url());
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.turns(), 6);
    QVERIFY(desk.window.feed().store().plan()->cells == plan.cells);
}

void tst_window_sweep::pauseGoOnSkipAndStop() {
    Desk desk(60);
    desk.plan(desk.lab.plan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}, {"B", {6}, {}, {}}}));
    QVERIFY(!desk.hand.enabled(kPause) && !desk.hand.enabled(kSkip) && !desk.hand.enabled(kStop));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    QVERIFY(!desk.hand.enabled(kStart));
    QVERIFY(desk.hand.click(kPause));
    QVERIFY(desk.waitForState(SweepState::Paused));
    const int held = desk.turns();
    QVERIFY(held < 6);
    QVERIFY(desk.hand.click(kGoOn));
    QVERIFY(desk.waitForTurns(held + 1));
    QVERIFY(desk.hand.click(kSkip));
    QVERIFY(QTest::qWaitFor([&] { return desk.outcomeOf(1).has_value(); }, 10'000));
    QCOMPARE(desk.outcomeOf(1), RunOutcome::Cancelled);
    QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().running() && desk.window.feed().running()->run == 2; }, 10'000));
    QVERIFY(desk.hand.click(kStop));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.outcomeOf(2), RunOutcome::Cancelled);
    QVERIFY(!desk.outcomeOf(3));
    for (const TurnRecord& turn : desk.window.feed().store().turns()) QCOMPARE(turn.outcome, Outcome::Ok); // nothing was cut
    QVERIFY(desk.hand.enabled(kStart));
    // What is open of it is offered.
    QVERIFY(desk.hand.enabled(SessionLine::resumeText()));
}

void tst_window_sweep::stopNow() {
    Desk desk(8'000);
    Plan plan = desk.lab.plan();
    plan.warmup_requests = 0;
    desk.plan(plan);
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().running().has_value(); }, 10'000));
    QVERIFY(desk.hand.menu({QStringLiteral("Sweep"), QStringLiteral("Stop now")}));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.sweep().busy(); }, 2'000));
    QCOMPARE(desk.turns(), 1);
    QCOMPARE(desk.window.feed().store().turns()[0].outcome, Outcome::Cancelled);
}

void tst_window_sweep::keysDoWhatButtonsDo() {
    Desk desk(60);
    QVERIFY(QTest::qWaitForWindowActive(&desk.window));
    desk.plan(desk.lab.plan({{"A", {6}, {}, {}}, {"C", {3}, {3}, {}}}));
    QTest::keyClick(&desk.window, Qt::Key_F5);
    QVERIFY(desk.waitForTurns(1));
    QTest::keyClick(&desk.window, Qt::Key_F6);
    QVERIFY(desk.waitForState(SweepState::Paused));
    QTest::keyClick(&desk.window, Qt::Key_F6);
    QTest::keyClick(&desk.window, Qt::Key_F7);
    QVERIFY(QTest::qWaitFor([&] { return desk.outcomeOf(1).has_value(); }, 10'000));
    QTest::keyClick(&desk.window, Qt::Key_F8);
    QVERIFY(desk.waitForEnd());
    QVERIFY(desk.window.sweep().controller().result()->cancelled);
}

void tst_window_sweep::thePlanIsLockedWhileItRuns() {
    Desk desk(40);
    desk.plan(desk.lab.plan());
    QVERIFY(desk.window.plan().isEditable());
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    QVERIFY(!desk.window.plan().isEditable());
    QVERIFY(desk.waitForEnd());
    QVERIFY(desk.window.plan().isEditable());
}

void tst_window_sweep::aWrongFieldBlocksStartWithWords() {
    Desk desk;
    Plan plan = desk.lab.plan();
    desk.plan(plan);
    QVERIFY(desk.hand.enabled(kStart));
    plan.cells[0].turns = {0};
    desk.plan(plan);
    QVERIFY(!desk.hand.enabled(kStart));
    QVERIFY(!desk.window.plan().blocked().isEmpty());
    QCOMPARE(desk.window.bar().view().cannot_start, desk.window.plan().blocked());
    QTest::keyClick(&desk.window, Qt::Key_F5);
    QVERIFY(!desk.window.sweep().busy());
    desk.plan(desk.lab.plan());
    QVERIFY(desk.hand.enabled(kStart));
}

void tst_window_sweep::nothingAnswersAtTheStart() {
    Desk desk;
    QVERIFY(QTest::qWaitFor([&] { return desk.window.plan().runnable(); }, 10'000));
    desk.lab.server.stop();
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForEnd());
    const QString said = desk.window.trouble().text();
    QVERIFY2(said.contains(QString::number(desk.lab.server.port())), qPrintable(said));
    QVERIFY(desk.hand.enabled(kStart)); // it may be tried again
    QVERIFY(desk.lab.server.start().ok());
    QVERIFY(desk.hand.click(words(Mend::LookAgain)));
    QVERIFY(desk.window.trouble().text().isEmpty());
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.turns(), 12);
}

void tst_window_sweep::theTargetIsLostAndComesBack() {
    Desk desk(60);
    desk.plan(desk.lab.plan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}}));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    desk.lab.server.stop();
    QVERIFY(desk.waitForState(SweepState::Lost));
    QVERIFY2(desk.window.trouble().text().contains(QLatin1String("does not answer")), qPrintable(desk.window.trouble().text()));
    QVERIFY(!desk.hand.enabled(kPause));
    QVERIFY(desk.lab.server.start().ok());
    QVERIFY(desk.hand.click(words(Mend::AskAgain)));
    QVERIFY(QTest::qWaitFor([&] { return desk.window.trouble().text().isEmpty(); }, 10'000));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.outcomeOf(2), RunOutcome::Complete);
    QVERIFY(desk.hand.enabled(SessionLine::retryText())); // the run that failed on the way
    QVERIFY(desk.hand.click(SessionLine::retryText()));
    QVERIFY(QTest::qWaitFor([&] { return desk.outcomeOf(1) == RunOutcome::Complete; }, 20'000));
    QVERIFY(desk.waitForEnd());
}

void tst_window_sweep::theTargetIsLostAndTheSweepStopped() {
    Desk desk(60);
    // The last run is long: on a busy machine the first may be over before the server has gone.
    desk.plan(desk.lab.plan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}, {"B", {12}, {}, {}}}));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(1));
    desk.lab.server.stop();
    QVERIFY(desk.waitForState(SweepState::Lost));
    auto* stop = desk.window.trouble().button(words(Mend::Stop));
    QVERIFY(stop != nullptr);
    desk.hand.press(*stop);
    QVERIFY(desk.waitForEnd());
    QVERIFY(desk.window.trouble().text().isEmpty()); // it was wanted
    QVERIFY(desk.hand.enabled(SessionLine::resumeText()));
}

void tst_window_sweep::theDiskIsFull() {
    FaultyFileOps files;
    Desk desk(60, &files);
    desk.plan(desk.lab.plan({{"A", {6}, {}, {}}}));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(2));
    files.failCall(1, ENOSPC, true);
    QVERIFY(desk.waitForEnd());
    files.failCall(0);
    QVERIFY2(desk.window.trouble().text().contains(QLatin1String("measured before is safe")),
             qPrintable(desk.window.trouble().text()));
    const std::string folder = desk.window.feed().folder();
    QVERIFY(desk.hand.click(words(Mend::ChooseFolder)));
    auto* dialog = desk.hand.dialog<QFileDialog>();
    QVERIFY(dialog != nullptr);
    const QString other = QString::fromStdString(desk.lab.folder.file("other disk"));
    QVERIFY(QDir().mkpath(other));
    dialog->setDirectory(other);
    dialog->findChild<QLineEdit*>()->setText(other);
    QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
    QTRY_COMPARE(desk.window.sweep().out(), other.toStdString());
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().folder() != folder; }, 10'000));
    QVERIFY(desk.waitForEnd());
    QCOMPARE(desk.turns(), 6);
    QVERIFY(QString::fromStdString(desk.window.feed().folder()).startsWith(other));
}

// A disk that fails once: what is there can be read, and no report announces a verdict of it.
void tst_window_sweep::aSweepThatCouldNotWriteItsEndAnnouncesNothing() {
    FaultyFileOps files;
    Desk desk(60, &files);
    desk.plan(desk.lab.plan({{"A", {6}, {}, {}}}, 2));
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForTurns(2));
    files.failCall(1, ENOSPC);
    QVERIFY(desk.waitForEnd());
    QVERIFY(files.fired() && !desk.onDisk()->store.ended());
    QVERIFY2(desk.window.verdicts().headline().startsWith(QLatin1String("Still collecting: 0 of 2 runs")),
             qPrintable(desk.window.verdicts().headline()));
}

void tst_window_sweep::theFolderMayNotBeWritten() {
    Desk desk;
    spit(desk.lab.folder.file("sessions"), "a file is in the way");
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.waitForEnd());
    QVERIFY(!desk.window.trouble().text().isEmpty());
    QVERIFY(desk.hand.enabled(words(Mend::ChooseFolder)));
    QVERIFY(desk.window.feed().folder().empty());
}

namespace {

// A sweep with a turn in flight, and the question that closing asks.
struct Closing : Desk {
    explicit Closing(double turnMs) : Desk(turnMs) {
        Plan wanted = lab.plan({{"A", {6}, {}, {}}});
        wanted.warmup_requests = 0;
        plan(wanted);
        hand.click(kStart);
        ready = QTest::qWaitFor([&] { return window.feed().running().has_value(); }, 10'000);
        window.close();
        question = hand.dialog<CloseQuestion>();
    }
    bool ready = false;
    CloseQuestion* question = nullptr;
};

} // namespace

void tst_window_sweep::closingFinishesTheTurn() {
    Closing desk(300);
    QVERIFY(desk.ready && desk.question != nullptr && desk.window.isVisible());
    desk.hand.press(*Hand::find(*desk.question, QStringLiteral("Finish this turn and close")));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.isVisible(); }, 10'000));
    const auto session = desk.onDisk();
    QVERIFY(session && session->store.ended());
    QVERIFY(!session->store.turns().empty());
    for (const TurnRecord& turn : session->store.turns()) QCOMPARE(turn.outcome, Outcome::Ok);
}

void tst_window_sweep::closingStopsNow() {
    Closing desk(8'000);
    QVERIFY(desk.ready && desk.question != nullptr);
    desk.hand.press(*Hand::find(*desk.question, QStringLiteral("Stop now and close")));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.isVisible(); }, 2'000));
    const auto session = desk.onDisk();
    QVERIFY(session && session->store.ended());
    QCOMPARE(session->store.turns().size(), 1U);
    QCOMPARE(session->store.turns()[0].outcome, Outcome::Cancelled);
}

void tst_window_sweep::closingKeepsRunning() {
    Closing desk(60);
    QVERIFY(desk.ready && desk.question != nullptr);
    QTest::keyClick(desk.question, Qt::Key_Escape);
    QVERIFY(QTest::qWaitFor([&] { return desk.turns() == 6; }, 20'000));
    QVERIFY(desk.waitForEnd());
    QVERIFY(desk.window.isVisible());
    QCOMPARE(desk.outcomeOf(1), RunOutcome::Complete);
    desk.window.close();
    QVERIFY(!desk.window.isVisible());
}

void tst_window_sweep::aSignalEndsItWithinTwoSeconds() {
    Desk desk(8'000);
    desk.plan(desk.lab.plan());
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(desk.lab.server.waitForChats(1, 10'000));
    QSignalSpy closed(&desk.window, &MainWindow::closed);
    desk.window.endNow();
    QVERIFY(!closed.isEmpty() || closed.wait(2'000));
    const auto session = desk.onDisk();
    QVERIFY(session && session->store.ended());
}

void tst_window_sweep::closingAnIdleWindowAsksNothing() {
    Desk desk;
    desk.window.close();
    QVERIFY(!desk.window.isVisible());
    QVERIFY(desk.window.findChild<CloseQuestion*>() == nullptr);
}

void tst_window_sweep::theBarSaysWhatRuns() {
    Desk desk(400);
    Plan plan = desk.lab.plan({{"A", {3}, {}, {}}});
    desk.plan(plan);
    QVERIFY(desk.hand.click(kStart));
    QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().running() && desk.window.feed().running()->turn == 2; }, 10'000));
    const SweepView view = desk.window.bar().view();
    QCOMPARE(phaseWords(view), QStringLiteral("A, turn 2 of 3, repeat 1"));
    QVERIFY2(progressWords(view).startsWith(QLatin1String("1 of 3 turns, ")), qPrintable(progressWords(view)));
    QCOMPARE(view.folder, desk.window.feed().folder());
    QVERIFY(desk.window.windowTitle().contains(QLatin1String("running")));
    QVERIFY(desk.waitForEnd());
    QVERIFY(!desk.window.windowTitle().contains(QLatin1String("running")));
}

LOOPTAX_TEST(tst_window_sweep)
#include "tst_window_sweep.moc"
