#include "support/test_registry.h"

#include "loop/research_log.h"

#include <QTest>

using namespace looptax;

namespace {

LogEntry entry(const char* date, const char* finding) { return {{{"date", date}, {"finding", finding}}}; }

} // namespace

class tst_research_log : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void canonicalLayoutIsTheOneTheSizesHangOn() {
        LogState state;
        QCOMPARE(canonicalText(state), std::string("{\n  \"count\": 0,\n  \"log\": []\n}"));
        QCOMPARE(canonicalText(state).size(), std::size_t(29));
        state.note.emplace("project", "marsh");
        state.count = 1;
        state.log = {entry("2025-01-06", "salt")};
        QCOMPARE(canonicalText(state), std::string("{\n  \"project\": \"marsh\",\n  \"count\": 1,\n  \"log\": [\n    {\n"
                                                   "      \"date\": \"2025-01-06\",\n      \"finding\": \"salt\"\n"
                                                   "    }\n  ]\n}"));
    }
    void blockIsMeasuredAsItStandsInTheLog() {
        LogState state;
        state.log = {entry("2025-01-06", "salt")};
        const std::string text = canonicalText(state);
        const std::size_t begin = text.find("    {");
        const std::size_t end = text.find("    }") + 5;
        QCOMPARE(entryBlockChars(state.log[0]), std::int64_t(end - begin));
    }
    void textOutsideAsciiIsEscaped() {
        QCOMPARE(canonicalText(entry("2025-01-06", "caf\xC3\xA9")),
                 std::string("{\n  \"date\": \"2025-01-06\",\n  \"finding\": \"caf\\u00e9\"\n}"));
    }
    void whatIsWrittenIsReadBack() {
        LogState state;
        state.count = 7;
        state.note.emplace("project", "marsh");
        state.log = {entry("2025-01-08", "mud \"deep\""), entry("2025-01-06", "salt")};
        const auto read = readLogState(canonicalText(state));
        QVERIFY(read);
        QCOMPARE(*read, state);
    }
    void strangeStatesAreReadAsFarAsTheyGo_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("readable");
        QTest::addColumn<qint64>("count");
        QTest::addRow("count in words") << QByteArray(R"({"count":"two","log":[{},{}]})") << true << qint64(2);
        QTest::addRow("count with a point") << QByteArray(R"({"count":5.0,"log":[{}]})") << true << qint64(5);
        QTest::addRow("half a count") << QByteArray(R"({"count":5.5,"log":[{}]})") << true << qint64(1);
        QTest::addRow("count beyond 64 bits") << QByteArray(R"({"count":18446744073709551615,"log":[]})") << true << qint64(0);
        QTest::addRow("numbers in an entry") << QByteArray(R"({"count":1,"log":[{"date":7}]})") << true << qint64(1);
        QTest::addRow("no log") << QByteArray(R"({"count":1})") << false << qint64(0);
        QTest::addRow("a list of words") << QByteArray(R"({"log":["a"]})") << false << qint64(0);
        QTest::addRow("not an object") << QByteArray("[]") << false << qint64(0);
        QTest::addRow("cut off") << QByteArray("{\"log\":[") << false << qint64(0);
    }
    void strangeStatesAreReadAsFarAsTheyGo() {
        QFETCH(QByteArray, text);
        QFETCH(bool, readable);
        QFETCH(qint64, count);
        const auto read = readLogState(text.toStdString());
        QCOMPARE(read.ok(), readable);
        if (readable) QCOMPARE(read->count, std::int64_t(count));
    }
    void oneMoreEntryGoesOnTopAndTheCapHoldsTheNewest() {
        LogState state;
        for (const char* date : {"2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04"})
            state = withEntry(state, entry(date, "x"), 3);
        QCOMPARE(state.count, std::int64_t(4));
        QCOMPARE(state.log.size(), std::size_t(3));
        QCOMPARE(state.log.front().date(), std::string("2025-01-04"));
        QCOMPARE(state.log.back().date(), std::string("2025-01-02"));
    }
    void aStateIsTheSameWhateverTheOrderOfAnEntrysKeys() {
        LogState a;
        a.log = {{{{"date", "2025-01-06"}, {"finding", "salt"}}}};
        LogState b;
        b.log = {{{{"finding", "salt"}, {"date", "2025-01-06"}}}};
        QVERIFY(sameState(a, b));
        b.log[0].fields[0].second = "Salt";
        QVERIFY(!sameState(a, b));
    }
};

LOOPTAX_TEST(tst_research_log)
#include "tst_research_log.moc"
