// What a sweep prints: lines a person reads, lines a program reads, or nothing but the folder.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace looptax;

class tst_output : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plainLinesWhenPiped();
    void whatIsToDoAndHowLongItTakesIsSaidBeforeTheStart();
    void whoIsBusyIsSaidBeforeTheStart();
    void quietPrintsTheFolderAlone();
    void jsonProgressIsTheJournalWithoutReplies();
    void aWrongAnswerIsAResultAndSaysWhy();
    void aFailedTurnIsALineAndAnExitCode();
    void theSessionFolderHoldsWhatTheReadmeSays();
};

namespace {

struct Lab {
    TempFolder folder;
    ScriptedServer server;

    explicit Lab(SimOptions options = {}) : server(std::move(options)) {
        if (!server.start()) qFatal("the scripted server does not start");
    }
    CliEnd run(std::vector<std::string> more = {}) {
        std::vector<std::string> words{"run",
                                       planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})),
                                       "--out", folder.file("out")};
        words.insert(words.end(), more.begin(), more.end());
        return runLooptax(words);
    }
};

} // namespace

void tst_output::plainLinesWhenPiped() {
    Lab lab;
    const CliEnd end = lab.run();
    QVERIFY2(end.code == 0, end.all().c_str());
    QVERIFY2(!contains(end.out, "\x1b") && !contains(end.out, "\r"), end.out.c_str());
    QCOMPARE(countLines(end.out, "writing to " + lab.folder.file("out") + "/"), 1);
    QCOMPARE(countLines(end.out, "cell                "), 1); // one head for the whole table
    QCOMPARE(countLines(end.out, "llamacpp/A/n2/run-isolated"), 2);
    QCOMPARE(countLines(end.out, "llamacpp/C/n4/cap3/run-isolated"), 4);
    QCOMPARE(countLines(end.out, "  pass"), 6);
    QCOMPARE(end.lastLine().rfind("session: " + lab.folder.file("out") + "/", 0), std::size_t(0));
}

void tst_output::whatIsToDoAndHowLongItTakesIsSaidBeforeTheStart() {
    Lab lab;
    const std::string size = "2 cells, 2 runs, 6 turns, 7 requests with warm-ups; about ";
    const CliEnd first = lab.run();
    QVERIFY2(countLines(first.out, size) == 1 && contains(first.out, "(rough: nothing was measured on this target yet)"),
             first.out.c_str());
    QVERIFY(first.out.find(size) < first.out.find("writing to "));
    const CliEnd second = lab.run();
    QVERIFY2(countLines(second.out, size) == 1 && contains(second.out, "(from earlier sessions on this target)"),
             second.out.c_str());
}

void tst_output::whoIsBusyIsSaidBeforeTheStart() {
    if (!QFile::exists(QStringLiteral("/proc/self/stat"))) QSKIP("this system has no /proc");
    Lab lab;
    // Of nobody here: what this process starts belongs to the server in it, and is not named.
    QProcess shell;
    shell.start(QStringLiteral("/bin/sh"),
                {QStringLiteral("-c"), QStringLiteral("while :; do :; done >/dev/null 2>&1 & echo $!")});
    QVERIFY(shell.waitForFinished());
    const int pid = shell.readAllStandardOutput().trimmed().toInt();
    QVERIFY(pid > 1);
    const auto ended = qScopeGuard([pid] { ::kill(pid, SIGKILL); });
    const CliEnd end = lab.run();
    QVERIFY2(countLines(end.err, "warning: Busy now: ") == 1 && contains(end.err, " % of a core"), end.all().c_str());
    QVERIFY(!contains(lab.run({"--json-progress"}).err, "Busy now"));
}

void tst_output::quietPrintsTheFolderAlone() {
    Lab lab;
    const CliEnd end = lab.run({"--quiet"});
    QCOMPARE(end.code, 0);
    QCOMPARE(end.out, "session: " + end.sessionFolder() + "\n");
    QCOMPARE(end.err, std::string());
}

void tst_output::jsonProgressIsTheJournalWithoutReplies() {
    Lab lab;
    const CliEnd end = lab.run({"--json-progress"});
    QCOMPARE(end.code, 0);
    const std::string session = end.sessionFolder();
    const std::vector<Json> printed = jsonLines(end.out.substr(0, end.out.rfind("session: ")));
    std::vector<Json> journal = journalOf(session);
    QCOMPARE(printed.size(), journal.size());
    for (std::size_t i = 0; i < journal.size(); ++i) {
        QVERIFY(!printed[i].contains("reply") && !printed[i].contains("crc"));
        for (const char* left : {"reply", "crc"}) journal[i].erase(left);
        QVERIFY2(printed[i] == journal[i], printed[i].dump().c_str());
    }
    QCOMPARE(countType(printed, "turn_done"), 6);
    QCOMPARE(printed.back()["type"].get<std::string>(), std::string("session_end"));
}

void tst_output::aWrongAnswerIsAResultAndSaysWhy() {
    SimOptions options;
    options.corruptions = {{Corruption::DropEntry, 2, {}}, {Corruption::NoFence, 3, {}}};
    Lab lab(options);
    const CliEnd end = lab.run();
    QCOMPARE(end.code, 0); // the outcome is ok: the model was measured, and was wrong
    QVERIFY2(contains(end.out, "FAIL "), end.out.c_str());
    QVERIFY2(contains(end.out, "entry 1 missing"), end.out.c_str());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0, verified.all().c_str());
}

void tst_output::aFailedTurnIsALineAndAnExitCode() {
    Lab lab;
    lab.server.setPath("/v1/chat/completions",
                       {.steps = {{.bytes = httpAnswer(500, "application/json",
                                                       quoted("{'error':{'message':'no kernel \\u001b[31mfor this card'}}"))}}});
    const CliEnd end = lab.run();
    QCOMPARE(end.code, 1);
    // A turn of each of the two runs, and the note of the warm-up that failed before them.
    QCOMPARE(countLines(end.out, "  http_error: HTTP 500: no kernel [31mfor this card"), 2);
    QCOMPARE(countLines(end.out, "warm-up of llamacpp: http_error: HTTP 500: no kernel"), 1);
    QVERIFY(!contains(end.out, "\x1b"));
    QVERIFY(!end.sessionFolder().empty());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0 && contains(verified.out, "0 complete, 0 stopped, 2 failed, 0 open"), verified.all().c_str());
}

void tst_output::theSessionFolderHoldsWhatTheReadmeSays() {
    Lab lab;
    const std::string session = lab.run({"--quiet"}).sessionFolder();
    for (const char* name : {"plan.json", "journal.jsonl", "lock", "turns.csv", "summary.json", "report.md", "report.html"})
        QVERIFY2(QFile::exists(QString::fromStdString(session + "/" + name)), name);
    QCOMPARE(fileText(session + "/plan.json"), fileText(lab.folder.file("plan.json")));
    QVERIFY(Json::parse(fileText(session + "/summary.json"), nullptr, false).is_object());
    // Generated: UTC date and time, then eight random characters.
    static const QRegularExpression kName(QStringLiteral("/\\d{8}-\\d{6}-[0-9a-z]{8}$"));
    QVERIFY2(kName.match(QString::fromStdString(session)).hasMatch(), session.c_str());
}

LOOPTAX_TEST(tst_output)
#include "tst_output.moc"
