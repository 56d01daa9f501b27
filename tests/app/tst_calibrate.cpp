// `looptax calibrate` as a user calls it: small, so its figures are rough; that they are there, kept and
// quoted is not.
#include "app/cli.h"
#include "sim/scripted_server.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <csignal>

using namespace looptax;

namespace {

CliProcess::Environment dataIn(const TempFolder& folder) {
    return {{"LOOPTAX_DATA_DIR", folder.path()}};
}

QStringList namesIn(const TempFolder& folder) {
    return QDir(QString::fromStdString(folder.path())).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
}

} // namespace

class tst_calibrate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsMeasuredPrintedKeptAndQuoted() {
        const TempFolder data;
        const CliEnd end =
            runLooptax({"calibrate", "--turns", "18", "--json", "-o", data.file("copy.json")}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        const Json json = Json::parse(end.out, nullptr, false);
        QVERIFY2(json.is_object(), end.all().c_str());
        QCOMPARE(json["schema"].get<std::string>(), std::string("looptax.calibration/1"));
        const Json& one = json["headless"];
        for (const char* who : {"this", "bare_socket"}) {
            const Json& f = one[who];
            QCOMPARE(f["ttft_error_ms"]["n"].get<int>(), 18);
            QCOMPARE(f["decode_error_percent"]["n"].get<int>(), 18);
            QCOMPARE(f["gap_ms"]["n"].get<int>(), 5); // A's; turn 1 of a run has none before it
            QCOMPARE(f["gap_state_file_ms"]["n"].get<int>(), 10);
            // A client cannot hear a token before it was sent, nor be a second late on any machine that can
            // run this.
            QVERIFY(f["ttft_error_ms"]["median"].get<double>() > 0);
            QVERIFY(f["ttft_error_ms"]["median"].get<double>() < 1'000);
            QVERIFY(f["sends"].get<int>() > 18 * 20);
            QVERIFY(f["stamps_lost"].get<int>() < f["sends"].get<int>() / 2);
        }
        QCOMPARE(slurp(data.file("copy.json")), end.out);
        QCOMPARE(namesIn(data),
                 QStringList({QStringLiteral("calibration.json"), QStringLiteral("copy.json")}));

        ScriptedServer server;
        QVERIFY(server.start().ok());
        const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        const TempFolder out;
        const CliEnd run =
            runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
        QVERIFY2(run.code == 0, run.all().c_str());
        const std::string report = slurp(onlySessionIn(out.path()) + "/report.md");
        QVERIFY2(contains(report, "This instrument: TTFT +"), report.c_str());
        QVERIFY(!contains(report, "was not measured on this machine"));
        QVERIFY(!contains(report, "another machine"));
    }
    void theTableHasTargetsAndTheBareSocket() {
        const TempFolder data;
        const CliEnd end = runLooptax({"calibrate", "--turns", "1"}, dataIn(data));
        QVERIFY2(end.code == 0, end.all().c_str());
        for (const char* part :
             {"this instrument: TTFT +", "figure", "target", "bare socket", "ratio", "|TTFT error| p99, ms",
              "|decode rate error| p50, %", "gap with state file", "stamps lost"})
            QVERIFY2(contains(end.out, part), part);
    }
    void aSweepIsJudgedByWhatWasKnownWhenItBegan() {
        const TempFolder data, out;
        const auto keep = [&](const char* kind, double p99) {
            Json figures = {{"sends", 100}, {"stamps_lost", 0}};
            for (const char* spread : {"ttft_error_ms", "decode_error_percent", "gap_ms", "gap_state_file_ms"})
                figures[spread] = {{"n", 9}, {"median", 0.01}, {"p50_abs", 0.01}, {"p99_abs", p99}, {"max_abs", p99}};
            Json all = {{"schema", "looptax.calibration/1"}};
            all[kind] = {{"machine", "desk"}, {"cpu", "c"}, {"cores", 2}, {"date", "2026-11-24T00:00:00Z"}, {"version", "0"},
                         {"commit", "0"}, {"optimised", true}, {"this", figures}, {"bare_socket", figures}};
            spit(data.file("calibration.json"), all.dump());
        };
        ScriptedServer server;
        QVERIFY(server.start().ok());
        const Plan plan = tinyPlan({targetAt(TargetKind::LlamaServer, server.url())});
        keep("window", 0.77); // nothing else was made: better than nothing, and it says what it is
        const CliEnd run =
            runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
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
        const CliEnd run =
            runLooptax({"run", planFile(data.path(), plan), "--out", out.path(), "--quiet"}, dataIn(data));
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
    void wrongUse_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<QString>("said");
        QTest::addRow("no number") << QStringList{QStringLiteral("--turns"), QStringLiteral("many")}
                                   << QStringLiteral("not a number of turns");
        QTest::addRow("none at all") << QStringList{QStringLiteral("--turns"), QStringLiteral("0")}
                                     << QStringLiteral("not a number of turns");
        QTest::addRow("a word") << QStringList{QStringLiteral("session")}
                                << QStringLiteral("takes no session");
    }
    void wrongUse() {
        QFETCH(QStringList, words);
        QFETCH(QString, said);
        std::vector<std::string> all{"calibrate"};
        for (const QString& word : words)
            all.push_back(word.toStdString());
        const CliEnd end = runLooptax(all);
        QCOMPARE(end.code, 2);
        QVERIFY2(contains(end.err, said.toStdString()), end.all().c_str());
    }
};

LOOPTAX_TEST(tst_calibrate)
#include "tst_calibrate.moc"
