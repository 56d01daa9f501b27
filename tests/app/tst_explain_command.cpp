// looptax explain as a person meets it: what it needs, what it says when nobody can be asked, and that a
// sweep tells by itself why there is no account.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/loopback.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QFile>
#include <QTest>

using namespace looptax;

class tst_explain_command : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itNeedsASessionOrAPlan_data();
    void itNeedsASessionOrAPlan();
    void aSimulatedServerHasNoAccountAndSaysSo();
    void whereNobodyAnswersWhatIsThereStays();
    void aPlanThatIsWrongIsNotAsked();
};

void tst_explain_command::itNeedsASessionOrAPlan_data() {
    QTest::addColumn<QString>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("said");
    QTest::newRow("nothing") << QStringLiteral("explain") << 2 << QStringLiteral("needs one session folder");
    QTest::newRow("two") << QStringLiteral("explain a b") << 2 << QStringLiteral("needs one session folder");
    QTest::newRow("no session") << QStringLiteral("explain /nowhere/at/all") << 4 << QStringLiteral("/nowhere/at/all");
    QTest::newRow("a preset without what-if") << QStringLiteral("explain x --preset quick") << 2 << QStringLiteral("--help");
    QTest::newRow("what-if of nothing") << QStringLiteral("explain --what-if") << 2 << QStringLiteral("looptax");
    QTest::newRow("a slip") << QStringLiteral("explain --ur x s") << 2 << QStringLiteral("did you mean --url?");
}

void tst_explain_command::itNeedsASessionOrAPlan() {
    QFETCH(QString, words);
    QFETCH(int, code);
    QFETCH(QString, said);
    std::vector<std::string> list;
    for (const QString& word : words.split(QLatin1Char(' '))) list.push_back(word.toStdString());
    const CliEnd end = runLooptax(list);
    QVERIFY2(end.code == code && contains(end.err, said.toStdString()), end.all().c_str());
}

void tst_explain_command::aSimulatedServerHasNoAccountAndSaysSo() {
    TempFolder folder;
    ScriptedServer server;
    QVERIFY(server.start().ok());
    const std::string plan = planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())}));
    const CliEnd run = runLooptax({"run", plan, "--out", folder.file("out")});
    QVERIFY2(run.code == 0, run.all().c_str());
    const int counted = server.requestCount("/apply-template"); // prompts that the sweep had it count, and no more
    QCOMPARE(server.requestCount("/tokenize"), counted);
    const std::string session = run.sessionFolder();
    QVERIFY(contains(fileText(session + "/explanations.jsonl"), "no vocabulary"));
    QVERIFY(contains(fileText(session + "/report.md"), "a simulated server has no vocabulary"));
    const CliEnd again = runLooptax({"explain", session});
    QCOMPARE(server.requestCount("/apply-template"), counted);
    QVERIFY2(again.code == 0 && contains(again.out, "0 of 6 turns explained, 6 without an account") &&
                 contains(again.out, "no vocabulary"),
             again.all().c_str());
    const CliEnd verify = runLooptax({"verify", session});
    QVERIFY2(verify.code == 0, verify.all().c_str()); // a derived file more is no damage
}

void tst_explain_command::whereNobodyAnswersWhatIsThereStays() {
    TempFolder folder;
    std::string session;
    {
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const CliEnd run =
            runLooptax({"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})), "--out",
                        folder.file("out")});
        session = run.sessionFolder();
    }
    const std::string before = fileText(session + "/explanations.jsonl");
    QVERIFY(!before.empty());
    const RefusingPort port;
    const CliEnd end = runLooptax({"explain", session, "--url", "http://127.0.0.1:" + std::to_string(port.port())});
    QVERIFY2(end.code == 3 && contains(end.err, "127.0.0.1"), end.all().c_str());
    QCOMPARE(fileText(session + "/explanations.jsonl"), before);
}

void tst_explain_command::aPlanThatIsWrongIsNotAsked() {
    TempFolder folder;
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, "http://127.0.0.1:1")});
    plan.cells[0].design = "E";
    const CliEnd end = runLooptax({"explain", "--what-if", planFile(folder.path(), plan)});
    QVERIFY2(end.code == 2 && contains(end.err, "unknown design"), end.all().c_str());
}

LOOPTAX_TEST(tst_explain_command)
#include "tst_explain_command.moc"
