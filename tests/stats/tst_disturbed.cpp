// Turns that something else on the machine disturbed: counted, and TTFT without them.
#include "support/disturbed_records.h"
#include "support/test_registry.h"

#include "analysis/disturbed.h"

#include <QTest>

using namespace looptax;

namespace {

constexpr int kBlocks = 8;

// Eight blocks of A with three turns; of turn 2 those of the first blocks were disturbed, and take ten times as long.
std::vector<TurnRecord> recorded(int disturbedBlocks, const std::function<void(TurnRecord&)>& change = {}) {
    SessionBuilder b(testPlan({{"A", {3}, {}, {}}}, kBlocks));
    for (const ScheduledRun& run : b.schedule())
        b.completeRun(run.run, [&](TurnRecord& t) {
            asQuiet(t);
            if (t.turn == 2 && run.repeat <= disturbedBlocks) {
                asDisturbed(t);
                SessionBuilder::setTtft(t, 10 * *t.ttft_ms);
            }
            if (change) change(t);
        });
    return b.store().turns();
}

} // namespace

class tst_disturbed : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void causesAreCountedWithoutTheirNumbers_data() {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QStringList>("causes");
        const auto cpu = QStringLiteral("other programs used … ms of CPU");
        QTest::newRow("none") << QString() << QStringList();
        QTest::newRow("one") << QStringLiteral("other programs used 812 ms of CPU") << QStringList{cpu};
        QTest::newRow("with a fraction, and at the end")
            << QStringLiteral("swapped 1,024.5") << QStringList{QStringLiteral("swapped …")};
        QTest::newRow("two") << QStringLiteral("other programs used 812 ms of CPU; swapped 3 MiB")
                             << QStringList{cpu, QStringLiteral("swapped … MiB")};
        QTest::newRow("one twice") << QStringLiteral("swapped 3 MiB; swapped 4 MiB")
                                   << QStringList{QStringLiteral("swapped … MiB")};
    }
    void causesAreCountedWithoutTheirNumbers() {
        QFETCH(QString, words);
        QFETCH(QStringList, causes);
        TurnRecord turn;
        turn.disturbed_by = words.toStdString();
        QStringList found;
        for (const std::string& cause : disturbances(turn)) found << QString::fromStdString(cause);
        QCOMPARE(found, causes);
    }
    void aCellKnowsWhatDisturbedIt() {
        const auto cells = disturbedCells(recorded(3, [](TurnRecord& t) {
            if (t.turn == 3 && t.repeat == 1) t.disturbed.reset();
            if (t.turn == 2 && t.repeat == 1) t.disturbed_by += "; swapped 3 MiB";
        }));
        QCOMPARE(cells.size(), std::size_t(1));
        QCOMPARE(cells[0].turns, 24);
        QCOMPARE(cells[0].known, 23);
        QCOMPARE(cells[0].disturbed, 3);
        QVERIFY((cells[0].by == std::map<std::string, int>{{"other programs used … ms of CPU", 3}, {"swapped … MiB", 1}}));
    }
    void anOlderSessionSaysNothing() {
        const auto turns = recorded(0, [](TurnRecord& t) { t.disturbed.reset(); });
        QVERIFY(disturbedCells(turns).empty() && quietMedians(turns, 2).empty());
    }
    void moreThanHalfIsNotQuiet_data() {
        QTest::addColumn<int>("noisy"); // of 24
        QTest::addColumn<bool>("quiet");
        QTest::newRow("none") << 0 << true;
        QTest::newRow("half") << 12 << true;
        QTest::newRow("one more") << 13 << false;
        QTest::newRow("all") << 24 << false;
    }
    void moreThanHalfIsNotQuiet() {
        QFETCH(int, noisy);
        QFETCH(bool, quiet);
        int left = noisy;
        const auto turns = recorded(0, [&](TurnRecord& t) {
            if (left-- > 0) asDisturbed(t);
        });
        QCOMPARE(disturbedCells(turns)[0].quiet(), quiet);
        QCOMPARE(quietMedians(turns, 1).empty(), !quiet || noisy == 0);
    }
    void aSecondMedianNeedsItsBlocks_data() {
        QTest::addColumn<int>("disturbed"); // blocks
        QTest::addColumn<int>("rows");
        QTest::newRow("none") << 0 << 0;
        QTest::newRow("one") << 1 << 1;
        QTest::newRow("two: six are left") << 2 << 0;
    }
    void aSecondMedianNeedsItsBlocks() {
        QFETCH(int, disturbed);
        QFETCH(int, rows);
        QCOMPARE(blocksForVerdict({}), 7); // 1 / 128 <= 0.05 / 5
        const auto medians = quietMedians(recorded(disturbed), blocksForVerdict({}));
        QCOMPARE(int(medians.size()), rows);
        if (rows == 0) return;
        QCOMPARE(medians[0].key.turn, 2);
        QCOMPARE(medians[0].disturbed, 1);
        QCOMPARE(medians[0].with.n, 8);
        QCOMPARE(medians[0].without.n, 7);
        QCOMPARE(medians[0].with.max, 2010.0); // block 1: 10 x 201
        QCOMPARE(medians[0].without.max, 208.0);
        QCOMPARE(medians[0].without.median, 205.0);
    }
    void aStarvedClientIsTold_data() {
        QTest::addColumn<QVariant>("lagMs");
        QTest::addColumn<bool>("starved"); // TTFT is 100 ms
        QTest::newRow("not known") << QVariant() << false;
        QTest::newRow("at 5 %") << QVariant(5.0) << false;
        QTest::newRow("above") << QVariant(5.1) << true;
    }
    void aStarvedClientIsTold() {
        QFETCH(QVariant, lagMs);
        QFETCH(bool, starved);
        TurnRecord turn;
        turn.ttft_ms = 100;
        if (lagMs.isValid()) turn.wake_lag_max_ns = std::int64_t(lagMs.toDouble() * 1e6);
        QCOMPARE(clientStarved(turn), starved);
        turn.ttft_ms.reset();
        QVERIFY(!clientStarved(turn));
    }
};

LOOPTAX_TEST(tst_disturbed)
#include "tst_disturbed.moc"
