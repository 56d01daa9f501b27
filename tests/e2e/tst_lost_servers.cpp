// Servers that die, are busy or never stop while a sweep runs: the run at hand is failed, what was measured
// stays, and the sweep goes on as soon as it can.
#include "app/cli.h"
#include "e2e/managed_log.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace looptax;

class tst_lost_servers : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aManagedServerThatDiesIsStartedAgain();
    void aManagedServerThatCannotBeStartedAgainEndsTheSweep();
    void aServerOfTheUsersThatComesBackIsWaitedFor();
    void aServerOfTheUsersThatStaysAwayEndsTheSweep();
    void anotherModelIsNotGoneOnWith();
    void anotherBuildIsAskedAboutAndMeasuresTheOpenRepeatAgain();
    void aBusyRuntimeIsAskedAgainOutsideTheTimedWindow();
    void aModelThatNeverStopsIsHeldByItsTokens();
    void aServerThatNeverStopsIsHeldByTheLimits_data();
    void aServerThatNeverStopsIsHeldByTheLimits();
};

namespace {

// Two runs of A and two of C, in this order: A C A C.
Plan fourRuns(const Target& target) {
    Plan plan = tinyPlan({target});
    plan.repeats = 2;
    return plan;
}

template <class Change> SimOptions simulated(Change change) {
    SimOptions options;
    change(options);
    return options;
}

int sendsIn(const std::vector<Json>& journal) { return countType(journal, "turn_start") + countType(journal, "warmup"); }

std::string planned(int complete, int failed, int open) {
    return "runs planned: " + std::to_string(complete) + " complete, 0 stopped, " + std::to_string(failed) + " failed, " +
           std::to_string(open) + " open\n";
}

void verifySays(const std::string& session, const std::string& text) {
    const CliEnd end = runLooptax({"verify", session});
    QVERIFY2(end.code == 0 && end.lastLine() == "clean" && contains(end.out, text), end.all().c_str());
}

} // namespace

void tst_lost_servers::aManagedServerThatDiesIsStartedAgain() {
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    // Chat 1 warms up, 2 and 3 are the run of A, 4 opens the run of C.
    const Plan plan = fourRuns(managedTarget(log, {"--sim-die-at-chat", "4"}));
    const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out"), "--trust-plan"});
    QVERIFY2(end.code == 1, end.all().c_str());
    QCOMPARE(countLines(end.out, "the server of managed was lost (turn 1: cut: "), 1);
    QCOMPARE(countLines(end.out, "); starting it again"), 1);
    const std::string session = end.sessionFolder();
    const std::vector<Json> journal = journalOf(session);
    const ManagedLog servers = readManagedLog(log);
    QCOMPARE(servers.pids.size(), std::size_t(2));
    QVERIFY(!managedServerRuns(log));
    QCOMPARE(servers.chats, sendsIn(journal));
    QCOMPARE(countType(journal, "warmup"), 2);
    QCOMPARE(countType(journal, "turn_fail"), 1);
    verifySays(session, planned(3, 1, 0));
    QVERIFY2(contains(fileText(session + "/runtime.log"), "ggml: out of memory"), "what the server said is lost");

    // Not made again unless asked, and the exit code does not forget it.
    const CliEnd resumed = runLooptax({"run", "--resume", session, "--trust-plan"});
    QCOMPARE(resumed.code, 1);
    QCOMPARE(readManagedLog(log).chats, servers.chats);
    const CliEnd retried = runLooptax({"run", "--resume", session, "--retry-failed", "--trust-plan"});
    QVERIFY2(retried.code == 0, retried.all().c_str());
    verifySays(session, planned(4, 0, 0));
    QCOMPARE(readManagedLog(log).chats, sendsIn(journalOf(session)));
    // The failed attempt stays a row; the medians are of complete runs alone.
    const auto rows = csvRows(fileText(session + "/turns.csv"));
    QCOMPARE(rows.size(), std::size_t(2 * (2 + 4) + 1));
}

void tst_lost_servers::aManagedServerThatCannotBeStartedAgainEndsTheSweep() {
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    const Plan plan = fourRuns(managedTarget(log, {"--sim-die-at-chat", "4", "--sim-refuse-restart"}));
    const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out"), "--trust-plan"});
    QCOMPARE(end.code, 3);
    QVERIFY2(contains(end.err, "looptax: target managed, "), end.err.c_str());
    QVERIFY2(contains(end.err, "the server ended while it was starting: loading the model | the card has "
                               "fallen off the bus (its log is "),
             end.err.c_str());
    verifySays(end.sessionFolder(), planned(1, 1, 2));
    QCOMPARE(csvRows(fileText(end.sessionFolder() + "/turns.csv")).size(), std::size_t(3));
}

void tst_lost_servers::aServerOfTheUsersThatComesBackIsWaitedFor() {
    const TempFolder folder;
    ScriptedServer server(simulated([](SimOptions& o) { o.cost.interval_ms = 1; }));
    QVERIFY(server.start());
    CliProcess process(
        {"run", planFile(folder.path(), fourRuns(targetAt(TargetKind::LlamaServer, server.url()))), "--out", folder.file("out")});
    QVERIFY(server.waitForChats(4, 10'000)); // the run of C has begun
    server.stop();
    QVERIFY2(process.waitForOut("llamacpp does not answer (turn 1: "), process.outSoFar().c_str());
    QVERIFY2(process.waitForOut("llamacpp does not answer; the sweep goes on when it does, or ends in 600 s"),
             process.outSoFar().c_str());
    QVERIFY(server.start()); // on the same port
    const CliEnd end = process.finish();
    QVERIFY2(end.code == 1, end.all().c_str());
    QCOMPARE(countLines(end.out, "llamacpp answers again"), 1);
    const std::vector<Json> journal = journalOf(end.sessionFolder());
    QCOMPARE(server.chatCount(), sendsIn(journal));
    QCOMPARE(countType(journal, "warmup"), 2); // the server came back cold
    verifySays(end.sessionFolder(), planned(3, 1, 0));
}

void tst_lost_servers::aServerOfTheUsersThatStaysAwayEndsTheSweep() {
    const TempFolder folder;
    ScriptedServer server(simulated([](SimOptions& o) {
        o.dialect = TargetKind::Ollama;
        o.cost.interval_ms = 1;
    }));
    QVERIFY(server.start());
    Plan plan = fourRuns(targetAt(TargetKind::Ollama, server.url(), server.model()));
    plan.deadlines.first_output = 3'000; // as long as a turn may be silent, so long a lost target is waited for
    CliProcess process({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
    QVERIFY(server.waitForChats(4, 10'000));
    server.stop();
    const CliEnd end = process.finish(30'000);
    QVERIFY2(end.code == 3, end.all().c_str());
    QVERIFY2(contains(end.err, "looptax: " + server.url() +
                                   ": ollama did not answer again within 3 s (start it, then go on with --resume)\n"),
             end.err.c_str());
    const std::string session = end.sessionFolder();
    verifySays(session, planned(1, 1, 2));
    QVERIFY(server.start());
    const CliEnd resumed = runLooptax({"run", "--resume", session, "--retry-failed"});
    QVERIFY2(resumed.code == 0, resumed.all().c_str());
    verifySays(session, planned(4, 0, 0));
    QCOMPARE(server.chatCount(), sendsIn(journalOf(session)));
}

void tst_lost_servers::anotherModelIsNotGoneOnWith() {
    const TempFolder folder;
    ScriptedServer server(simulated([](SimOptions& o) { o.cost.interval_ms = 10; }));
    QVERIFY(server.start());
    CliProcess process({"run", planFile(folder.path(), fourRuns(targetAt(TargetKind::LlamaServer, server.url(), {}))), "--out",
                        folder.file("out")});
    QVERIFY(server.waitForChats(2, 10'000));
    process.signal(SIGTERM);
    const std::string session = process.finish().sessionFolder();
    server.stop();
    ScriptedServer other(simulated([&](SimOptions& o) {
        o.port = server.port();
        o.model = "simulated-other";
    }));
    QVERIFY(other.start());
    const CliEnd end = runLooptax({"run", "--resume", session});
    QCOMPARE(end.code, 2);
    QVERIFY2(contains(end.err, "target llamacpp serves simulated-other now; this session began with "
                               "simulated-oracle (two models in one "
                               "session cannot be compared: load that one again, or start a new session)\n"),
             end.err.c_str());
    QCOMPARE(other.chatCount(), 0);
    verifySays(session, planned(0, 0, 4));
}

void tst_lost_servers::anotherBuildIsAskedAboutAndMeasuresTheOpenRepeatAgain() {
    const TempFolder folder;
    ScriptedServer server(simulated([](SimOptions& o) { o.cost.interval_ms = 10; }));
    QVERIFY(server.start());
    CliProcess process({"run", planFile(folder.path(), fourRuns(targetAt(TargetKind::LlamaServer, server.url(), {}))), "--out",
                        folder.file("out")});
    QVERIFY(server.waitForChats(4, 10'000)); // a warm-up, the run of A, and the run of C has begun
    process.signal(SIGTERM);
    const std::string session = process.finish().sessionFolder();
    server.setPath(
        "/props",
        {.steps = {{.bytes = httpAnswer(200, "application/json",
                                        quoted("{'default_generation_settings':{'n_ctx':16384},'total_slots':1,'model_alias':'" +
                                               server.model() + "','build_info':'simulated-b1'}"))}}});
    const int chats = server.chatCount();
    const CliEnd asked = runLooptax({"run", "--resume", session});
    QCOMPARE(asked.code, 2);
    QVERIFY2(contains(asked.err, "target llamacpp is build simulated-b1 now; the turns before were measured on simulated-b0 "
                                 "(--resume with --allow-changed-runtime continues on it"),
             asked.err.c_str());
    QCOMPARE(server.chatCount(), chats);
    verifySays(session, planned(1, 0, 3));
    const CliEnd end = runLooptax({"run", "--resume", session, "--allow-changed-runtime"});
    QVERIFY2(end.code == 0, end.all().c_str());
    verifySays(session, planned(4, 0, 0));
    std::map<std::string, std::string> attempts; // that count, of each run
    for (const auto& row : csvRows(fileText(session + "/turns.csv")))
        if (row.at("run_outcome") == "complete") attempts[row.at("run")] += row.at("run_attempt");
    QCOMPARE(attempts["1"], std::string("22")); // it was complete on the build before
    QCOMPARE(attempts["2"], std::string("2222"));
    QCOMPARE(attempts["3"], std::string("11"));
    QVERIFY2(contains(fileText(session + "/report.md"), "build simulated-b0, then simulated-b1"),
             fileText(session + "/report.md").c_str());
    // Answered once, it is the build of this session.
    QCOMPARE(runLooptax({"run", "--resume", session}).code, 0);
}

void tst_lost_servers::aBusyRuntimeIsAskedAgainOutsideTheTimedWindow() {
    const TempFolder folder;
    ScriptedServer server;
    QVERIFY(server.start());
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
    plan.warmup_requests = 0;
    server.queueChat(
        {.steps = {{.bytes = httpAnswer(503, "application/json", quoted("{'error':{'message':'Loading model','code':503}}"))}}});
    const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
    QVERIFY2(end.code == 0, end.all().c_str());
    QCOMPARE(countLines(end.out, "the runtime is busy (HTTP 503), waiting 1000 ms before sending turn 1 again"), 1);
    const auto rows = csvRows(fileText(end.sessionFolder() + "/turns.csv"));
    QCOMPARE(rows.size(), std::size_t(6)); // the send that was refused is no turn
    QCOMPARE(rows[0].at("send_attempt"), std::string("2"));
    QCOMPARE(rows[0].at("retry_wait_ms"), std::string("1000"));
    QVERIFY2(std::stod(rows[0].at("ttft_ms")) < 900, rows[0].at("ttft_ms").c_str());
    QCOMPARE(server.chatCount(), sendsIn(journalOf(end.sessionFolder())));
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(contains(verified.out, "7 turns sent, 6 done, 0 failed, 1 sent again"), verified.all().c_str());
}

void tst_lost_servers::aModelThatNeverStopsIsHeldByItsTokens() {
    const TempFolder folder;
    ScriptedServer server(simulated([](SimOptions& o) { o.corruptions = {{Corruption::NeverStops, 2, {}}}; }));
    QVERIFY(server.start());
    const CliEnd end = runLooptax({"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})),
                                   "--out", folder.file("out")});
    QVERIFY2(end.code == 0, end.all().c_str());
    int bounded = 0;
    for (const auto& row : csvRows(fileText(end.sessionFolder() + "/turns.csv"))) {
        if (row.at("finish_reason") != "length") continue;
        ++bounded;
        QCOMPARE(row.at("predicted_tokens"), row.at("max_tokens"));
        QVERIFY2(std::stoi(row.at("max_tokens")) <= 1000, row.at("max_tokens").c_str());
    }
    QCOMPARE(bounded, 2); // turn 2 of A and of C
}

void tst_lost_servers::aServerThatNeverStopsIsHeldByTheLimits_data() {
    QTest::addColumn<bool>("drips");
    QTest::addColumn<std::string>("outcome");
    QTest::addColumn<std::string>("reason");
    QTest::newRow("a line without an end") << false << std::string("limit") << std::string("longer than 1048576 bytes");
    QTest::newRow("a word now and then") << true << std::string("timeout_total") << std::string("longer than 1 s");
}

void tst_lost_servers::aServerThatNeverStopsIsHeldByTheLimits() {
    QFETCH(bool, drips);
    QFETCH(std::string, outcome);
    QFETCH(std::string, reason);
    const TempFolder folder;
    ScriptedServer server;
    QVERIFY(server.start());
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
    plan.warmup_requests = 0;
    if (drips) plan.deadlines.total = 1'000;
    const std::string word = quoted("data: {'choices':[{'index':0,'delta':{'content':'so '}}]}\n\n");
    SimStep endless{.bytes = httpChunk(drips ? word : std::string(60'000, 'x')), .times = -1};
    if (drips) endless.delay_ns = 20'000'000;
    server.queueChat(
        {.steps = {{.bytes = httpHead(200, {{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}})},
                   {.bytes = httpChunk(drips ? word : "data: ")},
                   endless}});
    const CliEnd end = runLooptax({"run", planFile(folder.path(), plan), "--out", folder.file("out")});
    QVERIFY2(end.code == 1, end.err.c_str());
    const auto rows = csvRows(fileText(end.sessionFolder() + "/turns.csv"));
    QCOMPARE(rows[0].at("outcome"), outcome);
    QVERIFY2(contains(rows[0].at("fail_reason"), reason), rows[0].at("fail_reason").c_str());
    QCOMPARE(rows[0].at("all_pass"), std::string());
    QCOMPARE(rows[0].at("decode_tps"), std::string());
    QCOMPARE(rows[0].at("ttft_ms").empty(), !drips); // what was measured before it went wrong is kept
    QCOMPARE(server.chatCount(), sendsIn(journalOf(end.sessionFolder())));
    verifySays(end.sessionFolder(), planned(1, 1, 0)); // the run after it is complete
}

LOOPTAX_TEST(tst_lost_servers)
#include "tst_lost_servers.moc"
