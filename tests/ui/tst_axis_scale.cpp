// Axes a reader can use: round numbers, the data inside, nothing odd at the edges.
#include "chart/axis_scale.h"
#include "support/test_registry.h"

#include <QTest>

#include <cmath>

using namespace looptax;

class tst_axis_scale : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linearTicks_data();
    void linearTicks();
    void linearHoldsTheData();
    void turns_data();
    void turns();
    void logTicks_data();
    void logTicks();
    void tickTexts_data();
    void tickTexts();
};

namespace {

QString texts(const AxisScale& scale) {
    QStringList list;
    for (const double tick : scale.ticks) list << QString::fromStdString(tickText(tick));
    return list.join(QLatin1Char(' '));
}

} // namespace

void tst_axis_scale::linearTicks_data() {
    QTest::addColumn<double>("largest");
    QTest::addColumn<QString>("ticks");
    QTest::newRow("steps of 200") << 1046.0 << QStringLiteral("0 200 400 600 800 1000 1200");
    QTest::newRow("steps of 500") << 1617.0 << QStringLiteral("0 500 1000 1500 2000");
    QTest::newRow("tenths are written as tenths") << 0.31 << QStringLiteral("0 0.1 0.2 0.3 0.4");
    QTest::newRow("a value on a tick gets air above it") << 1000.0 << QStringLiteral("0 200 400 600 800 1000 1200");
    QTest::newRow("nothing measured") << 0.0 << QStringLiteral("0 0.2 0.4 0.6 0.8 1 1.2");
    QTest::newRow("not a number") << std::nan("") << QStringLiteral("0 0.2 0.4 0.6 0.8 1 1.2");
    QTest::newRow("a hundred thousand is not 1e+05") << 250'000.0 << QStringLiteral("0 50000 100000 150000 200000 250000 300000");
}

void tst_axis_scale::linearTicks() {
    QFETCH(double, largest);
    QFETCH(QString, ticks);
    QCOMPARE(texts(linearScale(largest)), ticks);
}

void tst_axis_scale::linearHoldsTheData() {
    for (double largest = 0.0013; largest < 1e9; largest *= 1.37) {
        const AxisScale scale = linearScale(largest);
        QVERIFY2(scale.high >= largest, qPrintable(QString::number(largest)));
        QVERIFY2(scale.high <= largest * 2.1,
                 qPrintable(QString::number(largest))); // the curve fills its picture
        QVERIFY2(scale.ticks.size() >= 3 && scale.ticks.size() <= 9, qPrintable(QString::number(largest)));
    }
}

void tst_axis_scale::turns_data() {
    QTest::addColumn<double>("first");
    QTest::addColumn<double>("last");
    QTest::addColumn<int>("wanted");
    QTest::addColumn<QString>("ticks");
    QTest::newRow("every turn of a short loop") << 1.0 << 6.0 << 16 << QStringLiteral("1 2 3 4 5 6");
    QTest::newRow("one turn") << 1.0 << 1.0 << 16 << QStringLiteral("1");
    QTest::newRow("every second where there is less room") << 1.0 << 12.0 << 8 << QStringLiteral("1 3 5 7 9 11");
    QTest::newRow("the first and the round ones") << 1.0 << 60.0 << 16 << QStringLiteral("1 5 10 15 20 25 30 35 40 45 50 55 60");
}

void tst_axis_scale::turns() {
    QFETCH(double, first);
    QFETCH(double, last);
    QFETCH(int, wanted);
    QFETCH(QString, ticks);
    const AxisScale scale = countScale(first, last, wanted);
    QCOMPARE(texts(scale), ticks);
    QVERIFY(scale.low < first && scale.high > last);
}

void tst_axis_scale::logTicks_data() {
    QTest::addColumn<double>("smallest");
    QTest::addColumn<double>("largest");
    QTest::addColumn<QString>("ticks");
    QTest::newRow("one decade and a half") << 60.0 << 1394.0 << QStringLiteral("50 100 200 500 1000 2000");
    QTest::newRow("a tiny span still has ticks around it") << 480.0 << 520.0 << QStringLiteral("200 500 1000");
    QTest::newRow("many decades: powers of ten only") << 0.5 << 90'000.0 << QStringLiteral("0.1 1 10 100 1000 10000 100000");
    QTest::newRow("a smallest value that has no logarithm") << 0.0 << 90.0 << QStringLiteral("0.5 1 2 5 10 20 50 100");
}

void tst_axis_scale::logTicks() {
    QFETCH(double, smallest);
    QFETCH(double, largest);
    QFETCH(QString, ticks);
    QCOMPARE(texts(logScale(smallest, largest)), ticks);
}

void tst_axis_scale::tickTexts_data() {
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << 0.0 << QStringLiteral("0");
    QTest::newRow("a fraction") << 0.05 << QStringLiteral("0.05");
    QTest::newRow("a large whole number") << 100'000.0 << QStringLiteral("100000");
    QTest::newRow("beyond reading") << 2e9 << QStringLiteral("2e+09");
}

void tst_axis_scale::tickTexts() {
    QFETCH(double, value);
    QFETCH(QString, text);
    QCOMPARE(QString::fromStdString(tickText(value)), text);
}

LOOPTAX_TEST(tst_axis_scale)
#include "tst_axis_scale.moc"
