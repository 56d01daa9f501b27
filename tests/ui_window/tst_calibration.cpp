// The calibration from the window: found in the menu, stopped, failed, and once for real.
#include "app/calibration_thread.h"
#include "calibrate/calibration_file.h"
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

#include <nlohmann/json.hpp>

using namespace looptax;

namespace {

struct FakeState {
    CalibrationJob::Receiver receiver;
    int made = 0, alive = 0, cancelled = 0;
};

class FakeJob final : public CalibrationJob {
public:
    explicit FakeJob(FakeState& state) : m_state(state) { ++m_state.alive; }
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

// Rows that are one cell across the whole table.
QStringList shownTitles(const CalibrationDialog& dialog) {
    const auto* table = dialog.findChild<QTableWidget*>();
    QStringList out;
    for (int row = 0; row < table->rowCount(); ++row)
        if (table->columnCount() > 1 && table->columnSpan(row, 0) == table->columnCount()) out += table->item(row, 0)->text();
    return out;
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
        half.now = "every core busy";
        fake.receiver(std::move(half));
        auto* bar = dialog->findChild<QProgressBar*>();
        QVERIFY(bar->isVisible());
        QCOMPARE(bar->value(), 18);
        QCOMPARE(bar->maximum(), 36);
        QCOMPARE(bar->text(), QStringLiteral("every core busy: 50 %"));
        QSignalSpy ended(dialog, &CalibrationDialog::ended);
        fake.receiver(ending(CalibrationOutcome{"this instrument: fine", {{"figure", "this"}, {"TTFT", "0.04"}}}));
        QVERIFY(ended.count() == 1 || ended.wait());
        QCOMPARE(fake.alive, 0);
        auto* table = dialog->findChild<QTableWidget*>();
        QVERIFY(table->isVisible());
        QCOMPARE(table->item(0, 1)->text(), QStringLiteral("0.04"));
        QVERIFY(dialog->findChild<QLabel*>()->text().contains(QStringLiteral("this instrument: fine")));
        QVERIFY(Hand::find(*dialog, QStringLiteral("Calibrate"))->isEnabled()); // again, if one likes
    }
    // Idle, then busy: each is a sweep whose runs count from 1, and the charts show the one that runs.
    void eachLoadIsASweepOfItsOwn() {
        FakeState fake;
        WindowLab lab;
        CalibrationDialog dialog(lab.files(), fakeMaker(fake));
        dialog.show();
        dialog.start();
        const auto line = [](std::int64_t seq, const char* type, Json body) {
            body["type"] = type;
            body["seq"] = seq;
            return JournalLine{seq, type, std::make_shared<const Json>(std::move(body)), {}};
        };
        const auto sweep = [&](const char* id) {
            CalibrationNews news;
            news.lines = {line(1, "session", {{"session", id}}), line(2, "note", {{"kind", "x"}, {"text", id}})};
            return news;
        };
        CalibrationNews both = sweep("idle");
        const CalibrationNews second = sweep("busy");
        both.lines.insert(both.lines.end(), second.lines.begin(), second.lines.end()); // in one batch
        fake.receiver(std::move(both));
        const RecordStore& store = dialog.feed().store();
        QCOMPARE(int(store.sessionLines().size()), 1);
        QCOMPARE((*store.sessionLines()[0])["session"].get<std::string>(), std::string("busy"));
        fake.receiver(sweep("again"));
        QCOMPARE(int(store.sessionLines().size()), 1);
        QCOMPARE(int(store.notes().size()), 1);
    }
    void eachLoadIsUnderItsName() {
        FakeState fake;
        WindowLab lab;
        CalibrationDialog dialog(lab.files(), fakeMaker(fake));
        dialog.show();
        dialog.start();
        QSignalSpy ended(&dialog, &CalibrationDialog::ended);
        fake.receiver(ending(CalibrationOutcome{
            "s", {{"figure", "this", ""}, {"idle machine"}, {"TTFT", "0.04", "met"}, {"every core busy"}, {"TTFT", "0.1", ""}}}));
        QVERIFY(ended.wait());
        QCOMPARE(shownTitles(dialog), QStringList({QStringLiteral("idle machine"), QStringLiteral("every core busy")}));
        auto* table = dialog.findChild<QTableWidget*>();
        QCOMPARE(table->rowCount(), 4);
        QCOMPARE(table->item(3, 1)->text(), QStringLiteral("0.1"));
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
        CalibrationDialog dialog(lab.files(), calibrationMaker(lab.files(), lab.clock, 18, LOOPTAX_BINARY_DIR "/looptax"));
        dialog.show();
        QSignalSpy ended(&dialog, &CalibrationDialog::ended);
        dialog.start();
        QVERIFY(ended.wait(100'000));
        QVERIFY2(ended[0][0].toBool(), qPrintable(ended[0][1].toString()));
        auto* charts = dialog.findChild<ChartsPane*>();
        QVERIFY(charts->refreshes() > 2); // it painted while it measured
        const Calibrations kept = keptCalibrations(lab.files());
        qunsetenv("LOOPTAX_DATA_DIR");
        for (const Load load : kLoads) {
            QVERIFY(kept.window.of(load) && !kept.headless.of(load));
            QCOMPARE(kept.window.of(load)->ours.ttft_ms.n, 18);
            QVERIFY(shownTitles(dialog).contains(QString::fromStdString(loadText(load))));
        }
    }
};

LOOPTAX_TEST(tst_calibration)
#include "tst_calibration.moc"
