#include "html_check.h"
#include "report_sessions.h"
#include "support/places.h"
#include "support/session_builder.h"
#include "support/test_registry.h"

#include "report/markdown.h"
#include "report/report.h"
#include "report/report_numbers.h"

#include <QTest>

#include <clocale>
#include <cmath>
#include <locale>

using namespace looptax;

namespace {

const std::string kHostile = "``` | <img src=x onerror=alert(1)> \x1B[31m [a](javascript:x)\n# title";

// Two designs; one wrong answer with a hostile reason, one failed run, one that never began.
SessionBuilder sample() {
    SessionBuilder b(testPlan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}}, 2));
    b.completeRun(1);
    b.completeRun(2, [](TurnRecord& t) {
        if (t.turn != 2) return;
        SessionBuilder::judge(t, false);
        t.fail_reason = kHostile;
    });
    b.runStart(3);
    TurnRecord record = b.goodTurn(3, 1);
    SessionBuilder::fail(record, Outcome::TimeoutIdle, "nothing came for 60 s");
    b.turn(record, "partial");
    b.runEnd(3, RunOutcome::Failed);
    return b;
}

ReportInputs inputs(const SessionBuilder& b) {
    ReportInputs in = reportInputs(b.store());
    in.version = "0.1.0";
    in.commit = "0123456789ab";
    in.published = readPublishedStudy(slurp(LOOPTAX_SOURCE_DIR "/resources/reference/published-study.json")).take();
    return in;
}

} // namespace

class tst_report : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thePublishedStudyIsRead() {
        const PublishedStudy study = inputs(sample()).published;
        QCOMPARE(study.tables.size(), std::size_t(4));
        QCOMPARE(study.tables[0].rows.back().ttft_ms.value_or(0), 1046.0);
        QCOMPARE(study.tables[3].rows[0].padding.value_or(0), 1);
        QVERIFY(!study.tables[0].rows[0].state_file_bytes);
        for (const char* bad : {"", "[]", "{}", "{\"schema\":\"other\"}", "5"}) QVERIFY(!readPublishedStudy(bad).ok());
    }
    void theSummaryHasItsKeysAndCounts() {
        const Json json = Json::parse(summaryJson(inputs(sample())));
        QVERIFY(json["runs"]["planned"] == 4);
        QVERIFY(json["runs"]["complete"] == 2);
        QVERIFY(json["runs"]["failed"] == 1);
        QVERIFY(json["runs"]["not_begun"] == 1);
        const Json& first = json["summaries"][0];
        for (const char* key : {"target", "design", "cap", "padding", "cache_mode", "stratum", "turn"})
            QVERIFY2(first.contains(key), key);
        QVERIFY(first["padding"].is_null());
        QVERIFY(first["state_file_bytes"].is_null()); // A has none: absent, not 0
        QVERIFY(first["ttft_ms"]["median"].is_number());
    }
    void theReportSaysWhatHappened() {
        const std::string report = reportMarkdown(inputs(sample()));
        QVERIFY(has(report, "| 4 | 2 | 1 | 0 | 0 | 0 | 1 |"));
        QVERIFY(has(report, "nothing came for 60 s"));
        QVERIFY(has(report, "timeout_idle"));
        QVERIFY(has(report, "screening"));
        QVERIFY(has(report, "Beside the published study"));
        QVERIFY(has(report, "| 3 of 4 | 2 |"));
        QVERIFY(has(report, "looptax run plan.json"));
        QVERIFY(has(report, "\"schema\": \"looptax.plan/1\""));
    }
    void whatOthersWroteIsHarmless() {
        const std::string report = reportMarkdown(inputs(sample()));
        QVERIFY(!has(report, "<img"));
        QVERIFY(!has(report, "\x1B"));
        QVERIFY(!has(report, "[a](javascript"));
        QVERIFY(!has(report, "\n# title"));
        QCOMPARE(markdownText("a|b\nc"), std::string("a\\|b c"));
        QCOMPARE(markdownText("max_tokens _a_ b_ __c"), std::string("max_tokens \\_a\\_ b\\_ \\_\\_c"));
        QVERIFY(has(markdownFence("x\n````\ny", "json"), "`````json\n"));
    }
    void theSameBytesInEveryLocale() {
        const ReportInputs in = inputs(sample());
        const std::string report = reportMarkdown(in), json = summaryJson(in);
        std::setlocale(LC_ALL, "de_DE.UTF-8");
        struct Comma : std::numpunct<char> {
            char do_decimal_point() const override { return ','; }
            char do_thousands_sep() const override { return '.'; }
            std::string do_grouping() const override { return "\3"; }
        };
        const std::locale old = std::locale::global(std::locale(std::locale(), new Comma));
        const bool same = report == reportMarkdown(inputs(sample())) && json == summaryJson(inputs(sample()));
        std::locale::global(old);
        std::setlocale(LC_ALL, "C");
        QVERIFY(same);
    }
    void aSessionLineOfAnyFormHasAReport_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addRow("a list") << QByteArray("[1,2]");
        QTest::addRow("a number") << QByteArray("5");
        QTest::addRow("nothing") << QByteArray("null");
        QTest::addRow("empty") << QByteArray("{}");
        QTest::addRow("wrong types") << QByteArray("{'targets':'x','host':[1],'looptax':5,'session':{},'t':[]}");
        QTest::addRow("wrong targets") << QByteArray("{'targets':[5,null,[],{'id':7},{'id':'llamacpp','version':1,"
                                                     "'model':[],'samplers':[[],{},null],'doubts':'one','slots':'4'}]}");
        QTest::addRow("a sampler text without end")
            << "{'targets':[{'id':'llamacpp','samplers':'" + QByteArray(5000, 'x') + "'}]}";
    }
    void aSessionLineOfAnyFormHasAReport() {
        QFETCH(QByteArray, line);
        ReportInputs in = inputs(sample());
        const auto json = std::make_shared<const Json>(Json::parse(line.replace('\'', '"').toStdString()));
        in.sessions = {json, nullptr, json};
        for (const std::string& report : {reportMarkdown(in), reportHtml(in)}) {
            QVERIFY(has(report, "not reported"));
            QVERIFY(!has(report, std::string(1000, 'x')));
        }
        QVERIFY(htmlProblems(reportHtml(in)).empty());
        QVERIFY(Json::accept(summaryJson(in)));
        in.sessions = {nullptr};
        QVERIFY(htmlProblems(reportHtml(in)).empty());
    }
    void aNumberIsRoundedToWhatItCarries_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<QByteArray>("text");
        QTest::addRow("none") << 0.0 << QByteArray("0");
        QTest::addRow("whole") << 1391.0 << QByteArray("1391");
        QTest::addRow("large") << 5386.782884 << QByteArray("5387");
        QTest::addRow("a hundred by rounding") << 99.96 << QByteArray("100");
        QTest::addRow("tens") << 15.5849 << QByteArray("15.6");
        QTest::addRow("ten by rounding") << 9.996 << QByteArray("10.0");
        QTest::addRow("ones") << 6.588 << QByteArray("6.59");
        QTest::addRow("small") << 0.0061 << QByteArray("0.01");
        QTest::addRow("too small to show is not nothing") << 0.0004 << QByteArray("< 0.01");
        QTest::addRow("below zero") << -0.0004 << QByteArray("> -0.01");
        QTest::addRow("no number") << std::nan("") << QByteArray();
        QTest::addRow("no end") << HUGE_VAL << QByteArray();
    }
    void aNumberIsRoundedToWhatItCarries() {
        QFETCH(double, value);
        QFETCH(QByteArray, text);
        QCOMPARE(QByteArray::fromStdString(rounded(value)), text);
    }
    void aLongReplyIsCutBetweenCharacters() {
        std::string reply;
        for (int i = 0; i < 2000; ++i) reply += "\xC3\xA9"; // two bytes a character
        const std::string excerpt = excerptOf(reply);
        QVERIFY(isValidUtf8(excerpt));
        QVERIFY(has(excerpt, "[... 1360 characters left out ...]"));
        QVERIFY(codePoints(excerpt) < 700);
        QCOMPARE(excerptOf(std::string(600, 'x')), std::string(600, 'x'));
        QVERIFY(isValidUtf8(excerptOf(std::string(5000, '\xFF'))));
        QCOMPARE(excerptOf(""), std::string());
    }
    void oneOfEachKindIsQuotedTheMostFrequentFirst() {
        std::vector<TurnRecord> turns(20);
        for (std::size_t i = 0; i < turns.size(); ++i) {
            turns[i].outcome = Outcome::Ok;
            turns[i].all_pass = i == 0; // the first is right
            turns[i].reply_chars = 5;
            turns[i].fail_reason = i >= 12 ? "often" : "reason " + std::to_string(i);
        }
        turns[1].reply_chars = 0; // nothing to quote
        QCOMPARE(turnsToQuote(turns), (std::vector<std::size_t>{12, 2, 3, 4, 5}));
        QVERIFY(turnsToQuote({}).empty());
    }
    void anEmptySessionHasAReport() {
        QVERIFY(has(reportMarkdown({}), "not show"));
        QVERIFY(!Json::parse(summaryJson({}), nullptr, false).is_discarded());
    }
};

LOOPTAX_TEST(tst_report)
#include "tst_report.moc"
