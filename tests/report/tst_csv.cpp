#include "support/session_builder.h"
#include "support/test_registry.h"

#include "report/csv.h"

#include <QTest>

#include <algorithm>
#include <clocale>
#include <locale>

using namespace looptax;

namespace {

// A reader of RFC 4180 written apart from the writer.
std::vector<std::vector<std::string>> readCsv(const std::string& text) {
    std::vector<std::vector<std::string>> rows{{""}};
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string& cell = rows.back().back();
        if (quoted) {
            if (text[i] != '"') cell += text[i];
            else if (i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
            else quoted = false;
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == ',') {
            rows.back().emplace_back();
        } else if (text.compare(i, 2, "\r\n") == 0) {
            ++i;
            rows.push_back({""});
        } else {
            cell += text[i];
        }
    }
    rows.pop_back();
    return rows;
}

std::string valueOf(const std::string& csv, const std::string& column, std::size_t row = 1) {
    const auto rows = readCsv(csv);
    for (std::size_t i = 0; i < rows[0].size(); ++i)
        if (rows[0][i] == column) return rows[row][i];
    return "no such column";
}

} // namespace

class tst_csv : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyAttemptInJournalOrderWithEveryColumn() {
        SessionBuilder b(testPlan({{"A", {2}, {}, {}}}, 1));
        b.runStart(1);
        b.turn(b.goodTurn(1, 1), "x");
        b.runEnd(1, RunOutcome::Interrupted);
        b.completeRun(1, {}, 2);
        const auto rows = readCsv(turnsCsv(b.store().turns()));
        QCOMPARE(rows.size(), std::size_t(4));
        QCOMPARE(rows[0].front(), std::string("session"));
        // Those of the record, then those that follow from the whole session.
        const auto last = std::find(rows[0].begin(), rows[0].end(), "reply_fingerprint");
        QVERIFY(last + 1 != rows[0].end() && *(last + 1) == "reread_ms");
        QCOMPARE(std::count(rows[0].begin(), rows[0].end(), "outside_ms"), std::ptrdiff_t(1));
        for (const auto& row : rows) QCOMPARE(row.size(), rows[0].size());
        const std::string csv = turnsCsv(b.store().turns());
        QCOMPARE(valueOf(csv, "run_attempt", 1), std::string("1"));
        QCOMPARE(valueOf(csv, "run_outcome", 1), std::string("interrupted"));
        QCOMPARE(valueOf(csv, "run_attempt", 3), std::string("2"));
        QCOMPARE(valueOf(csv, "turn", 3), std::string("2"));
    }
    void absentIsEmptyAndZeroIsZero() {
        SessionBuilder b(testPlan());
        TurnRecord record = b.goodTurn(1, 1);
        record.cached_tokens = 0;
        record.processed_tokens.reset();
        record.all_pass.reset();
        record.schema_ok = false;
        record.ttft_ms = 0.1;
        const std::string csv = turnsCsv({record});
        QCOMPARE(valueOf(csv, "cached_tokens"), std::string("0"));
        QCOMPARE(valueOf(csv, "processed_tokens"), std::string());
        QCOMPARE(valueOf(csv, "all_pass"), std::string());
        QCOMPARE(valueOf(csv, "schema_ok"), std::string("false"));
        QCOMPARE(valueOf(csv, "valid_json"), std::string("true"));
        QCOMPARE(valueOf(csv, "ttft_ms"), std::string("0.1"));
        QCOMPARE(valueOf(csv, "cache_mode"), std::string("run-isolated"));
        QCOMPARE(valueOf(csv, "outcome"), std::string("ok"));
    }
    void textCells_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("cell");
        QTest::addRow("plain") << QByteArray("entry 2 missing") << QByteArray("entry 2 missing");
        QTest::addRow("comma") << QByteArray("count 5, expected 6") << QByteArray("\"count 5, expected 6\"");
        QTest::addRow("quote") << QByteArray("a \"b\"") << QByteArray("\"a \"\"b\"\"\"");
        QTest::addRow("line end") << QByteArray("a\nb") << QByteArray("\"a\nb\"");
        QTest::addRow("formula =") << QByteArray("=1+1") << QByteArray("'=1+1");
        QTest::addRow("formula +") << QByteArray("+1") << QByteArray("'+1");
        QTest::addRow("formula -") << QByteArray("-1") << QByteArray("'-1");
        QTest::addRow("formula @") << QByteArray("@SUM(A1)") << QByteArray("'@SUM(A1)");
        QTest::addRow("tab") << QByteArray("\tx") << QByteArray("'\tx");
        QTest::addRow("carriage return") << QByteArray("\rx") << QByteArray("\"'\rx\"");
        QTest::addRow("formula with a quote") << QByteArray("=A(\"x\")") << QByteArray("\"'=A(\"\"x\"\")\"");
        QTest::addRow("invalid UTF-8") << QByteArray("a\xFF") << QByteArray("a\xEF\xBF\xBD");
        QTest::addRow("empty") << QByteArray() << QByteArray();
    }
    void textCells() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, cell);
        QCOMPARE(QByteArray::fromStdString(csvText(text.toStdString())), cell);
    }
    void negativeNumbersStayNumbers() {
        TurnRecord record;
        record.send_lag_ns = -5;
        QCOMPARE(valueOf(turnsCsv({record}), "send_lag_ns"), std::string("-5"));
    }
    void theLocaleChangesNothing() {
        SessionBuilder b(testPlan());
        b.completeRun(1, [](TurnRecord& r) { r.prompt_ms = 1234567.25; });
        const std::string before = turnsCsv(b.store().turns());
        for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.utf8"}) std::setlocale(LC_ALL, name);
        struct Comma : std::numpunct<char> {
            char do_decimal_point() const override { return ','; }
            char do_thousands_sep() const override { return '.'; }
            std::string do_grouping() const override { return "\3"; }
        };
        const std::locale old = std::locale::global(std::locale(std::locale(), new Comma));
        const std::string after = turnsCsv(b.store().turns());
        std::locale::global(old);
        std::setlocale(LC_ALL, "C");
        QVERIFY(before == after);
        QCOMPARE(valueOf(after, "prompt_ms"), std::string("1234567.25"));
    }
};

LOOPTAX_TEST(tst_csv)
#include "tst_csv.moc"
