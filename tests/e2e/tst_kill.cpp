// kill -9 at ten moments of a sweep, each followed by --resume, which may be killed in turn. Whatever the
// moments, in the end every planned run is complete once, and no request was made that the journal does not
// know.
#include "app/cli.h"
#include "base/seeded_random.h"
#include "e2e/managed_log.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>
#include <map>
#include <optional>

using namespace looptax;

class tst_kill : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tenKillsLoseNothingAndCountNothingTwice_data();
    void tenKillsLoseNothingAndCountNothingTwice();
};

namespace {

constexpr int kKills = 10;
constexpr const char* kInterval = "0.05"; // ms a token: a turn takes some ten milliseconds

// Requests that the journal knows, and whether the last of them has no answer.
struct Sends {
    int count = 0;
    bool lastIsOpen = false;
};

Sends sendsOf(const std::vector<Json>& journal) {
    Sends sends;
    for (const Json& line : journal) {
        const std::string type = line["type"];
        if (type == "turn_start" || type == "warmup") {
            ++sends.count;
            sends.lastIsOpen = true;
        } else if (type == "turn_done" || type == "turn_fail" || (type == "note" && line.contains("outcome"))) {
            sends.lastIsOpen = false;
        }
    }
    return sends;
}

struct Attempts {
    int complete = 0;
    int last = 0;
    int completeAttempt = 0;
    std::map<int, std::vector<int>> turns; // by attempt: the turns that were answered, in order
};

std::map<int, Attempts> attemptsOf(const std::vector<Json>& journal) {
    std::map<int, Attempts> runs;
    for (const Json& line : journal) {
        if (!line.contains("run") || line["type"] == "note") continue;
        Attempts& run = runs[line["run"]];
        const int attempt = line["run_attempt"];
        if (line["type"] == "run_start") run.last = attempt;
        if (line["type"] == "turn_done") run.turns[attempt].push_back(line["turn"]);
        if (line["type"] == "run_end" && line["run_outcome"] == "complete") {
            ++run.complete;
            run.completeAttempt = attempt;
        }
    }
    return runs;
}

} // namespace

void tst_kill::tenKillsLoseNothingAndCountNothingTwice_data() {
    QTest::addColumn<bool>("managed");
    QTest::addColumn<bool>("foreign");
    QTest::addColumn<int>("untouchedLines");
    QTest::addColumn<int>("seed");
    QTest::newRow("a server that the sweep starts") << true << false << 0 << 1;
    QTest::newRow("a server of the user's own") << false << true << 0 << 2;
    // Over the end of the first target's block and into the second's.
    QTest::newRow("both, one after the other") << true << true << 138 << 3;
}

void tst_kill::tenKillsLoseNothingAndCountNothingTwice() {
    QFETCH(bool, managed);
    QFETCH(bool, foreign);
    QFETCH(int, untouchedLines);
    QFETCH(int, seed);
    const TempFolder folder;
    const std::string log = folder.file("servers.log");
    SimOptions options;
    options.dialect = TargetKind::Ollama;
    options.cost.interval_ms = std::stod(kInterval);
    ScriptedServer own(options);
    QVERIFY(own.start());
    std::vector<Target> targets;
    if (managed) targets.push_back(managedTarget(log, {"--sim-interval-ms", kInterval}));
    if (foreign) targets.push_back(targetAt(TargetKind::Ollama, own.url()));
    Plan plan = tinyPlan(targets);
    plan.repeats = 9; // more lines than ten calls of at most sixteen can write
    const std::string planPath = planFile(folder.path(), plan);
    const std::string out = folder.file("sessions");

    // Other moments: LOOPTAX_TEST_SEED=7 build/ci/bin/test_e2e --only tst_kill
    seed += 10 * qEnvironmentVariableIntValue("LOOPTAX_TEST_SEED");
    SeededRandom random{std::uint64_t(seed)};
    std::string session;
    int missing = 0; // sends cut short before the server saw them
    int known = 0;   // journal lines
    std::vector<int> openAtKill;
    for (int kill = 1; kill <= kKills; ++kill) {
        const int after = 1 + int(random.below(16)) + (kill == 1 ? untouchedLines : 0);
        std::vector<std::string> words{"run", "--json-progress", "--trust-plan"};
        if (session.empty()) words.insert(words.end(), {planPath, "--out", out});
        else words.insert(words.end(), {"--resume", session});
        CliProcess process(words);
        const std::string moment = "\"seq\":" + std::to_string(known + after) + ",";
        const bool came = process.waitForOut(moment);
        process.signal(SIGKILL);
        const CliEnd end = process.finish();
        QVERIFY2(came && end.code == -1, end.all().c_str());
        if (session.empty()) session = onlySessionIn(out);

        const std::vector<Json> journal = journalOf(session);
        qInfo("seed %d, kill %d after line %d: %zu lines, the last a %s", seed, kill, known + after, journal.size(),
              journal.back()["type"].get<std::string>().c_str());
        known = int(journal.size());
        QTRY_VERIFY2_WITH_TIMEOUT(!managedServerRuns(log), "a managed server outlived the sweep", 5'000);
        QVERIFY(own.waitForNoConnections(5'000));
        const Sends sends = sendsOf(journal);
        const int cut = sends.count - missing - (readManagedLog(log).chats + own.chatCount());
        QVERIFY2(cut == 0 || (cut == 1 && sends.lastIsOpen),
                 ("the servers saw " + std::to_string(readManagedLog(log).chats + own.chatCount()) + " requests, the journal " +
                  std::to_string(sends.count))
                     .c_str());
        missing += cut;
        const CliEnd verified = runLooptax({"verify", session});
        QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
    }
    const CliEnd end = runLooptax({"run", "--resume", session, "--trust-plan"});
    QVERIFY2(end.code == 0, end.all().c_str());
    QCOMPARE(end.sessionFolder(), session);

    const std::vector<Json> journal = journalOf(session);
    QCOMPARE(sendsOf(journal).count - missing, readManagedLog(log).chats + own.chatCount());
    QVERIFY(!managedServerRuns(log));
    const std::map<int, Attempts> runs = attemptsOf(journal);
    const int planned = int(targets.size()) * 2 * plan.repeats;
    QCOMPARE(int(runs.size()), planned);
    for (const auto& [number, run] : runs) {
        const std::string where = "run " + std::to_string(number);
        QVERIFY2(run.complete == 1 && run.completeAttempt == run.last, where.c_str());
        const std::vector<int>& turns = run.turns.at(run.last);
        QVERIFY2(turns == (number % 2 == 1 ? std::vector<int>{1, 2} : std::vector<int>{1, 2, 3, 4}), where.c_str());
    }
    const CliEnd verified = runLooptax({"verify", session});
    QVERIFY2(verified.code == 0 && verified.lastLine() == "clean", verified.all().c_str());
    const std::string planWords = "runs planned: " + std::to_string(planned) + " complete, 0 stopped, 0 failed, 0 open";
    QVERIFY2(contains(verified.out, planWords), verified.out.c_str());
}

LOOPTAX_TEST(tst_kill)
#include "tst_kill.moc"
