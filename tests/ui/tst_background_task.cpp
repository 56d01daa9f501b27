// Work beside the window: the newest wins, nothing comes after its owner, and nothing that hangs holds anybody up.
#include "support/test_registry.h"
#include "ui/widgets/background_task.h"

#include <QElapsedTimer>
#include <QTest>
#include <QThread>

#include <atomic>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

using namespace looptax;
using namespace std::chrono_literals;

class tst_background_task : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QVERIFY(waitForBackgroundWork(20s)); }

    void theNewestWinsAndWhatIsDroppedSaysNothing() {
        std::binary_semaphore gate{0};
        std::vector<int> said;
        BackgroundTask task;
        const auto then = [&](int value) { said.push_back(value); };
        task.run(
            [&] {
                gate.acquire();
                return 1;
            },
            then);
        task.run([] { return 2; }, then); // waits, and never starts
        task.run([] { return 3; }, then);
        gate.release();
        QTRY_COMPARE(said, std::vector<int>{3});
        QVERIFY(!task.busy());
        task.run(
            [](const BackgroundTask::Stop& stop) {
                while (!stop) std::this_thread::yield();
                return 4;
            },
            then);
        task.drop();
        QTRY_VERIFY(!task.busy());
        QCOMPARE(said, std::vector<int>{3});
        task.run([] { return 5; }, then);
        QTRY_COMPARE(said, (std::vector<int>{3, 5}));
    }
    void workIsElsewhereAndItsResultIsHere() {
        BackgroundTask task;
        const QThread* window = QThread::currentThread();
        bool here = false, done = false;
        task.run([window] { return std::make_pair(QThread::currentThread() != window, std::string("x")); },
                 [&](const std::pair<bool, std::string>& found) {
                     here = found.first && QThread::currentThread() == window && found.second == "x";
                     // The next one may be begun from here.
                     task.run([] {}, [&] { done = true; });
                 });
        QVERIFY(task.busy() && !here); // not before the loop goes on
        QTRY_VERIFY(done);
        QVERIFY(here);
    }
    void thenMayDestroyTheOwner() {
        auto task = std::make_unique<BackgroundTask>();
        task->run([] {}, [&] { task.reset(); });
        QTRY_VERIFY(!task);
    }
    void nothingComesAfterTheOwner() {
        bool said = false;
        {
            BackgroundTask task;
            task.run([] {}, [&] { said = true; });
            QVERIFY(waitForBackgroundWork(20s)); // its result is on the way
        }
        QCoreApplication::processEvents();
        QVERIFY(!said);
    }
    void theOwnerWaitsForWhatItsWorkUses() {
        std::atomic<bool> over{false};
        {
            BackgroundTask task;
            task.run(
                [&](const BackgroundTask::Stop& stop) {
                    while (!stop) std::this_thread::yield();
                    over = true;
                },
                [] {});
        }
        QVERIFY(over);
    }
    void whatHangsHoldsNobodyUp_data() {
        QTest::addColumn<bool>("abandoned");
        QTest::newRow("abandoned: not a moment") << true;
        QTest::newRow("not abandoned: two seconds") << false;
    }
    void whatHangsHoldsNobodyUp() {
        QFETCH(bool, abandoned);
        const auto gate = std::make_shared<std::binary_semaphore>(0);
        QElapsedTimer clock;
        {
            BackgroundTask task;
            task.run([gate] { gate->acquire(); }, [] { QFAIL("nobody is left to hear it"); });
            if (abandoned) task.abandon();
            clock.start();
        }
        QVERIFY2(clock.elapsed() < (abandoned ? 1'000 : 10'000), qPrintable(QString::number(clock.elapsed())));
        QVERIFY(!waitForBackgroundWork(0ms)); // it is still there
        gate->release();
        QVERIFY(waitForBackgroundWork(20s));
        QCoreApplication::processEvents();
    }
    void aDeadlineIsKept() {
        QCOMPARE(doneWithin(20s, [] { return 7; }), std::optional<int>(7));
        const auto gate = std::make_shared<std::binary_semaphore>(0);
        const auto late = doneWithin(1ms, [gate] {
            gate->acquire();
            return 7;
        });
        QVERIFY(!late);
        gate->release();
    }
};

LOOPTAX_TEST(tst_background_task)
#include "tst_background_task.moc"
