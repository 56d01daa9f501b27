// The order of measuring, and what it adds.
#include "agrees.h"
#include "stats/order_effects.h"
#include "support/test_registry.h"

#include <QTest>

using namespace looptax;

class tst_order_effects : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyAMirroredOrderIsFreeOfDrift() {
        QVERIFY(agrees(driftedReading("AABB", 10, 2), 14, 1e-12));
        QVERIFY(agrees(driftedReading("ABAB", 10, 2), 12, 1e-12));
        QVERIFY(agrees(driftedReading("ABBA", 10, 2), 10, 1e-12));
        QVERIFY(agrees(placeGap("BBAA"), -2, 1e-12));
        QVERIFY(!placeGap("AAA"));
        QVERIFY(!driftedReading("", 10, 2));
    }
    void neighboursAreBalanced() {
        QVERIFY(isWilliamsSquare({"ABDC", "BCAD", "CDBA", "DACB"}));
        QVERIFY(!isWilliamsSquare({"ABCD", "BCDA", "CDAB", "DABC"})); // A is before B three times
        QVERIFY(!isWilliamsSquare({"ABDC", "BCAD", "CDBA"}));         // a row is missing
        QVERIFY(!isWilliamsSquare({"ABDC", "ABDC", "ABDC", "ABDC"}));
        QVERIFY(!isWilliamsSquare({"AABB"}));
        QVERIFY(!isWilliamsSquare({}));
        // Three letters need a square and its mirror.
        QVERIFY(isWilliamsSquare({"ABC", "BCA", "CAB", "CBA", "ACB", "BAC"}));
        QVERIFY(!isWilliamsSquare({"ABC", "BCA", "CAB"}));
    }
};

LOOPTAX_TEST(tst_order_effects)
#include "tst_order_effects.moc"
