// The calibration from the window: found in the menu, stopped, failed, and once for real.
#include "app/calibration_file.h"
#include "app/calibration_thread.h"
#include "hand.h"
#include "support/places.h"
#include "support/test_registry.h"
#include "ui/charts/charts_pane.h"
#include "ui/window/calibration_dialog.h"
#include "window_lab.h"

#include <QLabel>
#include <QProgressBar>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>

using namespace looptax;

namespace {

struct FakeState {
    CalibrationJob::Receiver receiver;
    int made = 0, alive = 0, cancelled = 0;
};

class FakeJob final : public CalibrationJob {
public:
    explicit FakeJob(FakeState& state)
        : m_state(state) {
        ++m_state.alive;
    }
    ~FakeJob() override { --m_state.alive; }
    void cancel() override { ++m_state.cancelled; }

private:
    FakeState& m_state;
};

CalibrationMaker fakeMaker(FakeState& state) {
    return [&state](CalibrationJob::Receiver receiver) -> std::unique_ptr<CalibrationJob> {
        ++state.made;
        state.receiver = std::move(receiver);
        return std::make_unique<FakeJob>(state);
    };
}

CalibrationNews ending(Result<CalibrationOutcome> outcome) {
    CalibrationNews news;
    news.outcome = std::move(outcome);
    return news;
}

} // namespace

class tst_calibration : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theMenuOpensItAndItShowsWhatWasFound() {
        FakeState fake;
        WindowLab lab;
        lab.services.calibrate = fakeMaker(fake);
        MainWindow window(lab.services);
        window.show();
        Hand hand(window);
        QVERIFY(hand.menu({QStringLiteral("Tools"), QStringLiteral("Calibrate the instrument…")}));
        auto* dialog = hand.dialog<CalibrationDialog>();
        QVERIFY(dialog);
        QCOMPARE(fake.made, 0); // nothing begins by looking
        hand.press(*Hand::find(*dialog, QStringLiteral("Calibrate")));
        QCOMPARE(fake.made, 1);
        CalibrationNews half;
        half.done = 18;
        half.all = 36;
        fake.receiver(std::move(half));
        auto* bar = dialog->findChild<QProgressBar*>();
        QVERIFY(bar->isVisible());
        QCOMPARE(bar->value(), 18);
        QCOMPARE(bar->maximum(), 36);
        QSignalSpy ended(dialog, &CalibrationDialog::ended);
        fake.receiver(
            ending(CalibrationOutcome{"this instrument: fine", {{"figure", "this"}, {"TTFT", "0.04"}}}));
        QVERIFY(ended.count() == 1 || ended.wait());
        QCOMPARE(fake.alive, 0);
        auto* table = dialog->findChild<QTableWidget*>();
        QVERIFY(table->isVisible());
        QCOMPARE(table->item(0, 1)->text(), QStringLiteral("0.04"));
        QVERIFY(dialog->findChild<QLabel*>()->text().contains(QStringLiteral("this instrument: fine")));
        QVERIFY(Hand::find(*dialog, QStringLiteral("Calibrate"))->isEnabled()); // again, if one likes
    }
    void aProgramWithoutOneOffersNone() {
        WindowLab lab;
        MainWindow window(lab.services);
        window.show();
        Hand hand(window);
        QVERIFY(!hand.menu({QStringLiteral("Tools"), QStringLiteral("Calibrate the instrument…")}));
        QVERIFY(window.calibrate() == nullptr);
    }
    void stoppingIsAskedOfTheJobAndSaid() {
        FakeState fake;
        WindowLab lab;
        CalibrationDialog dialog(lab.files(), fakeMaker(fake));
        dialog.show();
        dialog.start();
        QTest::mouseClick(Hand::find(dialog, QStringLiteral("Stop")), Qt::LeftButton);
        QCOMPARE(fake.cancelled, 1);
        QVERIFY(dialog.running()); // until it is over
        QSignalSpy ended(&dialog, &CalibrationDialog::ended);
        fake.receiver(ending(Error{ErrorKind::Cancelled, "stopped", {}, {}, 0}));
        QVERIFY(ended.wait());
        QCOMPARE(ended[0][0].toBool(), false);
        QVERIFY(ended[0][1].toString().startsWith(QStringLiteral("Stopped")));
    }
    void closingWhileItRunsStopsItFirst() {
        FakeState fake;
        WindowLab lab;
        CalibrationDialog dialog(lab.files(), fakeMaker(fake));
        dialog.show();
        dialog.start();
        QTest::keyClick(&dialog, Qt::Key_Escape);
        QCOMPARE(fake.cancelled, 1);
        QVERIFY(dialog.isVisible());
        fake.receiver(ending(Error{ErrorKind::Cancelled, "stopped", {}, {}, 0}));
        QTRY_VERIFY(!dialog.isVisible());
        QCOMPARE(fake.alive, 0);
    }
    void whatWentWrongIsPlainText() {
        FakeState fake;
        WindowLab lab;
        CalibrationDialog dialog(lab.files(), fakeMaker(fake));
        dialog.show();
        dialog.start();
        QSignalSpy ended(&dialog, &CalibrationDialog::ended);
        fake.receiver(ending(Error{ErrorKind::Unreachable, "<b>no</b> server", "/log", "try again", 0}));
        QVERIFY(ended.wait());
        auto* words = dialog.findChild<QLabel*>();
        QCOMPARE(words->textFormat(), Qt::PlainText);
        QVERIFY(words->text().contains(QStringLiteral("<b>no</b> server")));
        QVERIFY(words->text().contains(QStringLiteral("try again")));
    }
    void forRealItPaintsMeasuresAndKeeps() {
        WindowLab lab;
        qputenv("LOOPTAX_DATA_DIR", QByteArray::fromStdString(lab.folder.path()));
        CalibrationDialog dialog(lab.files(),
                                 calibrationMaker(lab.files(), lab.clock, 18, LOOPTAX_BINARY_DIR "/looptax"));
        dialog.show();
        QSignalSpy ended(&dialog, &CalibrationDialog::ended);
        dialog.start();
        QVERIFY(ended.wait(60'000));
        QVERIFY2(ended[0][0].toBool(), qPrintable(ended[0][1].toString()));
        auto* charts = dialog.findChild<ChartsPane*>();
        QVERIFY(charts->refreshes() > 2); // it painted while it measured
        const Calibrations kept = keptCalibrations(lab.files());
        qunsetenv("LOOPTAX_DATA_DIR");
        QVERIFY(kept.window && !kept.headless);
        QCOMPARE(kept.window->ours.ttft_ms.n, 18);
    }
};

LOOPTAX_TEST(tst_calibration)
#include "tst_calibration.moc"
