// The embedded llama.cpp server and real models: what it reports of its cache in the three cache modes, that
// table, summary and charts say the same, that a small model can be measured, and that nothing is left
// running.
#include "real/real_kit.h"
#include "support/places.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QTest>

#include <algorithm>
#include <csignal>

using namespace looptax;
using namespace looptax::real;

class tst_embedded : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void theCacheModesDoWhatTheirNamesSay();
    void tableSummaryAndChartsAgree();
    void aShortSweepOfTheDefaultModel();
    void interruptedItLeavesNothingRunning();

private:
    QString writePlan(const QString& model, const QString& rest);
    QTemporaryDir m_folder;
    Numbers m_numbers{QStringLiteral("embedded")};
    QString m_cacheSession; // of the first test, looked at again by the second
};

namespace {

QList<Row> rowsOf(const QList<Row>& rows, const char* mode, int repeat) {
    QList<Row> found;
    for (const Row& row : rows)
        if (row[QStringLiteral("cache_mode")] == QLatin1String(mode) && number(row, "repeat") == repeat) found.append(row);
    return found;
}

} // namespace

void tst_embedded::initTestCase() {
    QVERIFY2(missing().isEmpty(), qPrintable(missing()));
    QVERIFY(m_folder.isValid());
}

QString tst_embedded::writePlan(const QString& model, const QString& rest) {
    const QString path = m_folder.filePath(QStringLiteral("plan.json"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) return {};
    const QString text =
        QStringLiteral("{'schema':'looptax.plan/1','name':'real','targets':[{'id':'llamacpp','kind':'llama-server',"
                       "'managed':{'command':'looptax-llama-server','model_file':'%1',"
                       "'args':['-np','1','--cache-ram','0']}}],%2}");
    file.write(text.arg(model, rest).replace(QLatin1Char('\''), QLatin1Char('"')).toUtf8());
    return path;
}

void tst_embedded::theCacheModesDoWhatTheirNamesSay() {
    const QString plan = writePlan(kTestModel, QStringLiteral("'cells':[{'design':'A','turns':[3]}],'order':'listed','repeats':2,"
                                                              "'cache_modes':['run-isolated','natural','cold'],"
                                                              "'context_tokens':4096,'reply':{'max_tokens':32}"));
    const Ended run =
        callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()}, QStringLiteral("modes"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    m_cacheSession = sessionOf(run);
    const QList<Row> rows = turnsOf(m_cacheSession);
    m_numbers.add(rows);
    QFile journal(m_cacheSession + QStringLiteral("/journal.jsonl"));
    QVERIFY(journal.open(QIODevice::ReadOnly));
    const QByteArray facts = journal.readLine();
    QVERIFY2(facts.contains("xllamacpp 2026.10.11549"), facts.constData()); // the build, for whoever repeats it
    QVERIFY2(facts.contains("\"model_digest\":\"b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53\""),
             facts.constData());
    QCOMPARE(rows.size(), qsizetype(18));

    for (const Row& row : rows)
        QCOMPARE(number(row, "cached_tokens") + number(row, "processed_tokens"), number(row, "prompt_tokens"));
    for (const int repeat : {1, 2}) {
        const QList<Row> isolated = rowsOf(rows, "run-isolated", repeat);
        QCOMPARE(number(isolated[0], "cached_tokens"), 0);
        QVERIFY(number(isolated[1], "cached_tokens") >= number(isolated[0], "prompt_tokens") - 1);
        QVERIFY(number(isolated[2], "cached_tokens") > number(isolated[1], "cached_tokens"));
        QVERIFY(number(isolated[2], "processed_tokens") < number(isolated[0], "processed_tokens"));

        const QList<Row> cold = rowsOf(rows, "cold", repeat);
        for (const Row& row : cold) QCOMPARE(number(row, "cached_tokens"), 0);
        QVERIFY(number(cold[1], "processed_tokens") > number(cold[0], "processed_tokens"));
        QVERIFY(number(cold[2], "processed_tokens") > number(cold[1], "processed_tokens"));

        const QList<Row> natural = rowsOf(rows, "natural", repeat);
        QCOMPARE(natural[0][QStringLiteral("carry_over")], QStringLiteral("true"));
        QVERIFY(number(natural[0], "cached_tokens") > 0); // what ran before left it
        QCOMPARE(natural[1][QStringLiteral("carry_over")], QStringLiteral("false"));
    }
    const Ended verify = callLooptax({QStringLiteral("verify"), m_cacheSession});
    QVERIFY2(verify.code == 0, qPrintable(verify.out + verify.err));
}

void tst_embedded::tableSummaryAndChartsAgree() {
    QVERIFY(!m_cacheSession.isEmpty());
    QProcess workbench;
    workbench.start(
        QStringLiteral(LOOPTAX_BINARY_DIR "/looptax-workbench"),
        {QStringLiteral("--export"), m_cacheSession, QStringLiteral("--to"), m_cacheSession + QStringLiteral("/charts")});
    QVERIFY(workbench.waitForFinished(60'000));
    QCOMPARE(workbench.exitCode(), 0);
    QFile svg(m_cacheSession + QStringLiteral("/charts/cached_processed_by_turn.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    const QString drawn = QString::fromUtf8(svg.readAll());
    QFile file(m_cacheSession + QStringLiteral("/summary.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto summary = nlohmann::json::parse(file.readAll().toStdString(), nullptr, false);

    const QList<Row> rows = turnsOf(m_cacheSession);
    const QList<Row> first = rowsOf(rows, "run-isolated", 1);
    const QList<Row> second = rowsOf(rows, "run-isolated", 2);
    for (int turn = 1; turn <= 3; ++turn) {
        const double median = double(number(first[turn - 1], "cached_tokens") + number(second[turn - 1], "cached_tokens")) / 2;
        bool found = false;
        for (const auto& entry : summary["summaries"]) {
            if (entry["cache_mode"] != "run-isolated" || entry["turn"] != turn) continue;
            QCOMPARE(entry["cached_tokens"]["median"].get<double>(), median);
            QCOMPARE(entry["cached_tokens"]["n"].get<int>(), 2);
            found = true;
        }
        QVERIFY(found);
        QVERIFY2(drawn.contains(QStringLiteral("%1: %2 + ").arg(turn).arg(median)), qPrintable(drawn.left(2000)));
    }
}

void tst_embedded::aShortSweepOfTheDefaultModel() {
    const QString plan = writePlan(kModel, QStringLiteral("'cells':[{'design':'A','turns':[2]},{'design':'C','turns':[2]}],"
                                                          "'repeats':1,'context_tokens':4096"));
    const Ended run =
        callLooptax({QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path()}, QStringLiteral("short"));
    QVERIFY2(run.code == 0, qPrintable(run.last()));
    const QList<Row> rows = turnsOf(sessionOf(run));
    m_numbers.add(rows);
    QCOMPARE(rows.size(), qsizetype(4));
    for (const Row& row : rows) {
        QCOMPARE(row[QStringLiteral("outcome")], QStringLiteral("ok"));
        QVERIFY(row[QStringLiteral("ttft_ms")].toDouble() > 0);
        QVERIFY(row[QStringLiteral("decode_tps")].toDouble() > 0);
        // Two clocks on the same tokens: the client's cannot be far from the server's.
        const double theirs = row[QStringLiteral("decode_tps_runtime")].toDouble();
        QVERIFY(row[QStringLiteral("decode_tps")].toDouble() > theirs * 0.7);
        QVERIFY(row[QStringLiteral("decode_tps")].toDouble() < theirs * 1.4);
        QVERIFY(row[QStringLiteral("ttft_ms")].toDouble() >= row[QStringLiteral("prompt_ms")].toDouble() * 0.95);
        for (const char* flag : {"valid_json", "schema_ok", "count_match", "entries_complete", "sort_correct", "all_pass"})
            QVERIFY2(!row[QLatin1String(flag)].isEmpty(), flag);
    }
    QVERIFY(std::any_of(rows.begin(), rows.end(),
                        [](const Row& r) { return r[QStringLiteral("valid_json")] == QLatin1String("true"); }));
    QCOMPARE(processesWith(QStringLiteral("short")), 0);
}

void tst_embedded::interruptedItLeavesNothingRunning() {
    const QString plan = writePlan(kTestModel, QStringLiteral("'cells':[{'design':'A','turns':[12]}],'context_tokens':16384,"
                                                              "'reply':{'max_tokens':400}"));
    QProcess process;
    process.setProcessEnvironment(marked(QStringLiteral("cut")));
    process.start(QStringLiteral(LOOPTAX_BINARY_DIR "/looptax"),
                  {QStringLiteral("run"), plan, QStringLiteral("--out"), m_folder.path(), QStringLiteral("--json-progress")});
    QByteArray said;
    // The second request is on its way: a signal between two turns would find none to cancel.
    while (said.count("\"turn_start\"") < 2 && process.waitForReadyRead(120'000)) said += process.readAllStandardOutput();
    QVERIFY2(said.contains("\"turn_done\""), said.constData());
    ::kill(pid_t(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(20'000));
    said += process.readAllStandardOutput();
    QCOMPARE(process.exitCode(), 130);
    QVERIFY2(said.contains("\"outcome\":\"cancelled\""), said.right(2000).constData());
    QCOMPARE(processesWith(QStringLiteral("cut")), 0);
}

LOOPTAX_TEST(tst_embedded)
#include "tst_embedded.moc"
