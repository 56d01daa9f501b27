#include "support/test_registry.h"

#include "loop/strict_json.h"

#include <QJsonDocument>
#include <QTest>

using namespace looptax;

namespace {

QByteArray nested(int depth, char open, char close) { return QByteArray(depth, open) + QByteArray(depth, close); }

} // namespace

class tst_strict_json : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // `qt`: what QJsonDocument says of the same bytes. It is not our ruler; the column shows where it differs
    // and fails when a new Qt differs elsewhere.
    void verdicts_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("valid");
        QTest::addColumn<bool>("qt");
        const auto row = [](const char* name, const QByteArray& text, bool valid, bool qt) {
            QTest::addRow("%s", name) << text << valid << qt;
        };
        row("object", "{\"a\":[1,2.5,-3e2,true,false,null,\"x\"]}", true, true);
        row("empty object", "{}", true, true);
        row("space around", " \t\r\n[ ] \n", true, true);
        row("escapes", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"]", true, true);
        row("utf-8", "[\"caf\xC3\xA9 \xF0\x9F\x98\x80\"]", true, true);
        row("delete character in a string", "[\"\x7F\"]", true, true);
        row("escaped nul", "[\"\\u0000\"]", true, true);
        row("a number alone", "12", true, false);
        row("a string alone", "\"x\"", true, false);
        row("minus zero", "[-0]", true, true);
        row("64 levels", nested(64, '[', ']'), true, true);
        row("number beyond 64 bits", "[123456789012345678901234567890]", true, true);
        row("tiny number", "[1e-400]", true, false);
        row("largest double", "[1.7976931348623157e308]", true, true);
        row("same key twice", "{\"a\":1,\"a\":2}", true, true);

        row("nothing", "", false, false);
        row("space alone", "  \n", false, false);
        row("words", "Here is the log", false, false);
        row("text behind", "{} done", false, false);
        row("two values", "{}{}", false, false);
        row("comma at the end", "[1,]", false, false);
        row("comma at the end of an object", "{\"a\":1,}", false, false);
        row("comma missing", "[1 2]", false, false);
        row("colon missing", "{\"a\" 1}", false, false);
        row("key without quotes", "{a:1}", false, false);
        row("single quotes", "{'a':1}", false, false);
        row("comment", "[1] // one", false, false);
        row("block comment", "[/*one*/1]", false, false);
        row("raw line end in a string", "[\"a\nb\"]", false, true);
        row("raw tab in a string", "[\"a\tb\"]", false, true);
        row("raw control in a string", "[\"a\x01\"]", false, true);
        row("unknown escape", "[\"\\x41\"]", false, true);
        row("half an escape", "[\"\\u00e\"]", false, false);
        row("lone high surrogate", "[\"\\ud800\"]", false, true);
        row("lone low surrogate", "[\"\\udc00\"]", false, true);
        row("invalid utf-8", "[\"\xFF\"]", false, false);
        row("overlong utf-8", "[\"\xC0\xAF\"]", false, false);
        row("surrogate in utf-8", "[\"\xED\xA0\x80\"]", false, false);
        row("cut utf-8", "[\"\xE2\x82\"]", false, false);
        row("byte order mark", "\xEF\xBB\xBF{}", false, true);
        row("utf-16", QByteArray("{\0}\0", 4), false, false);
        row("nul behind", QByteArray("{}\0", 3), false, false);
        row("nul and talk behind", QByteArray("123\0abc", 7), false, false);
        row("raw nul in a string", QByteArray("[\"a\0\"]", 6), false, true);
        row("not a number", "[NaN]", false, false);
        row("infinity", "[Infinity]", false, false);
        row("minus infinity", "[-Infinity]", false, false);
        row("beyond a double", "[1e400]", false, false);
        row("plus sign", "[+1]", false, false);
        row("leading zero", "[01]", false, false);
        row("point without digits", "[1.]", false, true);
        row("point first", "[.5]", false, true);
        row("exponent without digits", "[1e]", false, false);
        row("hex", "[0x1f]", false, false);
        row("python's words", "[True, None]", false, false);
        row("unclosed object", "{\"a\":1", false, false);
        row("unclosed list", "[1", false, false);
        row("unclosed string", "[\"a", false, false);
        row("closed twice", "[1]]", false, false);
        row("closed by the wrong bracket", "{\"a\":1]", false, false);
        row("65 levels", nested(65, '[', ']'), false, true);
        row("a hundred thousand levels", QByteArray(100'000, '['), false, false);
        row("objects 65 deep", QByteArray("{\"a\":").repeated(65) + "1" + QByteArray(65, '}'), false, true);
    }
    void verdicts() {
        QFETCH(QByteArray, text);
        QFETCH(bool, valid);
        QFETCH(bool, qt);
        const JsonVerdict verdict = checkJson(text.toStdString());
        QCOMPARE(verdict.valid, valid);
        QCOMPARE(verdict.problem.empty(), valid);
        QJsonParseError error{};
        QJsonDocument::fromJson(text, &error);
        QCOMPARE(error.error == QJsonParseError::NoError, qt);
    }
    void keysThatComeTwiceAreReported_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("twice");
        QTest::addRow("in one object") << QByteArray("{\"a\":1,\"a\":1}") << true;
        QTest::addRow("deep inside") << QByteArray("{\"a\":[{\"b\":1,\"c\":{\"d\":1,\"d\":2}}]}") << true;
        QTest::addRow("written another way") << QByteArray("{\"a\":1,\"\\u0061\":2}") << true;
        QTest::addRow("in different objects") << QByteArray("[{\"a\":1},{\"a\":2}]") << false;
        QTest::addRow("inside and outside") << QByteArray("{\"a\":{\"a\":1}}") << false;
        QTest::addRow("after an inner object") << QByteArray("{\"a\":{\"b\":1},\"a\":2}") << true;
        QTest::addRow("not said of broken JSON") << QByteArray("{\"a\":1,\"a\":2") << false;
    }
    void keysThatComeTwiceAreReported() {
        QFETCH(QByteArray, text);
        QFETCH(bool, twice);
        QCOMPARE(checkJson(text.toStdString()).duplicate_keys, twice);
    }
    void theProblemSaysWhere_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("problem");
        const auto row = [](const QByteArray& text, const char* problem) {
            QTest::addRow("%s", problem) << text << QByteArray(problem);
        };
        row("{\n  \"a\": tru\n}", "not JSON at line 2, column 11");
        row("{\"a\":1]", "not JSON at line 1, column 7");
        row("{\"a\": 12", "the JSON breaks off");
        row("[\"abc", "the JSON breaks off");
        row(QByteArray("[1,\n\0]", 6), "a NUL byte at line 2, column 1");
        row("\xEF\xBB\xBF[]", "a byte order mark before the JSON");
        row(QByteArray(70, '['), "nested deeper than 64 levels");
    }
    void theProblemSaysWhere() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, problem);
        QCOMPARE(QByteArray::fromStdString(checkJson(text.toStdString()).problem), problem);
    }
};

LOOPTAX_TEST(tst_strict_json)
#include "tst_strict_json.moc"
