// `looptax calibrate` as a user calls it: small, so its figures are rough; that they are there, kept and
// quoted is not.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace looptax;

namespace {

CliProcess::Environment dataIn(const TempFolder& folder) { return {{"LOOPTAX_DATA_DIR", folder.path()}}; }

QStringList namesIn(const TempFolder& folder) {
    return QDir(QString::fromStdString(folder.path())).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
}

// What /proc/PID/stat says behind the program's name: state, parent, ... Empty: no such process.
QStringList statOf(int pid) {
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly)) return {};
    const QByteArray text = file.readAll();
    return QString::fromUtf8(text.mid(text.lastIndexOf(')') + 2)).split(QLatin1Char(' '));
}

bool runs(int pid) {
    const QStringList stat = statOf(pid);
    return !stat.isEmpty() && stat[0] != QLatin1String("Z"); // nobody may have waited for it
}

// The child of that process that has the word among its own; 0: none yet.
int childOf(int parent, const QByteArray& word) {
    const QStringList all = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs);
    for (const QString& name : all) {
        const int pid = name.toInt();
        if (pid == 0) continue;
        const QStringList stat = statOf(pid);
        if (stat.size() < 2 || stat[1].toInt() != parent) continue;
        QFile words(QStringLiteral("/proc/%1/cmdline").arg(pid));
        if (words.open(QIODevice::ReadOnly) && words.readAll().split('\0').contains(word)) return pid;
    }
    return 0;
}

} // namespace

class tst_calibrate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsMeasuredPrintedKeptAndQuoted() {
        const TempFolder data;
        const CliEnd end = runLooptax({"calibrate", "--turns", "18", "--json", "-o", data.file("copy.json")}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        const Json json = Json::parse(end.out, nullptr, false);
        QVERIFY2(json.is_object(), end.all().c_str());
        QCOMPARE(json["schema"].get<std::string>(), std::string("looptax.calibration/2"));
        for (const char* load : {"idle", "loaded"}) {
            for (const char* who : {"this", "bare_socket", "kernel_socket"}) {
                const Json& f = json["headless"][load][who];
                if (f.is_null() && std::string(who) == "kernel_socket") continue; // a system that stamps nothing
                QCOMPARE(f["ttft_error_ms"]["n"].get<int>(), 18);
                QCOMPARE(f["decode_error_percent"]["n"].get<int>(), 18);
                QCOMPARE(f["gap_ms"]["n"].get<int>(), 5); // A's; turn 1 of a run has none before it
                QCOMPARE(f["gap_state_file_ms"]["n"].get<int>(), 10);
                // A client cannot hear a token before it was sent, nor be a second late on any machine that can
                // run this.
                QVERIFY(f["ttft_error_ms"]["median"].get<double>() > 0);
                QVERIFY(f["ttft_error_ms"]["median"].get<double>() < 1'000);
                QVERIFY(f["sends"].get<int>() > 18 * 20);
                // With every core busy whoever reads may come late to most of them.
                const int most = f["sends"].get<int>() / (std::string(load) == "idle" ? 2 : 1);
                QVERIFY(f["stamps_lost"].get<int>() < most);
            }
        }
        QCOMPARE(slurp(data.file("copy.json")), end.out);
        QCOMPARE(namesIn(data), QStringList({QStringLiteral("calibration.json"), QStringLiteral("copy.json")}));

        ScriptedServer server;
        QVERIFY(server.start().ok());
        const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        const TempFolder out;
        const CliEnd run = runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string report = slurp(onlySessionIn(out.path()) + "/report.md");
        QVERIFY2(contains(report, "This instrument, idle machine: TTFT +"), report.c_str());
        QVERIFY2(contains(report, "which fits: the runtime leaves this machine's cores idle"), report.c_str());
        QVERIFY(!contains(report, "was not measured on this machine"));
        QVERIFY(!contains(report, "another machine"));
    }
    void theTablesHaveTargetsAndTheBareSockets() {
        const TempFolder data;
        const CliEnd end = runLooptax({"calibrate", "--turns", "1"}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        for (const char* part :
             {"this instrument, idle machine: TTFT +", "this instrument, every core busy: TTFT ", "figure", "target",
              "bare poll() socket", "x poll", "x kernel", "|TTFT error| p50, ms", "<= 1 x poll", "|TTFT error| p99, ms",
              "|decode rate error| p50, %", "<= 0.02", "gap with state file", "<= 2 x poll + 0.1", "stamps lost"})
            QVERIFY2(contains(end.out, part), part);
    }
    void oneLoadLeavesTheOtherAsItWas() {
        const TempFolder data;
        const auto kept = [&] { return Json::parse(slurp(data.file("calibration.json")))["headless"]; };
        CliEnd end = runLooptax({"calibrate", "--turns", "1", "--load", "idle"}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY(!contains(end.out, "every core busy"));
        const Json idle = kept()["idle"];
        QVERIFY(idle.is_object() && kept()["loaded"].is_null());
        end = runLooptax({"calibrate", "--turns", "1", "--load", "loaded"}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        QVERIFY(kept()["idle"] == idle);
        QVERIFY(kept()["loaded"].is_object());
    }
    void aSweepIsJudgedByWhatWasKnownWhenItBegan() {
        const TempFolder data, out;
        const auto keep = [&](const char* kind, double p99) {
            Json figures = {{"sends", 100}, {"stamps_lost", 0}};
            for (const char* spread : {"ttft_error_ms", "decode_error_percent", "gap_ms", "gap_state_file_ms"})
                figures[spread] = {{"n", 9}, {"median", 0.01}, {"p50_abs", 0.01}, {"p99_abs", p99}, {"max_abs", p99}};
            Json all = {{"schema", "looptax.calibration/1"}};
            all[kind] = {{"machine", "desk"},     {"cpu", "c"},    {"cores", 2},        {"date", "2026-11-24T00:00:00Z"},
                         {"version", "0"},        {"commit", "0"}, {"optimised", true}, {"this", figures},
                         {"bare_socket", figures}};
            spit(data.file("calibration.json"), all.dump());
        };
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        keep("window", 0.77); // nothing else was made: better than nothing, and it says what it is
        const CliEnd run = runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string session = onlySessionIn(out.path());
        const std::string report = slurp(session + "/report.md");
        QVERIFY2(contains(report, "with live charts being painted, as its sweep journalled it"), report.c_str());
        QVERIFY(contains(report, "below 0.77 ms"));
        const std::string before = slurp(session + "/summary.json");
        QCOMPARE(Json::parse(before)["instrument"]["time_error_ms"].get<double>(), 0.77);
        // Calibrated again, or read elsewhere: the same bytes from the same journal.
        keep("headless", 5);
        const CliEnd again = runLooptax({"report", session, "--format", "json"}, dataIn(data));
        QCOMPARE(again.out, before);
        // A sweep without a calibration is judged by one that is made later.
        const TempFolder bare, elsewhere;
        QCOMPARE(runLooptax({"run", planFile(data.path(), plan), "--out", elsewhere.path(), "--quiet"}, dataIn(bare)).code, 0);
        const CliEnd late = runLooptax({"report", onlySessionIn(elsewhere.path())}, dataIn(data));
        QVERIFY2(contains(late.out, "kept on this machine now. A difference of two times below 5.00 ms"), late.all().c_str());
    }
    void aKeptFileThatCannotBeReadIsSaidInTheReport() {
        const TempFolder data, out;
        spit(data.file("calibration.json"), "{}");
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        const CliEnd run = runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string report = slurp(onlySessionIn(out.path()) + "/report.md");
        QVERIFY2(contains(report, "the calibration cannot be read"), report.c_str());
    }
    void ctrlCEndsItAndLeavesNothing() {
        const TempFolder data;
        CliProcess process({"calibrate", "--turns", "20000"}, dataIn(data));
        QTRY_VERIFY(!namesIn(data).isEmpty());
        process.signal(SIGINT);
        const CliEnd end = process.finish();
        QVERIFY2(end.code == 130, end.all().c_str());
        QTRY_VERIFY(namesIn(data).isEmpty());
    }
    // A stopped program ends them itself, for one that was killed the system does.
    void busyThreadsEndWithIt_data() {
        QTest::addColumn<int>("signal");
        QTest::addRow("Ctrl-C") << SIGINT;
        QTest::addRow("killed") << SIGKILL;
    }
    void busyThreadsEndWithIt() {
        QFETCH(int, signal);
        const TempFolder data;
        CliProcess process({"calibrate", "--turns", "20000", "--load", "loaded"}, dataIn(data));
        int busy = 0;
        QTRY_VERIFY((busy = childOf(int(process.pid()), "busy-threads")) > 0);
        process.signal(signal);
        const CliEnd end = process.finish();
        if (signal == SIGINT) QVERIFY2(end.code == 130, end.all().c_str());
        QTRY_VERIFY(!runs(busy));
        if (signal == SIGINT) QTRY_VERIFY(namesIn(data).isEmpty());
    }
    void wrongUse_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("said");
        QTest::addRow("no number") << QStringList{QStringLiteral("--turns"), QStringLiteral("many")}
                                   << QStringLiteral("not a number of turns");
        QTest::addRow("none at all") << QStringList{QStringLiteral("--turns"), QStringLiteral("0")}
                                     << QStringLiteral("not a number of turns");
        QTest::addRow("no load") << QStringList{QStringLiteral("--load"), QStringLiteral("heavy")}
                                 << QStringLiteral("not a kind of load");
        QTest::addRow("a word") << QStringList{QStringLiteral("session")} << QStringLiteral("takes no session");
    }
    void wrongUse() {
        QFETCH(QStringList, words);
        QFETCH(QString, said);
        std::vector<std::string> all{"calibrate"};
        for (const QString& word : words) all.push_back(word.toStdString());
        const CliEnd end = runLooptax(all);
        QCOMPARE(end.code, 2);
        QVERIFY2(contains(end.err, said.toStdString()), end.all().c_str());
    }
};

LOOPTAX_TEST(tst_calibrate)
#include "tst_calibrate.moc"
