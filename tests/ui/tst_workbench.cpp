// looptax-workbench as a person calls it, on sessions made by hand: files, words and exit codes.
#include "support/places.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/model/session_charts.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace looptax;

class tst_workbench : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void exportsASessionWithoutADisplay();
    void exportsTheSameBytesTwice();
    void wrongCallsAreExplained_data();
    void wrongCallsAreExplained();
    void helpAndVersion();
    void noDisplayIsASentence();
    void aSessionWithoutACompleteRunHasNothingToDraw();
    void aFolderThatIsNoSession();
    void aPlaceThatCannotBeWritten();
    void blocksAreTheUnit();
    void failedAndCarriedTurnsAreNotInTheCurves();
    void theMoreFrequentStratumIsDrawn();
    void aScriptedServerIsSimulated();
};

namespace {

struct Ended {
    int code = -1;
    QString out;
    QString err;
};

Ended workbench(const QStringList& arguments, const QStringList& environment = {}) {
    QProcess process;
    QProcessEnvironment surroundings = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) surroundings.remove(QLatin1String(name));
    for (const QString& pair : environment)
        surroundings.insert(pair.section(QLatin1Char('='), 0, 0), pair.section(QLatin1Char('='), 1));
    process.setProcessEnvironment(surroundings);
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"), arguments);
    if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit) return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

// journal.jsonl of a session, as the program finds it.
struct OnDisk {
    explicit OnDisk(const SessionBuilder& builder) {
        QFile journal(folder.filePath(QStringLiteral("journal.jsonl")));
        if (journal.open(QIODevice::WriteOnly))
            for (const std::string& line : builder.lines()) journal.write(line.data(), qint64(line.size()));
    }
    QString path() const { return folder.path(); }
    QString charts() const { return folder.filePath(QStringLiteral("charts")); }
    QTemporaryDir folder;
};

SessionBuilder quick() {
    SessionBuilder builder(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 2));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    return builder;
}

ChartSource sourceOf(const SessionBuilder& builder) {
    const OnDisk session(builder);
    SystemFileOps files;
    auto source = chartSourceOf(files, session.path().toStdString());
    return source ? source.take() : ChartSource{};
}

} // namespace

void tst_workbench::exportsASessionWithoutADisplay() {
    const OnDisk session(quick());
    const Ended ended = workbench({QStringLiteral("--export"), session.path(), QStringLiteral("--to"), session.charts()});
    QVERIFY2(ended.code == 0, qPrintable(ended.err));
    QCOMPARE(ended.err, QString());
    const QStringList files = QDir(session.charts()).entryList(QDir::Files);
    QCOMPARE(files.size(), 9);
    QCOMPARE(ended.out.count(QLatin1Char('\n')), 9);
    QFile svg(session.charts() + QStringLiteral("/ttft_by_turn.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    const QByteArray bytes = svg.readAll();
    QVERIFY(bytes.contains(">A full context (n=2)</text>") && bytes.contains("tiny-q4") && bytes.contains("published study"));
}

void tst_workbench::exportsTheSameBytesTwice() {
    const OnDisk session(quick());
    for (const char* to : {"one", "two"})
        QCOMPARE(workbench({QStringLiteral("--export=") + session.path(), QStringLiteral("--to"),
                            session.folder.filePath(QLatin1String(to)), QStringLiteral("--theme"), QStringLiteral("print"),
                            QStringLiteral("--size"), QStringLiteral("800x500"), QStringLiteral("--log")})
                     .code,
                 0);
    const QDir one(session.folder.filePath(QStringLiteral("one")));
    QVERIFY(!one.entryList(QDir::Files).isEmpty());
    for (const QString& name : one.entryList(QDir::Files)) {
        QFile first(one.filePath(name));
        QFile second(session.folder.filePath(QStringLiteral("two/")) + name);
        QVERIFY(first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly));
        QVERIFY2(first.readAll() == second.readAll(), qPrintable(name));
    }
}

void tst_workbench::wrongCallsAreExplained_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const char* arguments, const char* said) {
        QTest::newRow(name) << QString::fromLatin1(arguments).split(QLatin1Char(' '), Qt::SkipEmptyParts)
                            << QString::fromLatin1(said);
    };
    row("nothing where there is no display", "", "no display");
    row("a slip in an option", "--exprot s --to d", "did you mean --export?");
    row("export without a place", "--export s", "--export needs --to DIR");
    row("an option without its value", "--export --to d", "--export needs a value");
    row("a place without export", "s --to d", "--to goes with --export");
    row("a session beside a sweep", "s --run plan.json", "a session cannot be shown while --run measures");
    row("a session beside a calibration", "--calibrate s", "a session cannot be shown while --calibrate measures");
    row("a strange size", "--export s --to d --size big", "--size big is not a size");
    row("a size nothing fits in", "--export s --to d --size 10x10", "from 480x320");
    row("a strange theme", "--export s --to d --theme neon", "light, print or dark");
    row("a strange scale", "--export s --to d --scale 9", "from 1 to 4");
    row("a gallery without a place", "--gallery s", "--gallery needs --to DIR");
    row("a runtime of an unknown kind", "--target kind=oracle", "oracle");
    row("two sessions", "a b", "one session at a time");
    row("a switch with a value", "s --log=yes", "--log takes no value");
}

void tst_workbench::wrongCallsAreExplained() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, said);
    const Ended ended = workbench(arguments);
    QCOMPARE(ended.code, 2);
    QVERIFY2(ended.err.contains(said), qPrintable(ended.err));
}

void tst_workbench::helpAndVersion() {
    const Ended help = workbench({QStringLiteral("--help")});
    QCOMPARE(help.code, 0);
    for (const char* words : {"--export SESSION --to DIR", "--theme", "--size", "--prompt-tokens", "Exit:"})
        QVERIFY2(help.out.contains(QLatin1String(words)), words);
    const Ended version = workbench({QStringLiteral("--version")});
    QCOMPARE(version.code, 0);
    QVERIFY(version.out.startsWith(QLatin1String("looptax-workbench 0.")));
}

void tst_workbench::noDisplayIsASentence() {
    const OnDisk session(quick());
    const Ended ended = workbench({session.path()});
    QCOMPARE(ended.code, 2);
    QVERIFY2(ended.err.contains(QLatin1String("no display")) && ended.err.contains(QLatin1String("--export")),
             qPrintable(ended.err));
    const Ended wrong = workbench({session.path()}, {QStringLiteral("DISPLAY=:987"), QStringLiteral("QT_QPA_PLATFORM=xcb")});
    QCOMPARE(wrong.code, 2); // not an abort
    QVERIFY2(wrong.err.contains(QLatin1String("no window can be opened here")), qPrintable(wrong.err));
}

void tst_workbench::aSessionWithoutACompleteRunHasNothingToDraw() {
    SessionBuilder builder(testPlan());
    builder.runStart(1);
    builder.turn(builder.goodTurn(1, 1), "{}");
    const OnDisk session(builder);
    const Ended ended = workbench({QStringLiteral("--export"), session.path(), QStringLiteral("--to"), session.charts()});
    QCOMPARE(ended.code, 1);
    QVERIFY2(ended.err.contains(QLatin1String("no run of this session is complete")), qPrintable(ended.err));
    QVERIFY(!QFileInfo::exists(session.charts()));
}

void tst_workbench::aFolderThatIsNoSession() {
    QTemporaryDir folder;
    const Ended ended =
        workbench({QStringLiteral("--export"), folder.path(), QStringLiteral("--to"), folder.filePath(QStringLiteral("c"))});
    QCOMPARE(ended.code, 4);
    QVERIFY2(ended.err.contains(QLatin1String("no journal.jsonl")), qPrintable(ended.err));
}

void tst_workbench::aPlaceThatCannotBeWritten() {
    const OnDisk session(quick());
    const QString inTheWay = session.folder.filePath(QStringLiteral("journal.jsonl"));
    const Ended ended =
        workbench({QStringLiteral("--export"), session.path(), QStringLiteral("--to"), inTheWay + QStringLiteral("/charts")});
    QCOMPARE(ended.code, 4);
    QVERIFY2(ended.err.contains(inTheWay) && ended.err.contains(QLatin1String("may write to")), qPrintable(ended.err));
}

void tst_workbench::blocksAreTheUnit() {
    // Two lengths in each of three blocks: turn 1 is measured six times and counts three.
    SessionBuilder builder(testPlan({{"A", {1, 3}, {}, {}}}, 3));
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [&](TurnRecord& r) {
            if (r.turn == 1) SessionBuilder::setTtft(r, 100.0 * r.repeat + (r.n == 3 ? 20 : 0));
        });
    const ChartSource source = sourceOf(builder);
    QCOMPARE(int(source.curves.size()), 1);
    const Spread first = source.curves[0].turns[0].ttft_ms.value_or(Spread{});
    QCOMPARE(first.n, 3);
    QCOMPARE(first.low, 110.0); // the middle of 100 and 120
    QCOMPARE(first.median, 210.0);
    QCOMPARE(first.high, 310.0);
}

void tst_workbench::failedAndCarriedTurnsAreNotInTheCurves() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 3));
    builder.completeRun(1);
    builder.completeRun(2, [](TurnRecord& r) { r.carry_over = r.turn == 1; });
    builder.runStart(3); // cut by a kill: its turns are kept and not drawn
    builder.turn(builder.goodTurn(3, 1), "{}");
    builder.runEnd(3, RunOutcome::Interrupted);
    const ChartSource source = sourceOf(builder);
    QCOMPARE(source.curves.at(0).turns.at(0).ttft_ms->n, 1);
    QCOMPARE(source.curves.at(0).turns.at(1).ttft_ms->n, 2);
}

void tst_workbench::theMoreFrequentStratumIsDrawn() {
    SessionBuilder builder(testPlan({{"A", {2}, {}, {}}}, 3));
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [&](TurnRecord& r) {
            if (r.turn == 2 && r.repeat == 1) {
                r.stratum = "cold";
                SessionBuilder::setTtft(r, 9000);
            }
        });
    const ChartSource source = sourceOf(builder);
    const SourceTurn& second = source.curves.at(0).turns.at(1);
    QVERIFY(second.mixed);
    QCOMPARE(second.ttft_ms->n, 2);
    QVERIFY(second.ttft_ms->high < 1000); // never pooled with the cold one
    QVERIFY(!source.curves[0].turns[0].mixed);
}

void tst_workbench::aScriptedServerIsSimulated() {
    Plan plan = testPlan();
    plan.targets[0].model = "/home/somebody/models/simulated.gguf";
    QVERIFY(!sourceOf(SessionBuilder(testPlan())).targets.at(0).simulated);
    RecordStore store; // the session line of the builder names another model: the plan alone is read
    Json body{{"v", 1}, {"seq", 1}, {"type", "plan"}, {"text", writePlan(plan)}, {"sha256", ""}, {"schedule", Json::array()}};
    store.apply({1, "plan", std::make_shared<const Json>(body), {}});
    const SourceTarget target = chartSourceOf(store, "s").targets.at(0);
    QVERIFY(target.simulated);
    QCOMPARE(target.model, "simulated.gguf"); // the home it lies in is not for a write-up
}

LOOPTAX_TEST(tst_workbench)
#include "tst_workbench.moc"
