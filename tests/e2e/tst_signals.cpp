// Ctrl-C and its kin, wherever they hit: the program ends within two seconds, what was under way is recorded,
// and
// --resume makes the rest.
#include "app/cli.h"
#include "e2e/managed_log.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QElapsedTimer>
#include <QTest>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <unistd.h>

using namespace looptax;

class tst_signals : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTurnUnderWayIsRecordedAsCancelled_data();
    void aTurnUnderWayIsRecordedAsCancelled();
    void whateverTheSweepWaitsForItEnds_data();
    void whateverTheSweepWaitsForItEnds();
    void aServerThatIgnoresTheSignalIsEndedToo();
    void theSecondSignalEndsAtOnce();
    void aTurnInWhichTheProgramWasStoppedIsSuspended();
    void anOllamaIsGivenBackWhenTheSweepIsEnded();
};

namespace {

constexpr double kLongest = 2.0; // seconds from the signal to the end

SimOptions slowServer(int port = 0) {
    SimOptions options;
    options.port = port;
    options.cost.interval_ms = 30; // a turn takes a second and more
    return options;
}

struct Ending {
    CliEnd end;
    double seconds = 0; // since the signal
};

Ending endWith(CliProcess& process, int signal) {
    QElapsedTimer timer;
    timer.start();
    process.signal(signal);
    Ending ending{process.finish(), 0};
    ending.seconds = double(timer.elapsed()) / 1e3;
    return ending;
}

// Nothing is lost, and what is missing is made by --resume, on a fast server at the same port.
void finishAndCheck(ScriptedServer& slow, const std::string& session) {
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
    slow.stop();
    SimOptions options;
    options.port = slow.port();
    ScriptedServer fast(options);
    QVERIFY(fast.start());
    const CliEnd resumed = runLooptax({"run", "--resume", session, "--trust-plan"});
    QVERIFY2(resumed.code == 0, resumed.all().c_str());
    const CliEnd again = runLooptax({"verify", session});
    QVERIFY2(again.code == 0 && contains(again.out, "2 complete, 0 stopped, 0 failed, 0 open"), again.all().c_str());
}

} // namespace

void tst_signals::aTurnUnderWayIsRecordedAsCancelled_data() {
    QTest::addColumn<int>("signal");
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
    QTest::newRow("SIGHUP") << SIGHUP;
}

void tst_signals::aTurnUnderWayIsRecordedAsCancelled() {
    QFETCH(int, signal);
    const TempFolder folder;
    ScriptedServer server(slowServer());
    QVERIFY(server.start());
    CliProcess process({"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})), "--out",
                        folder.file("out"), "--json-progress"});
    QVERIFY(process.waitForOut("\"type\":\"turn_start\""));
    QVERIFY(server.waitForChats(2, 10'000)); // the warm-up and turn 1
    const auto [end, seconds] = endWith(process, signal);
    QCOMPARE(end.code, 130);
    QVERIFY2(seconds < kLongest, std::to_string(seconds).c_str());
    const std::string session = end.sessionFolder();
    QCOMPARE(end.err, "warning: $.repeats: 1 repeat is a screening: no 95 % interval that holds without "
                      "assumptions, and no "
                      "two-sided verdict, is possible with fewer than 8 (take 8 or more)\n"
                      "interrupted; go on with: looptax run --resume " +
                          session + "\n");

    const std::vector<Json> journal = journalOf(session);
    QVERIFY(journal.size() > 4);
    const Json& turn = journal[journal.size() - 3];
    QVERIFY2(turn["type"] == "turn_fail" && turn["outcome"] == "cancelled" && turn["turn"] == 1, turn.dump().c_str());
    const Json& run = journal[journal.size() - 2];
    QVERIFY2(run["type"] == "run_end" && run["run_outcome"] == "cancelled", run.dump().c_str());
    const Json& last = journal.back();
    QVERIFY2(last["type"] == "session_end" && last["reason"] == "interrupted by the user", last.dump().c_str());
    // What there is was exported: a cancelled turn is a row, without flags.
    const auto rows = csvRows(fileText(session + "/turns.csv"));
    QCOMPARE(rows.size(), std::size_t(1));
    QCOMPARE(rows[0].at("outcome"), std::string("cancelled"));
    QCOMPARE(rows[0].at("all_pass"), std::string());
    finishAndCheck(server, session);
}

void tst_signals::whateverTheSweepWaitsForItEnds_data() {
    QTest::addColumn<std::string>("moment");
    QTest::addColumn<std::string>("said"); // on stdout, by then
    QTest::newRow("the warm-up") << std::string("warm-up") << std::string("\"type\":\"warmup\"");
    QTest::newRow("a busy runtime") << std::string("busy") << std::string("\"kind\":\"busy_wait\"");
    QTest::newRow("the cool-down before a run") << std::string("cool-down") << std::string("\"kind\":\"warmup_result\"");
    QTest::newRow("a lost target") << std::string("lost") << std::string("\"kind\":\"target_lost\"");
    QTest::newRow("a managed server that starts") << std::string("starting") << std::string("s\n");
}

void tst_signals::whateverTheSweepWaitsForItEnds() {
    QFETCH(std::string, moment);
    QFETCH(std::string, said);
    const TempFolder folder;
    SimOptions options;
    if (moment == "warm-up" || moment == "lost") options = slowServer();
    ScriptedServer server(options);
    QVERIFY(server.start());
    Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
    std::vector<std::string> words{"run", "", "--out", folder.file("out"), "--trust-plan", "--json-progress"};
    const SimScript busy{.steps = {{.bytes = httpAnswer(429, "application/json", quoted("{'error':{'message':'busy'}}"))}}};
    if (moment == "busy") server.setPath("/v1/chat/completions", busy);
    if (moment == "cool-down") plan.cooldown_ms = 60'000;
    if (moment == "starting") {
        plan.targets = {managedTarget(folder.file("servers.log"), {"--sim-never-ready"})};
        words.pop_back(); // how long the start takes is said to people only
        said = "starting " + plan.targets[0].managed->command + ", 1 s\n";
    }
    words[1] = planFile(folder.path(), plan);
    CliProcess process(words);
    if (moment == "lost") {
        QVERIFY(server.waitForChats(2, 10'000));
        server.stop();
    }
    QVERIFY2(process.waitForOut(said, 20'000), process.outSoFar().c_str());
    if (moment == "warm-up") QVERIFY(server.waitForChats(1, 10'000));
    const auto [end, seconds] = endWith(process, SIGINT);
    QVERIFY2(end.code == 130, end.all().c_str());
    QVERIFY2(seconds < kLongest, std::to_string(seconds).c_str());
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    // Before the first line there is nothing that could be clean.
    if (fileText(end.sessionFolder() + "/journal.jsonl").empty()) QVERIFY2(verified.code == 4, verified.all().c_str());
    else QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
    if (moment == "starting") QVERIFY(!managedServerRuns(folder.file("servers.log")));
    if (moment == "warm-up") finishAndCheck(server, end.sessionFolder());
}

void tst_signals::aServerThatIgnoresTheSignalIsEndedToo() {
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    const Plan plan = tinyPlan({managedTarget(log, {"--sim-stubborn", "--sim-interval-ms", "30"})});
    CliProcess process({"run", planFile(folder.path(), plan), "--out", folder.file("out"), "--trust-plan", "--json-progress"});
    QVERIFY(process.waitForOut("\"type\":\"turn_start\""));
    // In a group of its own, so that the Ctrl-C of a terminal does not reach the server in mid-turn.
    const ManagedLog running = readManagedLog(log);
    QCOMPARE(running.pids.size(), std::size_t(1));
    QCOMPARE(qint64(::getpgid(pid_t(running.pids[0]))), running.pids[0]);
    const auto [end, seconds] = endWith(process, SIGINT);
    QVERIFY2(end.code == 130, end.all().c_str());
    QVERIFY2(seconds < kLongest, std::to_string(seconds).c_str());
    QVERIFY(!managedServerRuns(log));
    QVERIFY2(contains(end.err, "--resume " + end.sessionFolder() + " --trust-plan\n"), end.err.c_str());
}

void tst_signals::theSecondSignalEndsAtOnce() {
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    const Plan plan = tinyPlan({managedTarget(log, {"--sim-stubborn", "--sim-interval-ms", "30"})});
    CliProcess process({"run", planFile(folder.path(), plan), "--out", folder.file("out"), "--trust-plan", "--json-progress"});
    QVERIFY(process.waitForOut("\"type\":\"turn_start\""));
    process.signal(SIGTERM);
    const auto [end, seconds] = endWith(process, SIGINT);
    QCOMPARE(end.code, 130);
    QVERIFY2(seconds < 0.9, std::to_string(seconds).c_str()); // sooner than the stubborn server is given up
    QTRY_VERIFY_WITH_TIMEOUT(!managedServerRuns(log), 5'000);
    const CliEnd verified = runLooptax({"verify", onlySessionIn(folder.file("out"))});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
}

// As Ctrl-Z and fg do, by the signal that no program can catch. (Ctrl-Z's own is ignored in a group without a shell.)
void tst_signals::aTurnInWhichTheProgramWasStoppedIsSuspended() {
    const TempFolder folder;
    SimOptions options = slowServer();
    options.cost.interval_ms = 8; // of a whole sweep
    ScriptedServer server(options);
    QVERIFY(server.start());
    CliProcess process({"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::LlamaServer, server.url())})), "--out",
                        folder.file("out")});
    QVERIFY(server.waitForChats(2, 10'000)); // the warm-up and turn 1
    QElapsedTimer timer;
    timer.start();
    process.signal(SIGSTOP);
    // The server knows nothing of it: the whole reply, some tenths of a second, is on its way when the program runs on.
    const auto replied = [&] {
        const auto seen = server.seen();
        return std::none_of(seen.begin(), seen.end(), [](const SeenRequest& request) { return request.end == SimEnd::Running; });
    };
    QTRY_VERIFY_WITH_TIMEOUT(replied(), 30'000);
    QCOMPARE(server.chatCount(), 2);
    process.signal(SIGCONT);
    const double seconds = double(timer.elapsed()) / 1e3;
    const CliEnd end = process.finish();
    QVERIFY2(end.code == 1, end.all().c_str());
    QVERIFY2(contains(end.out, "suspended: the program was stopped for about"), end.out.c_str());
    const std::vector<Json> journal = journalOf(end.sessionFolder());
    std::vector<Json> failed;
    std::copy_if(journal.begin(), journal.end(), std::back_inserter(failed),
                 [](const Json& line) { return line["type"] == "turn_fail"; });
    QCOMPARE(failed.size(), std::size_t(1));
    QVERIFY2(failed[0]["turn"] == 1 && failed[0]["outcome"] == "suspended", failed[0].dump().c_str());
    static const std::string kLead = "stopped for about ";
    const std::string reason = failed[0]["fail_reason"];
    const double said = std::atof(reason.substr(reason.find(kLead) + kLead.size()).c_str());
    QVERIFY2(said >= 0.1 && said <= seconds + 0.5, (reason + " of " + std::to_string(seconds)).c_str());
    QCOMPARE(countType(journal, "turn_done"), 4); // the other run
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
}

void tst_signals::anOllamaIsGivenBackWhenTheSweepIsEnded() {
    const TempFolder folder;
    SimOptions options = slowServer();
    options.dialect = TargetKind::Ollama;
    ScriptedServer server(options);
    QVERIFY(server.start());
    CliProcess process(
        {"run", planFile(folder.path(), tinyPlan({targetAt(TargetKind::Ollama, server.url())})), "--out", folder.file("out")});
    QVERIFY(server.waitForChats(2, 10'000));
    const auto [end, seconds] = endWith(process, SIGINT);
    QCOMPARE(end.code, 130);
    QVERIFY2(seconds < kLongest, std::to_string(seconds).c_str());
    QVERIFY2(contains(end.out, "unloads simulated-oracle again after 5 min without use"), end.out.c_str());
    const auto seen = server.seen();
    QCOMPARE(seen.back().request.path, std::string("/api/generate"));
    QCOMPARE(Json::parse(seen.back().request.body)["keep_alive"].get<int>(), 300);
    // In the report too: what was asked for, and what was done about it.
    const std::string report = fileText(end.sessionFolder() + "/report.md");
    for (const char* part :
         {"-1 in each request", "keep_alive, afterwards", "again after 5 min without use", "memory of the model | unknown"})
        QVERIFY2(contains(report, part), part);
    QCOMPARE(server.chatCount(), 2);
    const CliEnd verified = runLooptax({"verify", end.sessionFolder()});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
}

LOOPTAX_TEST(tst_signals)
#include "tst_signals.moc"
