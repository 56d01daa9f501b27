// What a turn's record says of its stamps: whose they are, how late this program was, and where TTFT is an upper bound.
#include "engine/turn_recorder.h"
#include "support/test_registry.h"

#include <QTest>

#include <utility>

using namespace looptax;

namespace {

using Lags = QList<qint64>; // of the reads, in us; -1: the kernel gave no stamp

} // namespace

class tst_turn_recorder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whoseStampsTheyAre_data() {
        QTest::addColumn<Lags>("lags");
        QTest::addColumn<QString>("source");
        QTest::addColumn<qint64>("median"); // us; -1: absent
        QTest::addColumn<qint64>("largest");
        QTest::addRow("nothing came") << Lags{} << QString() << qint64(-1) << qint64(-1);
        QTest::addRow("the kernel's") << Lags{30, 10, 20} << QStringLiteral("kernel") << qint64(20) << qint64(30);
        QTest::addRow("an even number") << Lags{40, 10, 20, 9'000} << QStringLiteral("kernel") << qint64(30) << qint64(9'000);
        QTest::addRow("no lag at all") << Lags{0} << QStringLiteral("kernel") << qint64(0) << qint64(0);
        QTest::addRow("this program's") << Lags{-1, -1} << QStringLiteral("user") << qint64(-1) << qint64(-1);
        QTest::addRow("one read without") << Lags{-1, 50, 70} << QStringLiteral("mixed") << qint64(60) << qint64(70);
    }
    void whoseStampsTheyAre() {
        QFETCH(Lags, lags);
        QFETCH(QString, source);
        QFETCH(qint64, median);
        QFETCH(qint64, largest);
        TurnRecorder recorder;
        recorder.onSent(1'000, {});
        std::int64_t at = 1'000;
        for (const qint64 lag : lags) {
            at += 1'000'000;
            recorder.onRead({at, lag < 0 ? std::nullopt : std::optional<std::int64_t>(lag * 1'000)});
        }
        ChatEnd end;
        end.outcome = Outcome::Ok;
        end.end_ns = at;
        end.write_done_ns = 43'000;
        TurnRecord record;
        recorder.finish(end, record);
        QCOMPARE(QString::fromStdString(record.stamp_source), source);
        QCOMPARE(record.wake_lag_ns.value_or(-1'000), median * 1'000);
        QCOMPARE(record.wake_lag_max_ns.value_or(-1'000), largest * 1'000);
        QCOMPARE(record.write_done_ns, std::optional<std::int64_t>(42'000));
        QCOMPARE(record.first_delta_shared, std::nullopt);
    }

    void wherePiecesShareTheFirstRead_data() {
        QTest::addColumn<QList<int>>("pieces"); // of each read
        QTest::addColumn<bool>("shared");
        QTest::addRow("each by itself") << QList<int>{1, 1, 1} << false;
        QTest::addRow("two in the first") << QList<int>{2, 1} << true;
        QTest::addRow("two in the second") << QList<int>{1, 2} << false;
        QTest::addRow("a read without any before") << QList<int>{0, 1, 3} << false;
        QTest::addRow("all in one") << QList<int>{5} << true;
    }
    void wherePiecesShareTheFirstRead() {
        QFETCH(QList<int>, pieces);
        QFETCH(bool, shared);
        TurnRecorder recorder;
        recorder.onSent(0, {});
        std::int64_t at = 0;
        for (const int count : pieces) {
            at += 1'000'000;
            recorder.onRead({at, {}});
            for (int i = 0; i < count; ++i) recorder.onDelta(DeltaKind::Content, at, "a");
        }
        ChatEnd end;
        end.outcome = Outcome::Ok;
        end.end_ns = at;
        TurnRecord record;
        recorder.finish(end, record);
        QCOMPARE(record.first_delta_shared, std::optional(shared));
    }

    void theFirstPieceIsToldOnce() {
        TurnRecorder recorder;
        int calls = 0;
        recorder.atFirstDelta([&] { ++calls; });
        recorder.onSent(0, {});
        recorder.onHeaders(1'000);
        recorder.onRead({1'000, {}});
        recorder.onEvent(1'000);
        QCOMPARE(calls, 0);
        for (int i = 2; i < 5; ++i) recorder.onDelta(DeltaKind::Reasoning, i * 1'000, "a");
        QCOMPARE(calls, 1);
    }

    void aTurnThatWasNotSentHasNoStamps() {
        const TurnRecorder recorder;
        ChatEnd end;
        end.outcome = Outcome::TimeoutConnect;
        TurnRecord record;
        recorder.finish(end, record);
        QVERIFY(record.stamp_source.empty());
        QCOMPARE(record.write_done_ns, std::nullopt);
        QCOMPARE(record.wake_lag_ns, std::nullopt);
    }
};

LOOPTAX_TEST(tst_turn_recorder)
#include "tst_turn_recorder.moc"
