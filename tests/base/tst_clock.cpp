// A stop of the process is told from a busy machine, by the gaps between readings and the signal that ends it.
#include "base/clock.h"
#include "support/test_registry.h"

#include <QTest>

#include <csignal>

using namespace looptax;

namespace {

constexpr std::int64_t kMs = 1'000'000;

} // namespace

class tst_clock : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aStopIsAGapWithASignal_data() {
        QTest::addColumn<QList<int>>("gaps"); // ms between readings
        QTest::addColumn<bool>("continued");  // the signal came
        QTest::addColumn<int>("stopped");     // ms
        QTest::addRow("waiting for a socket") << QList<int>{50, 50, 51} << false << 0;
        QTest::addRow("a busy machine") << QList<int>{50, 120, 400, 50} << false << 0;
        QTest::addRow("a signal to a program that ran") << QList<int>{50, 50, 60} << true << 0;
        QTest::addRow("Ctrl-Z for a moment") << QList<int>{50, 130, 50} << true << 130;
        QTest::addRow("Ctrl-Z for an hour") << QList<int>{50, 3'600'000, 50} << true << 3'600'000;
        QTest::addRow("Ctrl-Z twice") << QList<int>{900, 50, 700, 50} << true << 1'600;
        // docker pause, a cgroup's freezer: the kernel sends no signal (Documentation/admin-guide/cgroup-v2.rst).
        QTest::addRow("a frozen container") << QList<int>{50, 5'000, 50} << false << 5'000;
        QTest::addRow("nothing was read in between") << QList<int>{} << true << 0;
    }
    void aStopIsAGapWithASignal() {
        QFETCH(QList<int>, gaps);
        QFETCH(bool, continued);
        QFETCH(int, stopped);
        StopWatch watch;
        std::int64_t now = 10'000 * kMs;
        watch.reading(now); // of before: no part of it
        now += 30'000 * kMs;
        watch.restart(now, 7);
        for (const int gap : gaps) watch.reading(now += gap * kMs);
        QCOMPARE(watch.stoppedNs(continued ? 8 : 7), stopped * kMs);
        watch.restart(now + 60'000 * kMs, 8);
        QCOMPARE(watch.stoppedNs(8), std::int64_t(0));
    }
    void theSystemClockListensForTheSignal() {
        const SystemClock clock;
        struct sigaction action {};
        QCOMPARE(::sigaction(SIGCONT, nullptr, &action), 0);
        QVERIFY(action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    }
};

LOOPTAX_TEST(tst_clock)
#include "tst_clock.moc"
