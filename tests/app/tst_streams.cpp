// Where output goes: to the path that a person named, whatever is there, and nowhere without a word.
#include "app/cli.h"
#include "support/places.h"
#include "support/session_builder.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>

using namespace looptax;

class tst_streams : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatDoesNotArriveIsAnError_data();
    void whatDoesNotArriveIsAnError();
    void aCommandThatFailedKeepsItsCode();
    void aReaderThatGoesAwayIsNoError();
    void closedStreamsTakeNoFilesPlace();
    void whatTheShellNamesIsWrittenInto_data();
    void whatTheShellNamesIsWrittenInto();
    void everyCommandWritesThroughALink_data();
    void everyCommandWritesThroughALink();
    void aFullPlaceForAFileIsAnErrorWithItsPath();
    void aMinusIsStandardOutput();
    void aPlanIsReadFromWhereverItComes_data();
    void aPlanIsReadFromWhereverItComes();
    void aFolderGivenAsAPlanIsCalledOne();
    void afterNoJsonComesNothing();
};

namespace {

const std::string kTarget = "kind=ollama,url=http://127.0.0.1:1,model=m";

struct ShellEnd {
    int code = -1;
    std::string out;
    std::string err;
};

// LOOPTAX, BENCH and S stand for the programs and the session.
ShellEnd shell(const std::string& command, const std::string& session, const std::string& in = {}) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("LOOPTAX"), QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"));
    environment.insert(QStringLiteral("BENCH"), QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"));
    environment.insert(QStringLiteral("S"), QString::fromStdString(session));
    environment.insert(QStringLiteral("LOOPTAX_DATA_DIR"), QStringLiteral("/nonexistent/looptax"));
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(QString::fromStdString(parentFolder(session)));
    process.start(QStringLiteral("bash"), {QStringLiteral("-c"), QString::fromStdString(command)});
    if (!process.waitForStarted(kCliDeadlineMs)) qFatal("bash does not start");
    process.write(in.data(), qint64(in.size()));
    process.closeWriteChannel();
    ShellEnd end;
    if (!process.waitForFinished(kCliDeadlineMs)) {
        process.kill();
        process.waitForFinished(kCliDeadlineMs);
        return end;
    }
    end.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    end.out = process.readAllStandardOutput().toStdString();
    end.err = process.readAllStandardError().toStdString();
    return end;
}

std::string madeSession(const TempFolder& folder) {
    SessionBuilder b(testPlan());
    b.completeRun(1);
    b.completeRun(2);
    const std::string session = folder.file("session");
    QDir().mkpath(QString::fromStdString(session));
    b.writeTo(session);
    return session;
}

std::string text(const ShellEnd& end) {
    return "exit " + std::to_string(end.code) + "\nstdout:\n" + end.out + "\nstderr:\n" + end.err;
}

} // namespace

void tst_streams::whatDoesNotArriveIsAnError_data() {
    QTest::addColumn<QString>("command");
    for (const char* command :
         {"$LOOPTAX --help", "$LOOPTAX --version", "$LOOPTAX report --help", "$LOOPTAX run --help", "$LOOPTAX report $S",
          "$LOOPTAX report $S --format csv", "$LOOPTAX report $S --format json", "$LOOPTAX report $S -o -",
          "$LOOPTAX report $S -o /dev/stdout", "$LOOPTAX verify begun", "$LOOPTAX compare $S --published",
          "$LOOPTAX plan --preset quick --target kind=ollama,url=http://127.0.0.1:1,model=m", "$LOOPTAX validate $S/plan.json",
          "$LOOPTAX amend $S --alpha 0.05", "$BENCH --help", "$BENCH --version"})
        QTest::newRow(command) << QString::fromLatin1(command);
}

void tst_streams::whatDoesNotArriveIsAnError() {
    if (!QFile::exists(QStringLiteral("/dev/full"))) QSKIP("this system has no /dev/full");
    QFETCH(QString, command);
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const std::string begun = folder.file("begun"); // no reply in it is judged again: verify has nothing to say
    QDir().mkpath(QString::fromStdString(begun));
    SessionBuilder(testPlan()).writeTo(begun);
    if (command.startsWith(QLatin1String("$BENCH")) && !QFile::exists(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench")))
        QSKIP("looptax-workbench is not built");
    const ShellEnd end = shell(command.toStdString() + " > /dev/full", session);
    QVERIFY2(end.code == 4, text(end).c_str());
    QVERIFY2(contains(end.err, "No space left on device"), text(end).c_str());
    QVERIFY2(contains(end.err, "standard output: ") || contains(end.err, "/dev/stdout: "), text(end).c_str());
}

// What went wrong first is the code; that nobody could read of it is said all the same.
void tst_streams::aCommandThatFailedKeepsItsCode() {
    if (!QFile::exists(QStringLiteral("/dev/full"))) QSKIP("this system has no /dev/full");
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const ShellEnd end = shell("$LOOPTAX probe --url http://127.0.0.1:1 > /dev/full", session);
    QVERIFY2(end.code == 3 && contains(end.err, "standard output: "), text(end).c_str());
}

void tst_streams::aReaderThatGoesAwayIsNoError() {
    const TempFolder folder;
    const std::string session = madeSession(folder);
    for (const char* command : {"$LOOPTAX report $S | head -n 1", "$LOOPTAX report $S --format json | head -c 10",
                                "$LOOPTAX report $S -o /dev/stdout | head -c 10", "$LOOPTAX report $S -o >(head -c 10)"}) {
        const ShellEnd end = shell(command, session);
        QVERIFY2(end.err.empty(), text(end).c_str());
    }
}

// The first file that is opened gets the number that is free: it must not be standard output's.
void tst_streams::closedStreamsTakeNoFilesPlace() {
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const std::string journal = slurp(SessionPaths(session).journal());
    for (const char* closed : {">&-", "2>&-", "<&-", ">&- 2>&- <&-"}) {
        const ShellEnd end = shell("$LOOPTAX amend $S --alpha 0.01 " + std::string(closed), session);
        QVERIFY2(end.code == 0, text(end).c_str());
        SystemFileOps files;
        const auto read = readJournal(files, SessionPaths(session).journal(), {});
        QCOMPARE(read->lines, std::int64_t(countLines(journal, "")) + 1);
        QCOMPARE(read->damagedLine + read->tornBytes, std::int64_t(0));
        spit(SessionPaths(session).journal(), journal);
    }
}

void tst_streams::whatTheShellNamesIsWrittenInto_data() {
    QTest::addColumn<QString>("command");
    QTest::newRow("/dev/stdout") << QStringLiteral("$LOOPTAX report $S --format csv -o /dev/stdout");
    QTest::newRow("/dev/fd/1") << QStringLiteral("$LOOPTAX report $S --format csv -o /dev/fd/1");
    QTest::newRow("another descriptor") << QStringLiteral("$LOOPTAX report $S --format csv -o /dev/fd/5 5>&1");
    QTest::newRow("a minus") << QStringLiteral("$LOOPTAX report $S --format csv -o -");
    QTest::newRow("process substitution") << QStringLiteral("exec 3>&1; $LOOPTAX report $S --format csv -o >(cat >&3); wait $!");
    QTest::newRow("a FIFO") << QStringLiteral("mkfifo p; $LOOPTAX report $S --format csv -o p & cat p; wait; test -p p");
    QTest::newRow("a link to standard output")
        << QStringLiteral("ln -s /dev/stdout l; $LOOPTAX report $S --format csv -o l; test -L l");
    QTest::newRow("a file that is added to")
        << QStringLiteral("echo -n > f; $LOOPTAX report $S --format csv -o /dev/stdout >> f; cat f");
}

void tst_streams::whatTheShellNamesIsWrittenInto() {
    QFETCH(QString, command);
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const CliEnd plain = runLooptax({"report", session, "--format", "csv"});
    QCOMPARE(plain.code, 0);
    const ShellEnd end = shell(command.toStdString(), session);
    QVERIFY2(end.code == 0 && end.err.empty(), text(end).c_str());
    QCOMPARE(end.out, plain.out);
}

void tst_streams::everyCommandWritesThroughALink_data() {
    QTest::addColumn<QString>("words");
    QTest::newRow("report") << QStringLiteral("report $S");
    QTest::newRow("plan") << QStringLiteral("plan --preset quick --target kind=ollama,url=http://127.0.0.1:1,model=m");
    QTest::newRow("compare") << QStringLiteral("compare $S --published");
}

void tst_streams::everyCommandWritesThroughALink() {
    QFETCH(QString, words);
    const TempFolder folder;
    const std::string session = madeSession(folder);
    spit(folder.file("real"), "old");
    spit(folder.file("link.new"), "the user's own");
    const ShellEnd end = shell("ln -s real link; chmod 664 real; $LOOPTAX " + words.toStdString() + " -o link", session);
    QVERIFY2(end.code == 0, text(end).c_str());
    QVERIFY(QFileInfo(QString::fromStdString(folder.file("link"))).isSymLink());
    QVERIFY(slurp(folder.file("real")).size() > 100);
    QCOMPARE(slurp(folder.file("link.new")), std::string("the user's own"));
    QVERIFY(QFileInfo(QString::fromStdString(folder.file("real"))).permissions().testFlag(QFile::WriteGroup));
}

void tst_streams::aFullPlaceForAFileIsAnErrorWithItsPath() {
    if (!QFile::exists(QStringLiteral("/dev/full"))) QSKIP("this system has no /dev/full");
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const CliEnd end = runLooptax({"report", session, "-o", "/dev/full"});
    QVERIFY2(end.code == 4 && contains(end.err, "looptax: /dev/full: cannot write: No space left"), end.all().c_str());
    const CliEnd inFolder = runLooptax({"report", session, "-o", folder.path()});
    QVERIFY2(inFolder.code == 4 && contains(inFolder.err, folder.path() + ": cannot write: it is a folder"),
             inFolder.all().c_str());
}

void tst_streams::aMinusIsStandardOutput() {
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const ShellEnd end = shell("$LOOPTAX plan --preset quick --target " + kTarget + " -o -", session);
    QVERIFY2(end.code == 0 && contains(end.out, "looptax.plan/1"), text(end).c_str());
    QVERIFY(!QFile::exists(QString::fromStdString(folder.file("-"))));
    const ShellEnd runs = shell("$LOOPTAX report $S --format runs -o -", session);
    QVERIFY2(runs.code == 2 && contains(runs.err, "needs a folder"), text(runs).c_str());
    QVERIFY(!QFile::exists(QString::fromStdString(folder.file("-"))));
}

void tst_streams::aPlanIsReadFromWhereverItComes_data() {
    QTest::addColumn<QString>("command");
    QTest::newRow("a pipe") << QStringLiteral("cat $S/plan.json | $LOOPTAX validate /dev/stdin");
    QTest::newRow("a pipe, by a minus") << QStringLiteral("cat $S/plan.json | $LOOPTAX validate -");
    QTest::newRow("a file, by a minus") << QStringLiteral("$LOOPTAX validate - < $S/plan.json");
    QTest::newRow("/dev/stdin from a file") << QStringLiteral("$LOOPTAX validate /dev/stdin < $S/plan.json");
    QTest::newRow("process substitution") << QStringLiteral("$LOOPTAX validate <(cat $S/plan.json)");
    QTest::newRow("a FIFO") << QStringLiteral("mkfifo p; cat $S/plan.json > p & $LOOPTAX validate p");
}

void tst_streams::aPlanIsReadFromWhereverItComes() {
    QFETCH(QString, command);
    const TempFolder folder;
    const std::string session = madeSession(folder);
    const ShellEnd end = shell(command.toStdString(), session);
    QVERIFY2(end.code == 0 && contains(end.out, "the plan is good: "), text(end).c_str());
}

void tst_streams::aFolderGivenAsAPlanIsCalledOne() {
    const TempFolder folder;
    const CliEnd end = runLooptax({"validate", folder.path()});
    QCOMPARE(end.code, 2);
    QCOMPARE(end.err, "looptax: " + folder.path() +
                          ": it is a folder, not a file (give the plan file inside it, or a session with --resume)\n");
}

void tst_streams::afterNoJsonComesNothing() {
    const TempFolder folder;
    for (const std::string& text :
         {std::string("plan: quick\n"), std::string("{\"schema\":"), std::string("[]"), std::string("{}\0", 3)}) {
        spit(folder.file("plan.json"), text);
        const CliEnd end = runLooptax({"validate", folder.file("plan.json")});
        QCOMPARE(end.code, 2);
        QVERIFY2(countLines(end.err, "error: ") == 1 && contains(end.err, "error: $: "), end.err.c_str());
    }
}

LOOPTAX_TEST(tst_streams)
#include "tst_streams.moc"
