// What is kept of a calibration, and which of them a session is judged by.
#include "calibrate/calibration_file.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"

#include <QTest>

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

using Lines = std::vector<std::shared_ptr<const Json>>;

Instrument made(double p99, Load load = Load::Idle, bool window = false) {
    Instrument i;
    i.machine = "desk";
    i.cpu = "c";
    i.cores = 2;
    i.date = "2026-11-24T00:00:00Z";
    i.version = "0";
    i.commit = "0";
    i.load = load;
    i.window = window;
    for (InstrumentFigures* f : {&i.ours, &i.bare, &i.kernel})
        f->ttft_ms = f->decode_percent = f->gap_ms = f->gap_state_ms = {9, 0.01, 0.01, p99, p99};
    i.ours.sends = 100;
    return i;
}

Json figures(double p99) {
    Json out = {{"sends", 100}, {"stamps_lost", 0}};
    for (const char* spread : {"ttft_error_ms", "decode_error_percent", "gap_ms", "gap_state_file_ms"})
        out[spread] = {{"n", 9}, {"median", 0.01}, {"p50_abs", 0.01}, {"p99_abs", p99}, {"max_abs", p99}};
    return out;
}

// As it was kept and journalled before there was a load.
Json old(double p99) {
    return {{"machine", "desk"}, {"cpu", "c"},        {"cores", 2},           {"date", "2026-11-24T00:00:00Z"}, {"version", "0"},
            {"commit", "0"},     {"optimised", true}, {"this", figures(p99)}, {"bare_socket", figures(p99)}};
}

Json target(const char* id, const char* url, std::optional<bool> simulated = false) {
    Json out = {{"id", id}, {"url", url}};
    if (simulated) out["simulated"] = *simulated;
    return out;
}

Lines session(const Json& targets, const Json& instrument = nullptr) {
    return {std::make_shared<const Json>(Json{{"targets", targets}, {"instrument", instrument}})};
}

Plan managed(const std::string& command, const std::vector<std::string>& args = {}) {
    Plan plan;
    Target own;
    own.id = "own";
    own.managed = ManagedCommand{command, "m.gguf", args};
    plan.targets = {own};
    return plan;
}

const Json kHere = target("here", "http://127.0.0.1:8080"), kAway = target("away", "http://192.0.2.1:8080"),
           kOwn = target("own", "http://127.0.0.1:41234"), kScripted = target("s", "http://localhost:1", true);

} // namespace

class tst_calibration_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatIsWrittenIsRead() {
        Calibrations all;
        all.headless = {made(0.1), made(0.9, Load::Busy)};
        all.window.busy = made(1.1, Load::Busy, true);
        all.window.busy->kernel = {}; // a system that stamps nothing
        const auto read = readCalibrations(calibrationsJson(all));
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        for (const Load load : kLoads) {
            QVERIFY(read->headless.of(load) == all.headless.of(load));
            QVERIFY(read->window.of(load) == all.window.of(load));
        }
    }
    void aFileFromBeforeThereWasALoadIsOfAnIdleMachine() {
        const auto read =
            readCalibrations(Json{{"schema", "looptax.calibration/1"}, {"headless", old(0.2)}, {"window", nullptr}}.dump());
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().text().c_str());
        QVERIFY(read->headless.idle && !read->headless.busy && !read->window.idle && !read->window.busy);
        QCOMPARE(timeErrorMs(*read->headless.idle), 0.2);
        QCOMPARE(read->headless.idle->load, Load::Idle);
        QCOMPARE(read->headless.idle->kernel.ttft_ms.n, 0);
    }
    void aBrokenFileIsRefused_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* what, const Json& json, const char* said) {
            QTest::addRow("%s", what) << QString::fromStdString(json.dump()) << QString::fromUtf8(said);
        };
        const auto with = [](Json one) {
            return Json{{"schema", "looptax.calibration/2"}, {"headless", {{"idle", std::move(one)}}}};
        };
        Json kernel = old(1), numbers = old(1), text = old(1);
        kernel["kernel_socket"] = "fast";
        numbers["this"]["ttft_error_ms"]["p99_abs"] = "many";
        text.erase("cpu");
        QTest::addRow("no JSON") << QStringLiteral("{") << QStringLiteral("not a JSON object");
        row("a list", Json::array(), "not a JSON object");
        row("no schema", Json::object(), "its schema is neither");
        row("a later schema", {{"schema", "looptax.calibration/3"}}, "its schema is neither");
        row("a kind that is none", {{"schema", "looptax.calibration/2"}, {"window", 7}}, "window is not an object");
        row("a load that is none", with(7), "idle is missing or not of its kind");
        row("an empty one", with(Json::object()), "machine is missing");
        row("no label", with(text), "cpu is missing");
        row("a word for a number", with(numbers), "p99_abs is missing");
        row("a word for figures", with(kernel), "is missing or not of its kind");
        row("one of schema 2 named 1", Json{{"schema", "looptax.calibration/1"}, {"headless", {{"idle", old(1)}}}}, "is missing");
    }
    void aBrokenFileIsRefused() {
        QFETCH(QString, text);
        QFETCH(QString, said);
        const auto read = readCalibrations(text.toStdString());
        QVERIFY(!read.ok());
        QVERIFY2(read.error().text().find(said.toStdString()) != std::string::npos, read.error().text().c_str());
    }
    void eachKindTakesItsPlaceAlone() {
        const TempFolder data;
        const Data here(data);
        SystemFileOps files;
        QVERIFY(keepCalibrations(files, {made(0.1), made(0.9, Load::Busy)}).ok());
        QVERIFY(keepCalibrations(files, {made(1.1, Load::Busy, true)}).ok());
        QVERIFY(keepCalibrations(files, {made(0.2)}).ok());
        const Calibrations kept = keptCalibrations(files);
        QCOMPARE(timeErrorMs(kept.headless.idle.value()), 0.2);
        QCOMPARE(timeErrorMs(kept.headless.busy.value()), 0.9);
        QCOMPARE(timeErrorMs(kept.window.busy.value()), 1.1);
        QVERIFY(!kept.window.idle);
        // A sweep in the window takes what there is of the window's, and the rest of the other's.
        const Json fitting = Json::parse(fittingInstrument(files, true));
        QCOMPARE(fitting["idle"]["window"].get<bool>(), false);
        QCOMPARE(fitting["loaded"]["window"].get<bool>(), true);
        QCOMPARE(fitting["loaded"]["this"]["ttft_error_ms"]["p99_abs"].get<double>(), 1.1);
        const SessionInstrument judged = sessionInstrument(files, session(Json::array({kHere}), fitting), {});
        QVERIFY(judged.journalled && judged.used->window && judged.used->load == Load::Busy && !judged.other->window);
    }
    void aLoadFitsByTheTargets_data() {
        QTest::addColumn<QString>("targets");
        QTest::addColumn<QString>("command"); // of the target "own"
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<QString>("fit");
        const auto row = [](const char* what, const Json& targets, const char* command, const QStringList& args, LoadFit fit) {
            QTest::addRow("%s", what) << QString::fromStdString(targets.dump()) << QString::fromUtf8(command) << args
                                      << QString::fromUtf8(name(fit).data());
        };
        const char* server = "llama-server";
        const auto words = [](const char* text) { return QString::fromUtf8(text).split(QLatin1Char(' ')); };
        row("nothing on record", Json::array(), server, {}, LoadFit::Either);
        row("on another machine", Json::array({kAway}), server, {}, LoadFit::Idle);
        row("the scripted server", Json::array({kScripted}), server, {}, LoadFit::Idle);
        row("two that are elsewhere", Json::array({kAway, kScripted}), server, {}, LoadFit::Idle);
        row("somebody's on loopback", Json::array({kHere}), server, {}, LoadFit::Either);
        row("of before the fact", Json::array({target("old", "http://[::1]:1", {})}), server, {}, LoadFit::Either);
        row("managed, may have a GPU", Json::array({kOwn}), server, {}, LoadFit::Either);
        row("managed, layers on a GPU", Json::array({kOwn}), server, words("-ngl 99"), LoadFit::Either);
        row("managed, no layer on a GPU", Json::array({kOwn}), server, words("-t 4 --n-gpu-layers 0"), LoadFit::Busy);
        row("managed, no device", Json::array({kOwn}), server, words("--device none"), LoadFit::Busy);
        row("a flag without its value", Json::array({kOwn}), server, words("-ngl"), LoadFit::Either);
        row("the embedded runtime", Json::array({kOwn}), "looptax-llama-server", {}, LoadFit::Busy);
        row("the embedded runtime by its path", Json::array({kOwn}), "/data/runtime/looptax-llama-server", {}, LoadFit::Busy);
        row("not quite its name", Json::array({kOwn}), "not-looptax-llama-server", {}, LoadFit::Either);
        row("here and elsewhere", Json::array({kOwn, kAway}), "looptax-llama-server", {}, LoadFit::Either);
        row("no objects", Json::array({1, "x", Json::object()}), server, {}, LoadFit::Either);
    }
    void aLoadFitsByTheTargets() {
        QFETCH(QString, targets);
        QFETCH(QString, command);
        QFETCH(QStringList, args);
        std::vector<std::string> words;
        for (const QString& word : args) words.push_back(word.toStdString());
        const Lines lines = session(Json::parse(targets.toStdString()));
        const std::string fit(name(loadFit(lines, managed(command.toStdString(), words))));
        QTEST(QString::fromStdString(fit), "fit");
    }
    void whatASessionIsJudgedBy_data() {
        QTest::addColumn<QString>("targets");
        QTest::addColumn<QString>("journalled");
        QTest::addColumn<double>("used"); // p99
        QTest::addColumn<double>("other");
        const auto row = [](const char* what, const Json& target, const Json& journalled, double used, double other) {
            QTest::addRow("%s", what) << QString::fromStdString(Json::array({target}).dump())
                                      << QString::fromStdString(journalled.dump()) << used << other;
        };
        Json both = {{"idle", old(0.2)}, {"loaded", old(0.8)}}, later = both;
        later["loaded"]["this"] = "of a later version";
        row("an old session, elsewhere", kAway, old(0.3), 0.3, 0);
        row("an old session, here", kHere, old(0.3), 0.3, 0);
        row("both, elsewhere", kAway, both, 0.2, 0);
        row("both, on the processors here", kOwn, both, 0.8, 0);
        row("both, nobody can tell", kHere, both, 0.8, 0.2);
        row("idle only, on the processors here", kOwn, {{"idle", old(0.2)}, {"loaded", nullptr}}, 0.2, 0);
        row("what cannot be read is as if it were not there: what is kept", kAway, later, 0.05, 0);
        row("none journalled: what is kept", kOwn, nullptr, 0.06, 0);
        row("neither of the two: what is kept", kHere, Json::object(), 0.06, 0.05);
    }
    void whatASessionIsJudgedBy() {
        QFETCH(QString, targets);
        QFETCH(QString, journalled);
        const TempFolder data;
        const Data here(data);
        SystemFileOps files;
        QVERIFY(keepCalibrations(files, {made(0.05), made(0.06, Load::Busy)}).ok());
        const SessionInstrument found =
            sessionInstrument(files, session(Json::parse(targets.toStdString()), Json::parse(journalled.toStdString())),
                              managed("looptax-llama-server"));
        QTEST(found.used ? timeErrorMs(*found.used) : 0.0, "used");
        QTEST(found.other ? timeErrorMs(*found.other) : 0.0, "other");
        QCOMPARE(found.journalled, timeErrorMs(*found.used) > 0.1);
    }
    void afterAResumeTheWorstJudges() {
        const TempFolder data;
        const Data here(data);
        SystemFileOps files;
        Lines lines = session(Json::array({kAway}), Json{{"idle", old(0.2)}, {"loaded", old(0.8)}});
        for (const double p99 : {0.4, 0.3}) lines.push_back(session(Json::array({kAway}), old(p99)).front());
        QCOMPARE(timeErrorMs(sessionInstrument(files, lines, {}).used.value()), 0.4);
    }
    void theTableSaysMetOrMissed() {
        Instrument i = made(0.1);
        i.ours.ttft_ms = {9, 0.03, 0.03, 0.7, 0.8};
        i.bare.ttft_ms = {9, 0.02, 0.02, 0.1, 0.2};
        i.bare.gap_state_ms = {};
        const auto rows = calibrationRows(i);
        const auto row = [&](const std::string& figure) {
            for (const auto& one : rows)
                if (one[0] == figure) return one;
            return std::vector<std::string>(8);
        };
        using Cells = std::vector<std::string>;
        QCOMPARE(rows[0], (Cells{"figure", "target", "this", "poll", "kernel", "x poll", "x kernel", ""}));
        QCOMPARE(row("|TTFT error| p50, ms"),
                 (Cells{"|TTFT error| p50, ms", "<= 1 x poll", "0.030", "0.020", "0.010", "1.50", "3.00", "missed by 0.010"}));
        QCOMPARE(row("|TTFT error| p99, ms"),
                 (Cells{"|TTFT error| p99, ms", "<= 0.5", "0.700", "0.100", "0.100", "7.00", "7.00", "missed by 0.200"}));
        QCOMPARE(row("|TTFT error| max, ms")[7], std::string());
        QCOMPARE(row("|decode rate error| p50, %")[7], std::string("met"));
        QCOMPARE(row("gap between turns, A, p50, ms")[1], std::string("<= 2 x poll + 0.1"));
        QCOMPARE(row("gap between turns, A, p50, ms")[7], std::string("met"));
        QCOMPARE(row("gap with state file, p50, ms")[3], std::string()); // nothing was measured: no number, no judgement
        QCOMPARE(row("gap with state file, p50, ms")[7], std::string());
        i.load = Load::Busy;
        QCOMPARE(calibrationRows(i)[2][1], std::string("<= 1"));
        QCOMPARE(calibrationRows(i)[2][7], std::string("met"));
        const std::string table = calibrationTables({made(0.1), i});
        QVERIFY(table.find("this instrument, idle machine") < table.find("this instrument, every core busy"));
        QVERIFY(table.find("twice as many threads as cores computed meanwhile") != std::string::npos);
    }

private:
    // The data folder for as long as it lives.
    class Data {
    public:
        explicit Data(const TempFolder& folder) : m_was(qgetenv("LOOPTAX_DATA_DIR")) {
            qputenv("LOOPTAX_DATA_DIR", QByteArray::fromStdString(folder.path()));
        }
        ~Data() {
            if (m_was.isEmpty()) qunsetenv("LOOPTAX_DATA_DIR");
            else qputenv("LOOPTAX_DATA_DIR", m_was);
        }
        Data(const Data&) = delete;
        Data& operator=(const Data&) = delete;

    private:
        QByteArray m_was;
    };
};

LOOPTAX_TEST(tst_calibration_file)
#include "tst_calibration_file.moc"
