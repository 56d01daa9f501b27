// "Did the cache modes hold?": counts, what was left out and with which numbers, and what a server said that cannot be.
#include "report_sessions.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

ReportInputs inputs(bool judged = true) {
    ReportInputs in = inputsOf(brokenCacheSession(3, judged));
    in.turn_warnings = {{1, "prompt_ms is -5.0: taken as unknown"}};
    return in;
}

QByteArray section(const ReportInputs& in) {
    const QByteArray text = QByteArray::fromStdString(reportMarkdown(in));
    const qsizetype at = text.indexOf("## Did the cache modes hold?");
    return at < 0 ? QByteArray() : text.mid(at, text.indexOf("\n## ", at) - at);
}

} // namespace

class tst_cache_report : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theReportSaysWhatHeldAndWhatWasLeftOut() {
        const QByteArray text = section(inputs());
        QVERIFY2(text.contains(
                     "| llamacpp | run-isolated | turn 1 reuses nothing, later turns keep what the runtime can | 8 | 1 | 0 |"),
                 text.constData());
        QVERIFY2(text.contains("left out: 1 turn whose cache mode did not hold"), text.constData());
        QVERIFY2(text.contains("| llamacpp | A full context | run-isolated | 2 | 1 | 350 | 3 | 202 |"), text.constData());
        const QByteArray all = QByteArray::fromStdString(reportMarkdown(inputs()));
        QVERIFY(all.contains("Left out of this table: 1 turn whose cache mode did not hold"));
    }
    void oddNumbersAreListedAndEscaped() {
        const QByteArray text = section(inputs());
        QVERIFY2(text.contains("run 1, turn 2: prompt_ms is -5.0: taken as unknown"), text.constData());
        QVERIFY2(text.contains("counts disagree: 1 cached and 2 processed") && !text.contains("450 <tokens>"), text.constData());
    }
    void anOlderJournalIsReadableAndNotVerified() {
        const QByteArray text = section(inputs(false));
        QVERIFY2(text.contains("can | 0 | 0 | 9 |") && !text.contains("left out"), text.constData());
    }
    void summaryJsonCountsThemToo() {
        const Json json = Json::parse(summaryJson(inputs()));
        QCOMPARE(json["cache_modes"].size(), std::size_t(1));
        QCOMPARE(json["cache_modes"][0]["verified"].get<int>(), 8);
        QCOMPARE(json["cache_modes"][0]["broken"].get<int>(), 1);
        QCOMPARE(json["cache_modes"][0]["left_out"].get<int>(), 1);
        QCOMPARE(json["left_out"][0]["turn"].get<int>(), 2);
        QCOMPARE(json["left_out"][0]["cached_tokens"].get<double>(), 3.0);
        QCOMPARE(json["counts_disagree"].get<int>(), 1);
        for (const Json& row : json["summaries"])
            if (row["turn"] == 2) QCOMPARE(row["ttft_ms"]["n"].get<int>(), 2);
    }
    void nothingMeasuredSaysNothing() { QVERIFY(section(inputsOf(emptySession())).isEmpty()); }
};

LOOPTAX_TEST(tst_cache_report)
#include "tst_cache_report.moc"
