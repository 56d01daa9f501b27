// The window does one thing at a time, whoever asks for the second one: a button, a key, a drop, a call. What is measured
// is not disturbed, what is on screen stays one session, and what may not be written to is not.
#include "hand.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/compare/compare_dialog.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/window/calibration_dialog.h"
#include "ui/window/close_question.h"
#include "ui/window/control_bar.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "window_lab.h"

#include <QDir>
#include <QDirIterator>
#include <QFileDialog>
#include <QSignalSpy>
#include <QStatusBar>
#include <QTest>
#include <QThread>

#include <atomic>
#include <map>

using namespace looptax;

namespace {

// Work beside the window's thread that stands still until a test says so.
class Gate {
public:
    ~Gate() { open(); }
    void open() { m_open = true; }
    void pass() const {
        while (!m_open) QThread::msleep(2);
    }

private:
    std::atomic<bool> m_open{false};
};

class IdleJob final : public CalibrationJob {
    void cancel() override {}
};

SessionBuilder halfDone() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
    builder.completeRun(1);
    return builder;
}

struct Desk {
    explicit Desk(double turnMs = 0, const SessionBuilder& builder = halfDone())
        : lab(slowServer(turnMs))
        , session(lab.folder.file("20261124-010203-0a1b2c3d"))
        , window(prepared(builder))
        , hand(window) {
        window.resize(1280, 800);
        window.show();
        window.plan().setPlan(lab.plan({{"A", {6}, {}, {}}}, 2));
    }
    ~Desk() {
        reading.open();
        writing.open();
    }
    bool open() {
        reading.open();
        window.openSession(QString::fromStdString(session));
        return QTest::qWaitFor([&] { return rests() && window.feed().folder() == session; }, 10'000);
    }
    bool rests() { return window.activity().now() == Activity::None; }
    bool waitForRest() {
        return QTest::qWaitFor([&] { return rests(); }, 30'000);
    }
    // Both a call and what a person has: none of them may do anything now.
    void tryEverything() {
        const QString other = QString::fromStdString(session);
        QTest::keyClick(&window, Qt::Key_F5);
        QTest::keyClick(&window, Qt::Key_F9);
        QTest::keyClick(&window, Qt::Key_E, Qt::ControlModifier);
        QTest::keyClick(&window, Qt::Key_W, Qt::ControlModifier);
        window.sweep().start(lab.plan({{"A", {2}, {}, {}}}));
        window.sweep().resume(false);
        window.sweep().resume(true);
        window.sweep().resumeAgain();
        window.sweep().addRepeats(1);
        window.exports().exportAll();
        window.exports().exportElsewhere();
        window.exports().exportAllTo(lab.folder.file("elsewhere"));
        window.exports().askForCharts();
        window.exports().askForFile(SessionFile::Csv);
        window.exports().askForRuns();
        calibrated += window.calibrate() != nullptr ? 1 : 0;
        compared += window.compare() != nullptr ? 1 : 0;
        if (window.activity().now() != Activity::Reading) {
            dropped += dropOn(window, other) ? 1 : 0;
            window.openSession(other);
        }
    }
    bool nothingCameOfIt() {
        return amended == 0 && calibrated == 0 && compared == 0 && dropped == 0 &&
               window.findChildren<QFileDialog*>().isEmpty() &&
               !QDir(QString::fromStdString(lab.folder.file("elsewhere"))).exists();
    }
    std::size_t sessionsMade() {
        const auto made = lab.files().list(lab.out());
        return made ? made->size() : 0;
    }

    WindowLab lab;
    std::string session;
    Gate reading; // of a session from disk
    Gate writing; // of derived files and reports
    std::atomic<int> amended{0};
    int calibrated = 0, compared = 0, dropped = 0;
    MainWindow window;
    Hand hand;

private:
    const Services& prepared(const SessionBuilder& builder) {
        builder.writeTo(session);
        const QThread* gui = QThread::currentThread();
        lab.services.analyse = [this, gui](const RecordStore&, bool collecting) {
            if (QThread::currentThread() != gui) reading.pass();
            return collecting ? handMadeCollecting() : lab.verdicts;
        };
        lab.services.writeDerived = [this, real = lab.services.writeDerived](auto&&... given) {
            writing.pass();
            return real(given...);
        };
        lab.services.addRepeats = [this](const std::string&, int) {
            writing.pass();
            ++amended;
            return Status();
        };
        lab.services.calibrate = [](CalibrationJob::Receiver) { return std::make_unique<IdleJob>(); };
        lab.services.compare = [](const std::string&, const std::optional<std::string>&) { return doc::Document(); };
        lab.services.writeRuns = [](const std::string&, const std::string&) -> Result<int> { return 0; };
        return lab.services;
    }
};

std::map<QString, QByteArray> contentsOf(const std::string& folder) {
    std::map<QString, QByteArray> out;
    QDirIterator all(QString::fromStdString(folder), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        QFile file(all.next());
        if (file.open(QIODevice::ReadOnly)) out[file.fileName()] = file.readAll();
    }
    return out;
}

QStringList enabledIn(MainWindow& window, const QString& menu) {
    QStringList out;
    for (QAction* top : window.findChild<QMenuBar*>()->actions())
        if (plain(top->text()) == menu)
            for (QAction* action : top->menu()->actions())
                if (!action->isSeparator() && action->isEnabled()) out << plain(action->text());
    return out;
}

} // namespace

class tst_window_activity : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyAppearance(QStringLiteral("light")); }

    void nothingBeginsWhileASessionIsRead() {
        Desk desk;
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        desk.window.openSession(QString::fromStdString(desk.session));
        QCOMPARE(desk.window.activity().now(), Activity::Reading);
        QVERIFY(!desk.hand.enabled(QStringLiteral("Start")));
        desk.tryEverything();
        QCOMPARE(desk.window.activity().now(), Activity::Reading);
        QVERIFY2(!desk.window.statusBar()->currentMessage().isEmpty(), "a refusal is said");
        desk.reading.open();
        QVERIFY(desk.waitForRest());
        QCOMPARE(desk.window.feed().folder(), desk.session);
        QVERIFY(desk.nothingCameOfIt());
        QCOMPARE(desk.sessionsMade(), 0U);
        QVERIFY(desk.hand.enabled(QStringLiteral("Start")));
    }

    void ofTwoSessionsAskedForTheLastIsShown() {
        Desk desk;
        const std::string other = desk.lab.folder.file("20261124-020304-0a1b2c3d");
        halfDone().writeTo(other);
        desk.window.openSession(QString::fromStdString(desk.session));
        desk.window.openSession(QString::fromStdString(other));
        desk.reading.open();
        QVERIFY(desk.waitForRest());
        QCOMPARE(desk.window.feed().folder(), other);
    }

    // From the press of Start, before there is a folder, to the last derived file.
    void nothingElseBeginsBesideASweep_data() {
        QTest::addColumn<int>("when");
        QTest::newRow("starting") << int(Activity::Starting);
        QTest::newRow("sweeping") << int(Activity::Sweeping);
        QTest::newRow("writing") << int(Activity::Writing);
    }
    void nothingElseBeginsBesideASweep() {
        QFETCH(int, when);
        Desk desk(when == int(Activity::Writing) ? 0 : 60);
        QVERIFY(desk.open());
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        QVERIFY(desk.hand.click(QStringLiteral("Start")));
        QVERIFY(QTest::qWaitFor([&] { return desk.window.activity().now() == Activity(when); }, 20'000));
        QVERIFY(!desk.hand.enabled(QStringLiteral("Start")));
        QCOMPARE(enabledIn(desk.window, QStringLiteral("Export")), QStringList());
        QCOMPARE(desk.window.plan().isEditable(), Activity(when) == Activity::Writing);
        desk.tryEverything();
        QVERIFY(desk.window.sweep().busy());
        desk.writing.open();
        QVERIFY(desk.waitForRest());
        QVERIFY(desk.window.feed().folder() != desk.session);
        QVERIFY(QString::fromStdString(desk.window.feed().folder()).startsWith(QString::fromStdString(desk.lab.out())));
        QCOMPARE(desk.window.feed().store().turns().size(), 12U);
        QVERIFY(desk.nothingCameOfIt());
        QCOMPARE(desk.sessionsMade(), 1U);
        QVERIFY(!QFile::exists(QString::fromStdString(SessionPaths(desk.window.feed().folder()).chartsDir())));
    }

    void nothingElseBeginsBesideAnExport() {
        Desk desk;
        QVERIFY(desk.open());
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        QVERIFY(desk.hand.click(SessionLine::exportAllText()));
        QCOMPARE(desk.window.activity().now(), Activity::Exporting);
        QVERIFY(!desk.hand.enabled(QStringLiteral("Start")));
        QVERIFY(!desk.hand.enabled(SessionLine::resumeText()));
        QVERIFY(!desk.hand.enabled(SessionLine::exportAllText()));
        QCOMPARE(enabledIn(desk.window, QStringLiteral("Export")), QStringList());
        desk.tryEverything();
        QCOMPARE(desk.window.activity().now(), Activity::Exporting);
        desk.writing.open();
        QVERIFY(desk.waitForRest());
        QVERIFY(desk.nothingCameOfIt());
        QCOMPARE(desk.sessionsMade(), 0U);
        QCOMPARE(desk.window.feed().folder(), desk.session);
        QVERIFY(QFile::exists(QString::fromStdString(SessionPaths(desk.session).reportHtml())));
        QVERIFY(desk.hand.enabled(SessionLine::resumeText()));
    }

    void nothingElseBeginsWhileItCalibrates() {
        Desk desk;
        QVERIFY(desk.open());
        CalibrationDialog* dialog = desk.window.calibrate();
        QVERIFY(dialog != nullptr);
        QCOMPARE(desk.window.activity().now(), Activity::Calibrating);
        QVERIFY(desk.window.calibrate() == nullptr);
        desk.tryEverything();
        QVERIFY(desk.nothingCameOfIt());
        QCOMPARE(desk.sessionsMade(), 0U);
        dialog->close();
        QVERIFY(desk.waitForRest());
        QVERIFY(desk.hand.enabled(QStringLiteral("Start")));
    }

    void aDropDoesNotReachBehindADialog() {
        Desk desk;
        QVERIFY(desk.open());
        CompareDialog* dialog = desk.window.compare();
        QVERIFY(dialog != nullptr);
        QVERIFY(!dropOn(desk.window, QString::fromStdString(desk.session)));
        dialog->close();
        QVERIFY(dropOn(desk.window, QString::fromStdString(desk.session)));
        QVERIFY(desk.waitForRest());
    }

    void nothingIsWrittenToASessionThatIsReadOnly_data() {
        QTest::addColumn<QString>("why");
        for (const char* why : {"damaged", "in use"}) QTest::newRow(why) << QString::fromLatin1(why);
    }
    void nothingIsWrittenToASessionThatIsReadOnly() {
        QFETCH(QString, why);
        Desk desk;
        desk.writing.open();
        std::optional<Result<SessionLock>> lock;
        if (why == QLatin1String("in use")) {
            lock.emplace(SessionLock::take(desk.lab.files(), SessionPaths(desk.session)));
            QVERIFY(lock->ok());
        } else {
            // In the line before the last one: a last line alone may be what a power cut left.
            const std::string journal = SessionPaths(desk.session).journal();
            std::string bytes = slurp(journal);
            const std::size_t at = bytes.rfind('\n', bytes.size() - 2) - 20;
            bytes[at] = char(bytes[at] ^ 1);
            spit(journal, bytes);
        }
        QVERIFY(desk.open());
        QVERIFY(QTest::qWaitForWindowActive(&desk.window));
        const auto before = contentsOf(desk.session);
        QVERIFY(desk.hand.button(SessionLine::exportAllText()) == nullptr);
        QVERIFY(!enabledIn(desk.window, QStringLiteral("Export")).contains(QStringLiteral("Export all to the session folder")));
        QTest::keyClick(&desk.window, Qt::Key_E, Qt::ControlModifier);
        desk.window.exports().exportAll();
        QVERIFY(desk.rests());
        // Nor by a detour: the folder itself, one below it, a link to it.
        QVERIFY(QFile::link(QString::fromStdString(desk.session), QString::fromStdString(desk.lab.folder.file("link"))));
        for (const std::string& detour :
             {desk.session, desk.session + "/charts/new", desk.lab.folder.file("link"), desk.lab.folder.file("link/deep/er"),
              desk.session + "/../" + SessionPaths(desk.session).id()}) {
            desk.window.exports().exportAllTo(detour);
            QVERIFY2(desk.rests(), detour.c_str());
            QVERIFY2(desk.window.trouble().text().contains(QLatin1String("Nothing is written to this session")),
                     qPrintable(desk.window.trouble().text()));
        }
        desk.window.sweep().resume(false);
        desk.window.sweep().resumeAgain();
        desk.window.sweep().addRepeats(2);
        QVERIFY(desk.rests());
        QCOMPARE(desk.amended.load(), 0);
        QVERIFY(contentsOf(desk.session) == before);
        // Elsewhere it may be exported.
        const QString elsewhere = QString::fromStdString(desk.lab.folder.file("elsewhere"));
        QVERIFY(QDir().mkpath(elsewhere));
        QVERIFY(desk.hand.enabled(SessionLine::exportElsewhereText()));
        desk.window.exports().exportAllTo(elsewhere.toStdString());
        QVERIFY(desk.waitForRest());
        QVERIFY(QFile::exists(elsewhere + QStringLiteral("/report.html")));
        QVERIFY(contentsOf(desk.session) == before);
    }

    void theReportOfAnotherSessionIsNotReplaced() {
        Desk desk;
        desk.writing.open();
        const std::string other = desk.lab.folder.file("20261124-020304-0a1b2c3d");
        halfDone().writeTo(other);
        QVERIFY(desk.open());
        const auto before = contentsOf(other);
        desk.window.exports().exportAllTo(other);
        QVERIFY(desk.waitForRest());
        QVERIFY2(desk.window.trouble().text().contains(QStringLiteral("another session")),
                 qPrintable(desk.window.trouble().text()));
        QVERIFY(contentsOf(other) == before);
    }

    void closingWaitsForWhatIsWritten_data() {
        QTest::addColumn<QString>("what");
        for (const char* what : {"export", "export, by a signal", "end of a sweep", "amendment"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void closingWaitsForWhatIsWritten() {
        QFETCH(QString, what);
        Desk desk;
        QVERIFY(desk.open());
        if (what == QLatin1String("end of a sweep")) {
            QVERIFY(desk.hand.click(QStringLiteral("Start")));
            QVERIFY(QTest::qWaitFor([&] { return desk.window.activity().now() == Activity::Writing; }, 20'000));
        } else if (what == QLatin1String("amendment")) {
            desk.window.sweep().addRepeats(2);
        } else {
            desk.window.exports().exportAll();
        }
        QSignalSpy closed(&desk.window, &MainWindow::closed);
        if (what.contains(QLatin1String("signal"))) desk.window.endNow();
        else desk.window.close();
        QVERIFY(desk.window.isVisible());
        QVERIFY(desk.window.findChild<CloseQuestion*>() == nullptr);
        QVERIFY(!desk.window.statusBar()->currentMessage().isEmpty());
        desk.writing.open();
        QVERIFY(QTest::qWaitFor([&] { return !desk.window.isVisible(); }, 20'000));
        QCOMPARE(closed.count(), 1);
        QVERIFY(desk.rests());
        QVERIFY(!desk.window.sweep().controller().busy()); // nothing follows what was waited for
        if (what == QLatin1String("amendment")) QCOMPARE(desk.amended.load(), 1);
        else QVERIFY(QFile::exists(QString::fromStdString(SessionPaths(desk.window.feed().folder()).reportHtml())));
    }

    void aSessionBeingReadIsNoReasonToStay() {
        Desk desk;
        desk.window.openSession(QString::fromStdString(desk.session));
        desk.window.close();
        QVERIFY(!desk.window.isVisible());
    }
};

LOOPTAX_TEST(tst_window_activity)
#include "tst_window_activity.moc"
