#include "support/test_registry.h"

#include "base/clock.h"
#include "base/text.h"

#include <QTest>

#include <cmath>
#include <clocale>

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
    void terminalEscapesAreStripped() {
        QCOMPARE(stripControls("a\x1B[31mb\tc\n\xC2\x9B" "d\x7F"), std::string("a[31mb\tc\nd"));
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
