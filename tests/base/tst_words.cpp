// Counts, lists and durations as sentences have them.
#include "base/words.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

class tst_words : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void counts() {
        QCOMPARE(counted(1, "turn"), std::string("1 turn"));
        QCOMPARE(counted(0, "turn"), std::string("0 turns"));
        QCOMPARE(counted(2, "turn"), std::string("2 turns"));
        QCOMPARE(counted(1, "reply", "replies"), std::string("1 reply"));
        QCOMPARE(counted(-3, "reply", "replies"), std::string("-3 replies"));
        QCOMPARE(pluralOf(1, "is", "are"), std::string_view("is"));
        QCOMPARE(pluralOf(0, "is", "are"), std::string_view("are"));
    }
    void lists() {
        QCOMPARE(listed({}), std::string());
        QCOMPARE(listed({"A"}), std::string("A"));
        QCOMPARE(listed({"A", "B"}), std::string("A and B"));
        QCOMPARE(listed({"A", "B", "C"}), std::string("A, B and C"));
    }
    void durations_data() {
        QTest::addColumn<double>("seconds");
        QTest::addColumn<QString>("text");
        const auto row = [](double seconds, const char* text) {
            QTest::addRow("%g", seconds) << seconds << QString::fromLatin1(text);
        };
        row(0, "0 s");
        row(0.44, "0.4 s");
        row(3, "3 s");
        row(9.96, "10 s");
        row(45, "45 s");
        row(89.9, "90 s");
        row(90, "1.5 min");
        row(600, "10 min");
        row(9'000, "2.5 h");
        row(172'799, "48 h");
        row(400'000, "4.6 days");
    }
    void durations() {
        QFETCH(double, seconds);
        QFETCH(QString, text);
        QCOMPARE(QString::fromStdString(durationText(seconds)), text);
    }
    void timesThatWereSet() {
        QCOMPARE(secondsText(0), std::string("0 s"));
        QCOMPARE(secondsText(250), std::string("250 ms"));
        QCOMPARE(secondsText(1'500), std::string("1.5 s"));
        QCOMPARE(secondsText(1'550), std::string("1550 ms"));
        QCOMPARE(secondsText(60'000), std::string("60 s"));
    }
};

LOOPTAX_TEST(tst_words)
#include "tst_words.moc"
