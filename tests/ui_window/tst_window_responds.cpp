// The window under a hand that is faster than it, and over a disk that hangs: what is chosen refers to what is there,
// nothing waits for a file, and closing is always possible.
#include "hand.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/charts/chart_canvas.h"
#include "ui/charts/charts_pane.h"
#include "ui/compare/compare_dialog.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/turns/plain_pages.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "window_lab.h"

#include <QElapsedTimer>
#include <QLineEdit>
#include <QMouseEvent>
#include <QTableView>
#include <QTest>

using namespace looptax;

namespace {

// Every design, so that the bars stand in several panels.
std::string writtenSession(const WindowLab& lab) {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}, {"B", {3}, {}, {}}, {"C", {3}, {3}, {}}, {"D", {3}, {}, {1, 3}}}, 2));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    const std::string session = lab.folder.file("20261124-010203-0a1b2c3d");
    builder.writeTo(session);
    return session;
}

void showSized(MainWindow& window) {
    window.resize(1'440, 900);
    window.show();
}

bool opened(MainWindow& window, const std::string& session) {
    window.openSession(QString::fromStdString(session));
    return QTest::qWaitFor([&] { return window.feed().folder() == session; }, 10'000);
}

void send(QWidget& widget, QEvent::Type type, const QPointF& at, Qt::MouseButton button, Qt::MouseButtons held) {
    QMouseEvent event(type, at, widget.mapToGlobal(at), button, held, Qt::NoModifier);
    QCoreApplication::sendEvent(&widget, &event);
}

} // namespace

class tst_window_responds : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyAppearance(QStringLiteral("light")); }

    void aBandInTheOldSessionEndsWhereASweepStarts() {
        WindowLab lab(slowServer(60));
        const std::string old = writtenSession(lab);
        MainWindow window(lab.services);
        Hand hand(window);
        showSized(window);
        window.plan().setPlan(lab.plan({{"A", {6}, {}, {}}}, 2));
        QVERIFY(opened(window, old));
        window.charts().showChart(ChartKind::CachedProcessed);
        window.charts().refresh();
        ChartCanvas& canvas = window.charts().chart(ChartKind::CachedProcessed).canvas();
        QVERIFY(canvas.panels().count() >= 3);
        QVERIFY(hand.click(QStringLiteral("Start")));
        const QPointF at = canvas.panels().clip(canvas.panels().count() - 1).center();
        send(canvas, QEvent::MouseButtonPress, at, Qt::LeftButton, Qt::LeftButton);
        send(canvas, QEvent::MouseMove, at + QPointF(30, 30), Qt::NoButton, Qt::LeftButton);
        QVERIFY(QTest::qWaitFor([&] { return window.feed().live() && window.feed().store().turns().size() >= 3; }, 20'000));
        QVERIFY(QTest::qWaitFor([&] { return !window.charts().waiting() && canvas.panels().count() < 3; }, 10'000));
        send(canvas, QEvent::MouseButtonRelease, at + QPointF(30, 30), Qt::LeftButton, Qt::NoButton);
        QVERIFY(!canvas.zoomed());
        window.sweep().controller().cut();
        QVERIFY(QTest::qWaitFor([&] { return !window.sweep().busy(); }, 20'000));
    }

    void aFilterLeavesTheTurnInTheInspector() {
        WindowLab lab;
        const std::string session = writtenSession(lab);
        MainWindow window(lab.services);
        showSized(window);
        QVERIFY(opened(window, session));
        window.table().selectTurn(1);
        QCOMPARE(window.inspector().shownTurn(), 1);
        auto* line = window.table().findChild<QLineEdit*>();
        for (const char* filter : {"A", "no such cell", "C"}) {
            line->clear();
            QTest::keyClicks(line, QLatin1String(filter));
            QCOMPARE(window.inspector().shownTurn(), 1);
            QCOMPARE(window.table().selectedTurn(), 1);
        }
        line->clear();
        QCOMPARE(window.table().model().storeRow(window.table().view().currentIndex().row()), 1);
        window.feed().clear();
        QCOMPARE(window.inspector().shownTurn(), -1);
    }

    void aDiskThatHangsLeavesTheWindowAlive() {
        WindowLab lab;
        const std::string session = writtenSession(lab);
        MainWindow window(lab.services);
        showSized(window);
        QVERIFY(opened(window, session));
        QVERIFY(QTest::qWaitFor([&] { return lab.watched.hanging() == 0; }, 10'000));
        lab.watched.hang();
        window.table().selectTurn(3);
        QVERIFY(QTest::qWaitFor(
            [&] {
                for (const PlainPage* page : window.inspector().findChildren<PlainPage*>())
                    if (page->toPlainText().startsWith(QStringLiteral("Reading"))) return true;
                return false;
            },
            10'000));
        window.openSession(QString::fromStdString(session)); // and all the rest of the window goes on
        window.plan().saveFile(QString::fromStdString(lab.folder.file("plan.json")));
        QElapsedTimer clock;
        clock.start();
        QVERIFY(!window.plan().loadFile(QString::fromStdString(lab.folder.file("plan.json"))));
        QVERIFY2(clock.elapsed() < 5'000, qPrintable(QString::number(clock.elapsed())));
        lab.watched.release();
        QVERIFY(QTest::qWaitFor(
            [&] {
                for (const PlainPage* page : window.inspector().findChildren<PlainPage*>())
                    if (page->toPlainText().startsWith(QStringLiteral("Reading"))) return false;
                return true;
            },
            10'000));
        QVERIFY(QTest::qWaitFor([&] { return !slurp(lab.folder.file("plan.json")).empty(); }, 10'000));
    }

    void aWindowOverADiskThatHangsCloses() {
        WindowLab lab;
        const std::string session = writtenSession(lab);
        QElapsedTimer clock;
        {
            MainWindow window(lab.services);
            showSized(window);
            QVERIFY(opened(window, session));
            lab.watched.hang();
            window.table().selectTurn(3);
            window.openSession(QString::fromStdString(session));
            QVERIFY(QTest::qWaitFor([&] { return lab.watched.hanging() >= 2; }, 10'000));
            clock.start();
            QVERIFY(window.close());
        }
        QVERIFY2(clock.elapsed() < 15'000, qPrintable(QString::number(clock.elapsed())));
        QVERIFY(lab.watched.hanging() >= 2); // what hangs was let go
        lab.watched.release();
    }
};

LOOPTAX_TEST(tst_window_responds)
#include "tst_window_responds.moc"
