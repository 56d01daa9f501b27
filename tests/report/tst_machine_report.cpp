// What the report says of a machine that something else used, and of who stamped the reads.
#include "compare_sessions.h"
#include "report_sessions.h"
#include "support/disturbed_records.h"
#include "support/stream_records.h"
#include "support/test_registry.h"

#include "report/report_compare.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

using Change = std::function<void(TurnRecord&)>;

ReportInputs recorded(const Change& change, const std::string& id = SessionBuilder::kId) {
    SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 8), nullptr, id);
    for (const ScheduledRun& run : b.schedule()) b.completeRun(run.run, change);
    b.add("session_end", Json::object());
    return inputsOf(b);
}

void inTheFirstBlock(TurnRecord& r) { (r.turn == 2 && r.repeat == 1 ? asDisturbed : asQuiet)(r); }

} // namespace

Q_DECLARE_METATYPE(Change)

class tst_machine_report : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMachineIsSaidToBeWhatTheRecordsShow_data() {
        QTest::addColumn<Change>("change");
        QTest::addColumn<QStringList>("said");
        QTest::addColumn<QStringList>("not_said");
        const QString heading = QStringLiteral("## Was the machine quiet?"),
                      never = QStringLiteral("Nothing else on the machine disturbed any of 16 turns"),
                      noisy = QStringLiteral(
                          "the machine was not quiet: of A · llamacpp, N = 2, run-isolated, 16 of 16 turns were disturbed"),
                      row = QStringLiteral(
                          "| A · llamacpp | 2 | run-isolated | 16 | 16 | 1 | other programs used … ms of CPU: 1 turn |"),
                      medians = QStringLiteral("| A · llamacpp | run-isolated | 2 | warm | 1 | 8 | 204 | 7 | 205 |"),
                      none = QStringLiteral("There is no median of TTFT with and without"),
                      stamps = QStringLiteral("| llamacpp | 16 | 0 | 0 | 0 | 0 | 0 |");
        QTest::newRow("recorded before") << Change([](TurnRecord&) {}) << QStringList{} << QStringList{heading, never, noisy};
        QTest::newRow("quiet") << Change(asQuiet) << QStringList{heading, never}
                               << QStringList{noisy, none, QStringLiteral("with and without")};
        QTest::newRow("one turn") << Change(inTheFirstBlock) << QStringList{heading, row, medians}
                                  << QStringList{never, noisy, none};
        QTest::newRow("every turn") << Change(asDisturbed) << QStringList{heading, noisy, none} << QStringList{never, medians};
        QTest::newRow("stamps alone") << Change(stampedByKernel) << QStringList{heading, stamps, QStringLiteral("Nobody can say")}
                                      << QStringList{never, noisy};
        QTest::newRow("a shared first read") << Change([](TurnRecord& r) {
            stampedByKernel(r);
            r.first_delta_shared = true;
        }) << QStringList{QStringLiteral("| llamacpp | 16 | 0 | 0 | 0 | 16 | 0 |"), QStringLiteral("TTFT is an upper bound")}
                                             << QStringList{QStringLiteral("waited for a processor")};
        QTest::newRow("a starved client") << Change([](TurnRecord& r) {
            stampedByKernel(r);
            r.stamp_source = "user";
            r.wake_lag_max_ns = 90'000'000;
        }) << QStringList{QStringLiteral("| llamacpp | 0 | 16 | 0 | 0 | 0 | 16 |"), QStringLiteral("waited for a processor")}
                                          << QStringList{QStringLiteral("TTFT is an upper bound")};
    }
    void aMachineIsSaidToBeWhatTheRecordsShow() {
        QFETCH(Change, change);
        QFETCH(QStringList, said);
        QFETCH(QStringList, not_said);
        const std::string report = reportMarkdown(recorded(change));
        for (const QString& words : said)
            QVERIFY2(has(report, words.toStdString()), (words.toStdString() + "\n" + report).c_str());
        for (const QString& words : not_said) QVERIFY2(!has(report, words.toStdString()), words.toUtf8());
    }
    void aVerdictStandsBesideItselfWithout() {
        const ReportInputs in = inputsOf(disturbedSession());
        const std::string report = reportMarkdown(in), html = reportHtml(in);
        QVERIFY2(has(report, "Verdicts with and without the disturbed turns") &&
                     has(html, "Verdicts with and without the disturbed turns"),
                 report.c_str());
        QVERIFY(has(report, "not decided, because without the disturbed turns it would be another verdict: "));
        QVERIFY(has(report, "the machine was not quiet: of C, cap 3 · llamacpp, N = 5, run-isolated"));
        const Json summary = Json::parse(summaryJson(in));
        for (const Json& row : summary["without_disturbed"]) // of a cell that was not quiet there is no second median
            QVERIFY(row["design"] != "C" || row["cache_mode"] != "run-isolated");
    }
    void aComparisonSaysWhichSideWasNotQuiet_data() {
        QTest::addColumn<Change>("first");
        QTest::addColumn<Change>("second");
        QTest::addColumn<QString>("said"); // of which side; empty: nothing
        QTest::newRow("recorded before") << Change([](TurnRecord&) {}) << Change([](TurnRecord&) {}) << QString();
        QTest::newRow("both quiet") << Change(asQuiet) << Change(asQuiet) << QString();
        QTest::newRow("one turn") << Change(inTheFirstBlock) << Change(asQuiet) << QString();
        QTest::newRow("the first") << Change(asDisturbed) << Change(asQuiet) << QStringLiteral("S1");
        QTest::newRow("the second") << Change([](TurnRecord&) {}) << Change(asDisturbed) << QStringLiteral("S2");
    }
    void aComparisonSaysWhichSideWasNotQuiet() {
        QFETCH(Change, first);
        QFETCH(Change, second);
        QFETCH(QString, said);
        const ReportInputs a = recorded(first), b = recorded(second, kOtherId);
        const auto comparison = compareReports(a, b, {});
        QVERIFY(comparison.ok());
        const std::string text = doc::markdownDocument(compareDocument(a, b, *comparison));
        const Json json = Json::parse(compareJson(a, b, *comparison));
        for (const auto& [label, side] : {std::pair("S1", "first"), std::pair("S2", "second")}) {
            const bool noisy = said == QLatin1String(label);
            QCOMPARE(has(text, std::string(label) + ": the machine was not quiet"), noisy);
            QCOMPARE(json["not_quiet"][side].empty(), !noisy);
        }
    }
};

LOOPTAX_TEST(tst_machine_report)
#include "tst_machine_report.moc"
