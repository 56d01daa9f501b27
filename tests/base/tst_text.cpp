#include "support/test_registry.h"

#include "base/clock.h"
#include "base/text.h"

#include <QTest>

#include <clocale>
#include <cmath>

using namespace looptax;

class tst_text : public QObject {
    Q_OBJECT
private Q_SLOTS:
    // Names of hosts, kinds and functions are compared so; what is not ASCII is nobody's business here.
    void lettersInLowerCase() {
        QCOMPARE(lowered("LocalHost-9_Z"), std::string("localhost-9_z"));
        QCOMPARE(lowered(""), std::string());
        QCOMPARE(lowered("\xC3\x84@[`{"), std::string("\xC3\x84@[`{"));
    }
    void codePointsNotBytes() {
        QCOMPARE(codePoints("abc"), 3);
        QCOMPARE(codePoints("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 3);
        QCOMPARE(codePoints("\xC3"), 1);
    }
    void invalidUtf8_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addRow("overlong") << QByteArray("\xC0\xAF");
        QTest::addRow("surrogate") << QByteArray("\xED\xA0\x80");
        QTest::addRow("above the last code point") << QByteArray("\xF4\x90\x80\x80");
        QTest::addRow("cut off") << QByteArray("\xE2\x82");
    }
    void invalidUtf8() {
        QFETCH(QByteArray, bytes);
        QVERIFY(!isValidUtf8(bytes.toStdString()));
        QVERIFY(isValidUtf8(repairUtf8(bytes.toStdString())));
    }
    void aTextIsCutBetweenCharacters_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("last");
        const auto row = [](const char* name, const char* text, int bytes, const char* first, const char* last) {
            QTest::addRow("%s", name) << QByteArray(text) << bytes << QByteArray(first) << QByteArray(last);
        };
        row("short enough", "ab", 2, "ab", "ab");
        row("letters", "abcd", 2, "ab", "cd");
        row("nothing", "abcd", 0, "", "");
        row("two bytes",
            "a\xC3\xA9"
            "b",
            2, "a", "b");
        row("three bytes, after one", "\xE9\xA5\xB1\xE9\xA5\xB1", 4, "\xE9\xA5\xB1", "\xE9\xA5\xB1");
        row("three bytes, after two", "\xE9\xA5\xB1\xE9\xA5\xB1", 5, "\xE9\xA5\xB1", "\xE9\xA5\xB1");
        row("four bytes", "\xF0\x9F\x98\x80", 3, "", "");
        row("between two", "\xC3\xA9\xC3\xA9", 2, "\xC3\xA9", "\xC3\xA9");
        row("no text at all is cut where it is", "\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80", "\x80\x80\x80\x80\x80");
    }
    void aTextIsCutBetweenCharacters() {
        QFETCH(QByteArray, text);
        QFETCH(int, bytes);
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, last);
        QCOMPARE(std::string(firstBytes(text.toStdString(), std::size_t(bytes))), first.toStdString());
        QCOMPARE(std::string(lastBytes(text.toStdString(), std::size_t(bytes))), last.toStdString());
    }
    void terminalEscapesAreStripped() {
        QCOMPARE(stripControls("a\x1B[31mb\tc\n\xC2\x9B"
                               "d\x7F"),
                 std::string("a[31mb\tc\nd"));
    }
    void numbersIgnoreTheLocale() {
        std::setlocale(LC_ALL, "de_DE.UTF-8");
        QCOMPARE(numberText(0.1), std::string("0.1"));
        QCOMPARE(numberText(0.0001), std::string("1e-04"));
        QCOMPARE(decimalText(0.0001), std::string("0.0001"));
        QCOMPARE(decimalText(1e30), std::string("1e+30"));
        QCOMPARE(decimalText(0), std::string("0"));
        QCOMPARE(fixedText(1234.5, 2), std::string("1234.50"));
        QCOMPARE(fixedText(-0.001, 1), std::string("0.0"));
        std::setlocale(LC_ALL, "C");
        QCOMPARE(numberText(std::nan("")), std::string());
        QVERIFY(!parseNumber("1e999"));
        QVERIFY(!parseNumber("1,5"));
    }
    void nearestNameOnlyWhenNear() {
        const std::vector<std::string> names{"blocked", "listed"};
        QCOMPARE(nearestName("blokced", names).value_or(""), std::string("blocked"));
        QVERIFY(!nearestName("zzzzzz", names));
    }
    void isoTimes() {
        QCOMPARE(isoUtc(1'780'000'000'123), std::string("2026-05-28T20:26:40.123Z"));
        QCOMPARE(compactUtc(0), std::string("19700101-000000"));
    }
};

LOOPTAX_TEST(tst_text)
#include "tst_text.moc"
