// What cannot be measured is refused before the first turn: one message that says what, where and what to
// try, the right exit code, no request to any model and no half session.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/loopback.h"
#include "support/places.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QRegularExpression>
#include <QTest>

using namespace looptax;

class tst_refusals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anUnreachableTargetIsNamed();
    void theSecondOfTwoTargetsIsLookedAtBeforeTheFirstTurn();
    void aWrongModelListsThoseInstalled_data();
    void aWrongModelListsThoseInstalled();
    void aNameThatIsNotOnAListIsAskedForAllTheSame();
    void aContextTooSmallIsSaidWithBothNumbers_data();
    void aContextTooSmallIsSaidWithBothNumbers();
    void aFolderThatCannotBeWrittenIsRefused_data();
    void aFolderThatCannotBeWrittenIsRefused();
    void aKeyThatIsNotSetIsNamed();
    void anotherKindOfServerIsNotMeasured();
    void aManagedServerThatCannotStartSaysWhy_data();
    void aManagedServerThatCannotStartSaysWhy();
};

namespace {

bool isEmptyFolder(const std::string& path) {
    return QDir(QString::fromStdString(path)).entryList(QDir::AllEntries | QDir::NoDotAndDotDot).isEmpty();
}

CliEnd runPlan(const TempFolder& folder, const Plan& plan) {
    return runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out"), "--trust-plan"});
}

} // namespace

void tst_refusals::anUnreachableTargetIsNamed() {
    const TempFolder folder;
    const RefusingPort port;
    const std::string address = "127.0.0.1:" + std::to_string(port.port());
    const CliEnd end = runPlan(folder, tinyPlan({targetAt(TargetKind::Ollama, "http://" + address, "m", "home")}));
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.err, "looptax: target home, " + address + ": no connection to " + address +
                                   ": Connection refused (is the runtime running, and is this its address? "
                                   "looptax probe says what answers)\n"),
             end.err.c_str());
    QVERIFY(isEmptyFolder(folder.file("out")));
}

void tst_refusals::theSecondOfTwoTargetsIsLookedAtBeforeTheFirstTurn() {
    const TempFolder folder;
    ScriptedServer good;
    QVERIFY(good.start());
    const RefusingPort port;
    const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, good.url()),
                                targetAt(TargetKind::OpenAi, "http://127.0.0.1:" + std::to_string(port.port()), "m")});
    const CliEnd end = runPlan(folder, plan);
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.err, "target openai, "), end.err.c_str());
    QCOMPARE(good.chatCount(), 0);
    QVERIFY(isEmptyFolder(folder.file("out")));
}

void tst_refusals::aWrongModelListsThoseInstalled_data() {
    QTest::addColumn<int>("dialect");
    QTest::addColumn<std::string>("said");
    QTest::newRow("llama-server")
        << int(TargetKind::LlamaServer)
        << std::string("the server serves simulated-oracle, not gemma3 (leave model empty to take what it serves)");
    QTest::newRow("Ollama") << int(TargetKind::Ollama)
                            << std::string("Ollama has no model gemma3 (installed: simulated-oracle, qwen3:8b)");
}

void tst_refusals::aWrongModelListsThoseInstalled() {
    QFETCH(int, dialect);
    QFETCH(std::string, said);
    const TempFolder folder;
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.other_models = {"qwen3:8b"};
    ScriptedServer server(options);
    QVERIFY(server.start());
    const CliEnd end = runPlan(folder, tinyPlan({targetAt(options.dialect, server.url(), "gemma3", "t")}));
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, "looptax: target t, " + server.url() + ": " + said + "\n"), end.err.c_str());
    QCOMPARE(server.chatCount(), 0);
}

// A list of an OpenAI-compatible server may lack names that its chat route takes: what it says then is the answer.
void tst_refusals::aNameThatIsNotOnAListIsAskedForAllTheSame() {
    const TempFolder folder;
    SimOptions options;
    options.dialect = TargetKind::OpenAi;
    options.other_models = {"qwen3:8b"};
    ScriptedServer server(options);
    QVERIFY(server.start());
    const CliEnd end = runPlan(folder, tinyPlan({targetAt(options.dialect, server.url(), "gemma3", "t")}));
    QCOMPARE(end.code, 1);
    QVERIFY2(contains(end.out, "HTTP 404: The model `gemma3` does not exist. (POST " + server.url() + "/v1/chat/completions)"),
             end.all().c_str());
    const std::string report = fileText(end.sessionFolder() + "/report.md");
    QVERIFY2(contains(report, "does not name gemma3") && contains(report, "simulated-oracle, qwen3:8b"), report.c_str());
}

void tst_refusals::aContextTooSmallIsSaidWithBothNumbers_data() {
    QTest::addColumn<int>("dialect");
    QTest::newRow("the server's own, of llama-server") << int(TargetKind::LlamaServer);
    QTest::newRow("the plan's, on Ollama") << int(TargetKind::Ollama);
}

void tst_refusals::aContextTooSmallIsSaidWithBothNumbers() {
    QFETCH(int, dialect);
    const TempFolder folder;
    SimOptions options;
    options.dialect = TargetKind(dialect);
    options.context_tokens = 2048;
    ScriptedServer server(options);
    QVERIFY(server.start());
    Plan plan = tinyPlan({targetAt(options.dialect, server.url(), {}, "t")});
    if (options.dialect == TargetKind::Ollama) plan.targets[0].model = server.model();
    plan.cells = {{"A", {3, 12}, {}, {}}, {"C", {3}, {3}, {}}};
    if (options.dialect == TargetKind::Ollama) plan.context_tokens = 2048;
    const CliEnd end = runPlan(folder, plan);
    QCOMPARE(end.code, 2);
    static const QRegularExpression kSaid(
        QStringLiteral("the context of t holds 2048 tokens, and cell t/A/n12/run-isolated needs at least "
                       "(\\d+) \\(characters / 4\\) "
                       "\\(give the runtime a larger context or leave that cell out\\)"));
    const auto match = kSaid.match(QString::fromStdString(end.err));
    QVERIFY2(match.hasMatch(), end.err.c_str());
    QVERIFY(match.captured(1).toInt() > 3347); // the published context of turn 12, and its reply
    QCOMPARE(server.chatCount(), 0);
    QVERIFY(isEmptyFolder(folder.file("out")));
}

void tst_refusals::aFolderThatCannotBeWrittenIsRefused_data() {
    QTest::addColumn<std::string>("out");
    QTest::addColumn<std::string>("said");
    // As root every folder can be written to, so these are ones that nobody can.
    QTest::newRow("a file in its place") << std::string("{}/taken") << std::string("Not a directory");
    QTest::newRow("below a file") << std::string("{}/taken/sessions") << std::string("Not a directory");
    QTest::newRow("a file system that takes no folders")
        << std::string("/proc/looptax") << std::string("No such file or directory");
    QTest::newRow("no space") << std::string("/proc")
                              << std::string("looptax: /proc: only 0 MiB are free, a session needs at least 16 MiB (free some "
                                             "space or choose another folder)\n");
}

void tst_refusals::aFolderThatCannotBeWrittenIsRefused() {
    QFETCH(std::string, out);
    QFETCH(std::string, said);
    const TempFolder folder;
    spit(folder.file("taken"), "a letter");
    if (out.rfind("{}", 0) == 0) out = folder.path() + out.substr(2);
    ScriptedServer server;
    QVERIFY(server.start());
    const CliEnd end =
        runLooptax({"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})), "--out", out});
    QCOMPARE(end.code, 4);
    QVERIFY2(contains(end.err, said) && contains(end.err, "looptax: " + out), end.err.c_str());
    QCOMPARE(server.chatCount(), 0);
    QCOMPARE(fileText(folder.file("taken")), std::string("a letter"));
}

void tst_refusals::aKeyThatIsNotSetIsNamed() {
    const TempFolder folder;
    ScriptedServer server;
    QVERIFY(server.start());
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url(), {}, "t")});
    plan.targets[0].api_key_env = "LOOPTAX_TEST_NO_SUCH_KEY";
    const CliEnd end = runPlan(folder, plan);
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, "looptax: target t: the environment variable LOOPTAX_TEST_NO_SUCH_KEY is not "
                               "set (export it before "
                               "the sweep; the plan contains only its name)\n"),
             end.err.c_str());
    QCOMPARE(server.requestCount(), 0);
}

void tst_refusals::anotherKindOfServerIsNotMeasured() {
    const TempFolder folder;
    ScriptedServer server; // speaks llama-server
    QVERIFY(server.start());
    const CliEnd end = runPlan(folder, tinyPlan({targetAt(TargetKind::Ollama, server.url())}));
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.err, "(is this an Ollama? looptax probe says what answers there)"), end.err.c_str());
    QCOMPARE(server.chatCount(), 0);
}

void tst_refusals::aManagedServerThatCannotStartSaysWhy_data() {
    QTest::addColumn<std::string>("command");
    QTest::addColumn<std::string>("model");
    QTest::addColumn<std::string>("said");
    const std::string real = LOOPTAX_BINARY_DIR "/looptax-scripted-llama-server";
    const std::string file = LOOPTAX_SOURCE_DIR "/LICENSE";
    QTest::newRow("no such command") << std::string("no-such-llama-server") << file
                                     << std::string("target m, managed.command: the command no-such-llama-server was not found "
                                                    "(packaging/get-runtime.sh installs the embedded one)\n");
    QTest::newRow("no such model file") << real << std::string("no-such.gguf")
                                        << std::string("target m, managed.model_file: the model file no-such.gguf was not found "
                                                       "(give its whole path, or put it into /nonexistent/looptax/models)\n");
    QTest::newRow("one that ends")
        << real << file << std::string("the server ended while it was starting: loading the model | out of memory (its log is ");
}

void tst_refusals::aManagedServerThatCannotStartSaysWhy() {
    QFETCH(std::string, command);
    QFETCH(std::string, model);
    QFETCH(std::string, said);
    const TempFolder folder;
    Target target;
    target.id = "m";
    target.managed = ManagedCommand{command, model, {"--sim-refuse", "out of memory"}};
    const CliEnd end = runPlan(folder, tinyPlan({target}));
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.err, said), end.err.c_str());
    // The folder stays for the server's log, and a later --resume may find the server mended. Nothing was recorded, which
    // cannot be told from a record that was lost: it is not called clean.
    const std::string session = end.sessionFolder();
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 4 && contains(verified.out, "not one whole line is in it: the sweep ended before its first line"),
             verified.all().c_str());
}

LOOPTAX_TEST(tst_refusals)
#include "tst_refusals.moc"
