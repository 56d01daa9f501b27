// What the report says of streams that are not token by token, and of prompts that did not arrive whole.
#include "report_sessions.h"
#include "support/stream_records.h"
#include "support/test_registry.h"

#include <nlohmann/json.hpp>

#include <QTest>

using namespace looptax;

namespace {

// Two runs of A, three turns each.
ReportInputs inputsOf(void (*first)(TurnRecord&), void (*second)(TurnRecord&)) {
    SessionBuilder b(testPlan());
    b.completeRun(1, first);
    b.completeRun(2, second);
    b.add("session_end", Json::object());
    return looptax::inputsOf(b);
}

void asRecordedBefore(TurnRecord&) {}

void withoutTokenCounts(TurnRecord& r) {
    asTokenStream(r);
    r.stream.clear();
    r.predicted_tokens.reset();
    r.decode_tps.reset();
}

} // namespace

class tst_stream_report : public QObject {
    Q_OBJECT
    using Shape = void (*)(TurnRecord&);
private Q_SLOTS:
    void whatAStreamLimitsIsSaid_data() {
        QTest::addColumn<Shape>("first");
        QTest::addColumn<Shape>("second");
        QTest::addColumn<QString>("row");  // of the table; empty: there is no table
        QTest::addColumn<QString>("said"); // which of the sentences: c(hunked), b(uffered), m(ixed), o(lder)
        QTest::newRow("every token by itself")
            << Shape(asTokenStream) << Shape(asTokenStream) << QStringLiteral("| llamacpp | 6 | 0 | 0 | 0 |") << QString();
        QTest::newRow("chunked") << Shape(asChunkedStream) << Shape(asChunkedStream)
                                 << QStringLiteral("| llamacpp | 0 | 6 | 0 | 0 |") << QStringLiteral("c");
        QTest::newRow("buffered") << Shape(asBufferedStream) << Shape(asBufferedStream)
                                  << QStringLiteral("| llamacpp | 0 | 0 | 6 | 0 |") << QStringLiteral("b");
        QTest::newRow("a mix") << Shape(asTokenStream) << Shape(asBufferedStream)
                               << QStringLiteral("| llamacpp | 3 | 0 | 3 | 0 |") << QStringLiteral("bm");
        QTest::newRow("no count of tokens") << Shape(withoutTokenCounts) << Shape(withoutTokenCounts) << QString() << QString();
        QTest::newRow("an older session") << Shape(asRecordedBefore) << Shape(asRecordedBefore) << QString()
                                          << QStringLiteral("o");
        QTest::newRow("an older session, resumed") << Shape(asRecordedBefore) << Shape(asChunkedStream)
                                                   << QStringLiteral("| llamacpp | 0 | 3 | 0 | 3 |") << QStringLiteral("co");
    }
    void whatAStreamLimitsIsSaid() {
        QFETCH(Shape, first);
        QFETCH(Shape, second);
        QFETCH(QString, row);
        QFETCH(QString, said);
        const std::string report = reportMarkdown(inputsOf(first, second));
        QCOMPARE(has(report, "how the tokens of the reply came"), !row.isEmpty());
        QVERIFY2(has(report, qPrintable(row)), report.c_str());
        const std::pair<char, const char*> sentences[] = {
            {'c', "TTFT is that of the first chunk. There is no client-side decode rate"},
            {'b', "There is no TTFT and no client-side decode rate"},
            {'m', "the replies of llamacpp came in different ways"},
            {'o', "Kind of stream not recorded"}};
        for (const auto& [key, words] : sentences) QVERIFY2(has(report, words) == said.contains(QLatin1Char(key)), words);
    }
    void aRowWithoutTtftStillSaysItsBlocks() {
        const std::string report = reportMarkdown(inputsOf(asBufferedStream, asBufferedStream));
        QVERIFY2(has(report, "| 1 | cold | 2 | 250 | 250 | 0 | 250 |  |  | 39 |"), report.c_str());
    }
    void aTruncatedPromptIsNamedWithItsCell() {
        const ReportInputs in = looptax::inputsOf(streamsSession());
        const std::string report = reportMarkdown(in);
        QVERIFY(has(report, "### Was every prompt whole?"));
        QVERIFY2(has(report, "| A · llamacpp | 3 | run-isolated | 1 | run 3, turn 3 | the runtime counts 64 tokens in a prompt "
                             "that needs about 450: "),
                 report.c_str());
        QVERIFY(has(report, "no verdict on quality uses them") && has(report, "--retry-failed"));
        // What the table says already is not said again.
        QVERIFY(has(report, "the tokenizer makes 350 too: the prompt was whole") && !has(report, "<b>that"));
        QVERIFY(!has(report, "llamacpp, run 3, turn 3: it dropped the rest"));
        QVERIFY(!has(reportMarkdown(looptax::inputsOf(failedSession())), "Was every prompt whole?"));
    }
    void theSummaryHasTheCounts() {
        const Json json = Json::parse(summaryJson(looptax::inputsOf(streamsSession())));
        const auto row = [](const char* target, int token, int chunked, int buffered) {
            return Json{{"target", target}, {"token", token}, {"chunked", chunked}, {"buffered", buffered}, {"unknown", 0}};
        };
        const Json streams = Json::array({row("behind-proxy", 0, 0, 10), row("llamacpp", 7, 0, 0), row("speculating", 5, 5, 0)});
        QVERIFY2(json["streams"] == streams, json["streams"].dump().c_str());
        const Json cut{{"target", "llamacpp"}, {"cell", "llamacpp/A/n3/run-isolated"}, {"turns", 1}};
        QVERIFY2(json["prompts_truncated"] == Json::array({cut}), json["prompts_truncated"].dump().c_str());
        QCOMPARE(json["prompt_checks"].size(), std::size_t(2));
        for (const Json& summary : json["summaries"])
            if (summary["target"] == "behind-proxy") QVERIFY(summary["ttft_ms"].is_null() && summary["decode_tps"].is_null());
    }
};

LOOPTAX_TEST(tst_stream_report)
#include "tst_stream_report.moc"
