// A session folder through its life: locked while it is written, read by others all the time, gone on with,
// damaged, on a full disk, and its derived files thrown away and made again.
#include "e2e/managed_log.h"
#include "e2e/scripted_lab.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <QDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace looptax;

class tst_sessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFolderInUseNamesItsHolderAndCanBeRead();
    void damageInTheMiddleIsNamedAndNeverWrittenTo();
    void aTornTailIsSetAsideAndTheSweepGoesOn();
    void anotherPlanIsRefused();
    void aSessionsPlanAsksForTrustToo();
    void aFullDiskStopsTheSweepAndLosesNothing();
    void derivedFilesAreMadeAgainToTheSameBytes();
    void aFolderThatIsNoSessionIsNamed_data();
    void aFolderThatIsNoSessionIsNamed();
};

namespace {

struct Lab : ScriptedLab {
    using ScriptedLab::ScriptedLab;
    std::vector<std::string> words(const Plan& what) const {
        return {"run", planFile(folder.path(), what), "--out", folder.file("out")};
    }
    // One of its two runs is complete, the other was cut by a SIGTERM.
    std::string interrupted() {
        CliProcess process(words(plan()));
        if (!server.waitForChats(4, 20'000)) qFatal("the sweep does not get on");
        process.signal(SIGTERM);
        return process.finish().sessionFolder();
    }
};

std::string journalPath(const std::string& session) { return session + "/journal.jsonl"; }

} // namespace

void tst_sessions::aFolderInUseNamesItsHolderAndCanBeRead() {
    Lab lab(5);
    CliProcess holder(lab.words(lab.plan()));
    QVERIFY(lab.server.waitForChats(3, 20'000)); // one turn is done
    const std::string session = onlySessionIn(lab.folder.file("out"));

    const CliEnd second = runLooptax({"run", "--resume", session});
    QCOMPARE(second.code, 4);
    const std::string who = "looptax: " + session + ": the session is in use by process " + std::to_string(holder.pid()) + " on ";
    QVERIFY2(contains(second.err, who) && contains(second.err, " (wait for it to end, or open the session for reading)\n"),
             second.err.c_str());
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0, verified.all().c_str());
    const CliEnd report = runLooptax({"report", session, "--format", "csv"});
    QVERIFY2(report.code == 0 && !csvRows(report.out).empty(), report.all().c_str());

    const CliEnd end = holder.finish(); // not disturbed by any of this
    QVERIFY2(end.code == 0, end.all().c_str());
    QCOMPARE(lab.server.chatCount(), 7);
}

void tst_sessions::damageInTheMiddleIsNamedAndNeverWrittenTo() {
    Lab lab(2);
    const std::string session = lab.interrupted();
    std::string bytes = fileText(journalPath(session));
    std::size_t at = 0;
    for (int line = 1; line < 6; ++line) at = bytes.find('\n', at) + 1;
    bytes[at + 60] = char(bytes[at + 60] ^ 1); // one bit of line 6
    spit(journalPath(session), bytes);
    const int chats = lab.server.chatCount();

    const CliEnd verified = runLooptax({"verify", session});
    QCOMPARE(verified.code, 4);
    QVERIFY2(contains(verified.out, "line 6: ") && contains(verified.out, "the journal is damaged here and can only be read"),
             verified.out.c_str());
    QCOMPARE(verified.lastLine(), std::string("something is lost"));
    const CliEnd resumed = runLooptax({"run", "--resume", session});
    QCOMPARE(resumed.code, 4);
    QVERIFY2(contains(resumed.err, journalPath(session) + " line 6: ") &&
                 contains(resumed.err, "(a damaged journal is never written to; it can still be read and reported)"),
             resumed.err.c_str());
    const CliEnd report = runLooptax({"report", session, "--format", "csv"});
    QVERIFY2(report.code == 0 && !csvRows(report.out).empty(), report.all().c_str());
    QVERIFY(fileText(journalPath(session)) == bytes);
    QCOMPARE(lab.server.chatCount(), chats);
}

void tst_sessions::aTornTailIsSetAsideAndTheSweepGoesOn() {
    Lab lab(2);
    const std::string session = lab.interrupted();
    const std::string bytes = fileText(journalPath(session));
    const std::string torn = bytes.substr(0, bytes.size() - 30);
    spit(journalPath(session), torn);
    const CliEnd before = runLooptax({"verify", session});
    QVERIFY2(before.code == 0 && contains(before.out, "the last write was cut off: "), before.all().c_str());
    QVERIFY(fileText(journalPath(session)) == torn); // verify changes nothing

    const CliEnd resumed = runLooptax({"run", "--resume", session});
    QVERIFY2(resumed.code == 0, resumed.all().c_str());
    const QStringList aside = QDir(QString::fromStdString(session)).entryList({QStringLiteral("*.torn")});
    QCOMPARE(aside.size(), 1);
    const std::string tail = fileText(session + "/" + aside[0].toStdString());
    QVERIFY(!tail.empty() && torn.substr(torn.size() - tail.size()) == tail);
    const CliEnd after = runLooptax({"verify", session});
    QVERIFY2(after.code == 0 && after.lastLine() == "clean" && contains(after.out, "2 complete"), after.all().c_str());
}

void tst_sessions::anotherPlanIsRefused() {
    Lab lab(2);
    const std::string session = lab.interrupted();
    const int chats = lab.server.chatCount();
    Plan other = lab.plan();
    other.sampling.temperature = 0.3;
    const std::string otherFile = planFile(lab.folder.path(), other, "other.json");
    const CliEnd end = runLooptax({"run", otherFile, "--resume", session});
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, "looptax: " + session +
                                   "/plan.json: the plan given is not the session's (leave the plan out, or start a "
                                   "new session with --out)\n"),
             end.err.c_str());
    QCOMPARE(lab.server.chatCount(), chats);
    // The same plan, written with other spaces, is the same.
    Json same = Json::parse(fileText(planFile(lab.folder.path(), lab.plan())));
    spit(lab.folder.file("same.json"), same.dump());
    const CliEnd resumed = runLooptax({"run", lab.folder.file("same.json"), "--resume", session + "/", "--out", "ignored"});
    QVERIFY2(resumed.code == 0 && resumed.sessionFolder() == session, resumed.all().c_str());
}

void tst_sessions::aSessionsPlanAsksForTrustToo() {
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    const std::vector<std::string> words{"run", planFile(folder.path(), tinyPlan({managedTarget(log)})), "--out",
                                         folder.file("out")};
    const std::string said =
        ": target managed starts the command " LOOPTAX_BINARY_DIR
        "/looptax-scripted-llama-server; target managed starts it with more than performance flags: --sim-log " +
        log + " (if that is what you want, add --trust-plan)\n";
    const CliEnd refused = runLooptax(words);
    QCOMPARE(refused.code, 2);
    QVERIFY2(contains(refused.err, "looptax: " + words[1] + said), refused.err.c_str());
    std::vector<std::string> trusting = words;
    trusting.emplace_back("--trust-plan");
    const CliEnd end = runLooptax(trusting);
    QVERIFY2(end.code == 0, end.all().c_str());
    // The folder may have come by mail: its plan is somebody's file like any other.
    const CliEnd resumed = runLooptax({"run", "--resume", end.sessionFolder()});
    QCOMPARE(resumed.code, 2);
    QVERIFY2(contains(resumed.err, "looptax: " + end.sessionFolder() + said), resumed.err.c_str());
    QCOMPARE(readManagedLog(log).pids.size(), std::size_t(1));
}

void tst_sessions::aFullDiskStopsTheSweepAndLosesNothing() {
    Lab lab;
    Plan plan = lab.plan();
    plan.repeats = 12;
    CliProcess process(lab.words(plan), {}, 80'000);
    const CliEnd end = process.finish();
    QVERIFY2(end.code == 4, end.all().c_str());
    const std::string session = onlySessionIn(lab.folder.file("out"));
    QVERIFY2(contains(end.err, "looptax: " + journalPath(session) + ": "), end.err.c_str());
    QCOMPARE(end.sessionFolder(), session);
    // It stopped: nothing was sent that could not be written down.
    const std::vector<Json> journal = journalOf(session);
    const int chats = lab.server.chatCount();
    QCOMPARE(countType(journal, "turn_start") + countType(journal, "warmup"), chats);
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
    QVERIFY(countType(journal, "turn_done") > 10);
    QCOMPARE(csvRows(fileText(session + "/turns.csv")).size(), std::size_t(countType(journal, "turn_done")));

    const CliEnd resumed = runLooptax({"run", "--resume", session}); // some space was made
    QVERIFY2(resumed.code == 0, resumed.all().c_str());
    const CliEnd after = runLooptax({"verify", session});
    QVERIFY2(after.code == 0 && contains(after.out, "runs planned: 24 complete"), after.all().c_str());
}

void tst_sessions::derivedFilesAreMadeAgainToTheSameBytes() {
    Lab lab;
    const std::string session = runLooptax(lab.words(lab.plan())).sessionFolder();
    struct Derived {
        const char* file;
        const char* format;
    };
    for (const Derived& derived : {Derived{"turns.csv", "csv"}, Derived{"summary.json", "json"}, Derived{"report.md", "md"}}) {
        const std::string path = session + "/" + derived.file;
        const std::string first = fileText(path);
        QVERIFY2(first.size() > 100, derived.file);
        QVERIFY(QFile::remove(QString::fromStdString(path)));
        const CliEnd end = runLooptax({"report", session, "--format", derived.format, "-o", path},
                                      {{"TZ", "Asia/Kathmandu"}, {"LC_ALL", "de_DE.UTF-8"}});
        QVERIFY2(end.code == 0 && end.out.empty(), end.all().c_str());
        QVERIFY2(fileText(path) == first, derived.file);
        QVERIFY2(runLooptax({"report", session, "--format", derived.format}).out == first, derived.file);
    }
    const CliEnd nowhere = runLooptax({"report", session, "-o", session + "/no/such/folder.md"});
    QCOMPARE(nowhere.code, 4);
    QVERIFY2(contains(nowhere.err, session + "/no/such"), nowhere.err.c_str());
}

void tst_sessions::aFolderThatIsNoSessionIsNamed_data() {
    QTest::addColumn<std::vector<std::string>>("words");
    QTest::newRow("verify") << std::vector<std::string>{"verify"};
    QTest::newRow("report") << std::vector<std::string>{"report"};
    QTest::newRow("resume") << std::vector<std::string>{"run", "--resume"};
}

void tst_sessions::aFolderThatIsNoSessionIsNamed() {
    QFETCH(std::vector<std::string>, words);
    const TempFolder folder;
    words.push_back(folder.path());
    const CliEnd end = runLooptax(words);
    QCOMPARE(end.code, 4);
    QCOMPARE(end.err, "looptax: " + folder.path() +
                          ": there is no session here (no journal.jsonl) (give the folder that `looptax run` "
                          "named in its last line)\n");
}

LOOPTAX_TEST(tst_sessions)
#include "tst_sessions.moc"
