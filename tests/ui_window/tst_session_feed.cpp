// The feed of the window: what reading a folder finds and says, live and replay by one door, and the three
// sentences at the end.
#include "report/session_story.h"
#include "support/hand_made_analysis.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/model/session_feed.h"
#include "ui/model/session_reader.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>

#include <unistd.h>

using namespace looptax;

class tst_session_feed : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSessionIsReadOnAThreadOfItsOwn();
    void theLastFolderAskedForIsTheOneShown();
    void whatIsWrongWithAFolderIsSaid_data();
    void whatIsWrongWithAFolderIsSaid();
    void aFolderThatIsNoSessionChangesNothing();
    void aLivingWriterIsNamed();
    void aDeadWritersLockIsNobodys();
    void liveLinesAndAReadFolderGiveTheSameStore();
    void aRunEndTouchesTheRowsOfItsRun();
    void openAndFailedRunsAreCounted();
    void theVerdictsAreWorkedOutWhereTheFolderIsRead();
    void theStoryOfASession_data();
    void theStoryOfASession();
};

namespace {

SessionBuilder quick(int repeats = 2) {
    SessionBuilder builder(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, repeats));
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [&](TurnRecord& r) {
            if (r.design == "C") SessionBuilder::setTtft(r, 90.0 + r.turn);
        });
    return builder;
}

std::vector<JournalLine> linesOf(const SessionBuilder& builder) {
    std::vector<JournalLine> out;
    LinePlace place;
    for (const std::string& text : builder.lines()) {
        ParsedLine parsed = parseLine(std::string_view(text).substr(0, text.size() - 1));
        place.length = std::int64_t(text.size());
        parsed.line->place = place;
        place.offset += place.length;
        out.push_back(*parsed.line);
    }
    return out;
}

} // namespace

void tst_session_feed::aSessionIsReadOnAThreadOfItsOwn() {
    TempFolder folder;
    quick().writeTo(folder.path());
    SystemFileOps files;
    SessionFeed feed(files);
    SessionReader reader(files);
    QSignalSpy done(&reader, &SessionReader::readDone);
    QSignalSpy reset(&feed, &SessionFeed::sessionReset);
    connect(&reader, &SessionReader::readDone, &feed,
            [&](const std::shared_ptr<ReadSession>& session) { feed.show(std::move(*session)); });
    reader.read(folder.path());
    QVERIFY(reader.busy() && feed.store().turns().empty()); // the window goes on meanwhile
    QVERIFY(done.wait());
    QCOMPARE(feed.store().turns().size(), 24U);
    QCOMPARE(feed.folder(), folder.path());
    QVERIFY(!feed.live());
    QCOMPARE(reset.count(), 1);
    QVERIFY(feed.findings().empty());
}

void tst_session_feed::theLastFolderAskedForIsTheOneShown() {
    TempFolder one, two;
    quick(1).writeTo(one.path());
    quick(2).writeTo(two.path());
    SystemFileOps files;
    SessionReader reader(files);
    std::vector<std::string> shown;
    connect(&reader, &SessionReader::readDone, this,
            [&](const std::shared_ptr<ReadSession>& session) { shown.push_back(session->folder); });
    reader.read(one.path());
    reader.read(two.path());
    QTRY_VERIFY(!shown.empty() && !reader.busy());
    QCOMPARE(shown, std::vector<std::string>{two.path()});
}

void tst_session_feed::whatIsWrongWithAFolderIsSaid_data() {
    QTest::addColumn<QString>("damage");
    QTest::addColumn<QString>("said");
    QTest::addColumn<int>("turns");
    QTest::newRow("a power cut in the last line") << "torn"
                                                  << "are half a line" << 23;
    QTest::newRow("a flipped bit in the middle") << "flip"
                                                 << "journal.jsonl line 7 is damaged" << 23;
    QTest::newRow("a newer version") << "newer"
                                     << "written by a newer version" << 24;
    QTest::newRow("killed before its first line") << "empty"
                                                  << "the journal is empty" << 0;
    QTest::newRow("killed before its plan") << "no plan"
                                            << "before its plan" << 0;
}

void tst_session_feed::whatIsWrongWithAFolderIsSaid() {
    QFETCH(QString, damage);
    QFETCH(QString, said);
    QFETCH(int, turns);
    const SessionBuilder builder = quick();
    TempFolder folder;
    builder.writeTo(folder.path());
    const SessionPaths paths(folder.path());
    std::string journal = builder.journal();
    if (damage == QLatin1String("torn")) {
        // The end of the last turn and its run_end: cut in the middle of turn_done.
        journal = journal.substr(0, journal.rfind("\"type\":\"turn_done\"") + 40);
    } else if (damage == QLatin1String("flip")) {
        std::size_t at = 0;
        for (int line = 1; line < 7; ++line) at = journal.find('\n', at) + 1;
        journal[at + 60] = char(journal[at + 60] ^ 1);
    } else if (damage == QLatin1String("newer")) {
        Json body{{"v", 9}, {"seq", builder.lines().size() + 1}, {"type", "hologram"}};
        journal += sealLine(body);
    } else if (damage == QLatin1String("empty")) {
        journal.clear();
    } else {
        journal = builder.lines()[0];
    }
    spit(paths.journal(), journal);
    SystemFileOps files;
    SessionFeed feed(files);
    const Status opened = feed.open(folder.path());
    QVERIFY2(opened.ok(), opened.ok() ? "" : opened.error().text().c_str());
    QVERIFY(!feed.findings().empty());
    QVERIFY2(feed.findings()[0].find(said.toStdString()) != std::string::npos, feed.findings()[0].c_str());
    QCOMPARE(int(feed.store().turns().size()), turns);
    QCOMPARE(slurp(paths.journal()), journal); // reading repairs nothing
}

void tst_session_feed::aFolderThatIsNoSessionChangesNothing() {
    TempFolder folder, empty;
    quick().writeTo(folder.path());
    SystemFileOps files;
    SessionFeed feed(files);
    QVERIFY(feed.open(folder.path()));
    QSignalSpy reset(&feed, &SessionFeed::sessionReset);
    const Status opened = feed.open(empty.path());
    QVERIFY(!opened);
    QVERIFY(opened.error().text().find("journal.jsonl") != std::string::npos);
    QCOMPARE(reset.count(), 0);
    QCOMPARE(feed.folder(), folder.path());
}

void tst_session_feed::aLivingWriterIsNamed() {
    TempFolder folder;
    quick().writeTo(folder.path());
    SystemFileOps files;
    const auto lock = SessionLock::take(files, SessionPaths(folder.path()));
    QVERIFY(lock);
    const std::string before = slurp(SessionPaths(folder.path()).lock());
    SessionFeed feed(files);
    QVERIFY(feed.open(folder.path()));
    QVERIFY2(feed.inUseBy().find("process " + std::to_string(::getpid())) == 0, feed.inUseBy().c_str());
    QVERIFY(feed.findings()[0].find("in use by process") == 0);
    QCOMPARE(slurp(SessionPaths(folder.path()).lock()), before);
}

void tst_session_feed::aDeadWritersLockIsNobodys() {
    TempFolder folder;
    quick().writeTo(folder.path());
    spit(SessionPaths(folder.path()).lock(), "process 1 on elsewhere\n");
    SystemFileOps files;
    SessionFeed feed(files);
    QVERIFY(feed.open(folder.path()));
    QVERIFY(feed.inUseBy().empty() && feed.findings().empty());
}

void tst_session_feed::liveLinesAndAReadFolderGiveTheSameStore() {
    const SessionBuilder builder = quick();
    TempFolder folder;
    builder.writeTo(folder.path());
    SystemFileOps files;
    SessionFeed live(files), read(files);
    QVERIFY(read.open(folder.path()));
    QSignalSpy appended(&live, &SessionFeed::turnsAppended);
    live.beginLive(folder.path());
    std::size_t batch = 1;
    const std::vector<JournalLine> lines = linesOf(builder);
    for (std::size_t at = 0; at < lines.size(); at += batch, batch = batch % 7 + 1)
        live.apply({lines.begin() + std::ptrdiff_t(at), lines.begin() + std::ptrdiff_t(std::min(at + batch, lines.size()))});
    live.endLive();
    QVERIFY(live.store().turns() == read.store().turns());
    int next = 0; // every row is announced once, in order
    for (const QList<QVariant>& signal : appended) {
        QCOMPARE(signal[0].toInt(), next);
        next = signal[1].toInt() + 1;
    }
    QCOMPARE(next, 24);
}

void tst_session_feed::aRunEndTouchesTheRowsOfItsRun() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
    builder.completeRun(1);
    builder.completeRun(2);
    std::vector<JournalLine> lines = linesOf(builder);
    const JournalLine last = lines.back();
    lines.pop_back();
    SystemFileOps files;
    SessionFeed feed(files);
    feed.beginLive("x");
    feed.apply(lines);
    QVERIFY(feed.store().turns()[5].run_outcome.empty());
    QSignalSpy changed(&feed, &SessionFeed::turnsChanged);
    feed.apply({last});
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed[0][0].toInt(), 3);
    QCOMPARE(changed[0][1].toInt(), 5);
    QCOMPARE(feed.store().turns()[5].run_outcome, "complete");
}

void tst_session_feed::openAndFailedRunsAreCounted() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    builder.completeRun(1);
    builder.runStart(2);
    TurnRecord cut = builder.goodTurn(2, 1);
    SessionBuilder::fail(cut, Outcome::Cut, "the stream ended");
    builder.turn(cut, "");
    builder.runEnd(2, RunOutcome::Failed);
    builder.runStart(3);
    builder.runEnd(3, RunOutcome::Cancelled);
    TempFolder folder;
    builder.writeTo(folder.path());
    SystemFileOps files;
    SessionFeed feed(files);
    QVERIFY(feed.open(folder.path()));
    QCOMPARE(feed.openRuns(), 2); // the cancelled one and the one that never began
    QCOMPARE(feed.failedRuns(), 1);
}

// Beside the window, with the records: what takes seconds for a long session is done when it comes on screen.
void tst_session_feed::theVerdictsAreWorkedOutWhereTheFolderIsRead() {
    TempFolder folder;
    SessionBuilder ended = quick();
    ended.add("session_end", {{"reason", "complete"}, {"runs_open", 0}});
    ended.writeTo(folder.path());
    SystemFileOps files;
    QThread* const window = QThread::currentThread();
    std::atomic<int> beside{0};
    const Analyser analyse = [&](const RecordStore& records, bool collecting) {
        beside += QThread::currentThread() != window && !collecting && records.turns().size() == 24;
        return handMadeAnalysis();
    };
    SessionReader reader(files, analyse);
    std::shared_ptr<ReadSession> read;
    connect(&reader, &SessionReader::readDone, this, [&](const std::shared_ptr<ReadSession>& session) { read = session; });
    reader.read(folder.path());
    QTRY_VERIFY(read != nullptr);
    QCOMPARE(beside.load(), 1);
    QVERIFY(read->analysis == handMadeAnalysis());
    QVERIFY2(read->story.at(2).find("; medians of 2 blocks; verdicts: T3 supported") != std::string::npos,
             read->story.at(2).c_str());
    SessionFeed feed(files, analyse);
    feed.show(std::move(*read));
    QVERIFY(feed.analysis() == handMadeAnalysis());
    QCOMPARE(beside.load(), 1); // the window itself works nothing out
    feed.clear();
    QVERIFY(!feed.analysis());
}

void tst_session_feed::theStoryOfASession_data() {
    QTest::addColumn<int>("repeats");
    QTest::addColumn<QStringList>("said");
    QTest::newRow("one run of each: no interval")
        << 1
        << QStringList{
               QStringLiteral("12 turns were measured; 2 of 2 runs are complete."),
               QStringLiteral("12 of 12 turns passed every check (100 %): A 6 of 6 and C 6 of 6."),
               QStringLiteral(
                   "TTFT over the turns, run-isolated: A 3.0 times (201 ms at turn 2 to 601 ms at turn 6) and C 1.0 times (92 ms "
                   "to 96 ms at turn 6); each rests on one block: no interval, a small difference may be "
                   "chance.")};
    QTest::newRow("three blocks")
        << 3
        << QStringList{
               QStringLiteral("36 turns were measured; 6 of 6 runs are complete."),
               QStringLiteral("36 of 36 turns passed every check (100 %): A 18 of 18 and C 18 of 18."),
               QStringLiteral(
                   "TTFT over the turns, run-isolated: A 3.0 times (202 ms at turn 2 to 602 ms at turn 6) and C 1.0 times (92 ms "
                   "to 96 ms at turn 6); medians of 3 blocks.")};
    QTest::newRow("nothing measured") << 0 << QStringList{QStringLiteral("no turn was measured.")};
}

void tst_session_feed::theStoryOfASession() {
    QFETCH(int, repeats);
    QFETCH(QStringList, said);
    const RecordStore store = repeats == 0 ? SessionBuilder(testPlan()).store() : quick(repeats).store();
    QStringList got;
    for (const std::string& sentence : sessionStory(store)) got << QString::fromStdString(sentence);
    QCOMPARE(got, said);
}

LOOPTAX_TEST(tst_session_feed)
#include "tst_session_feed.moc"
