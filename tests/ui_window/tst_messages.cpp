// One owner of messages: what is told by each source, which of them is shown, and that what a person put away stays away.
#include "hand.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "window_lab.h"

#include <QDir>
#include <QSignalSpy>
#include <QTest>

using namespace looptax;

namespace {

const QString kDismiss = QStringLiteral("Dismiss");

WindowMessage message(const char* text, bool waits = false) { return {{QString::fromLatin1(text)}, {}, waits}; }

struct Desk {
    Desk() : good(lab.folder.file("20261124-010203-0a1b2c3d")), window(lab.services), hand(window) {
        SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
        builder.completeRun(1);
        builder.writeTo(good);
        window.resize(1280, 800);
        window.show();
        window.plan().setPlan(lab.plan({{"A", {2}, {}, {}}}));
    }
    QString told() { return window.trouble().text(); }
    bool waitForRest() {
        return QTest::qWaitFor([&] { return window.activity().now() == Activity::None; }, 30'000);
    }
    bool open(const std::string& folder) {
        window.openSession(QString::fromStdString(folder));
        return waitForRest();
    }
    // Each of them leaves a message.
    bool failToOpen() { return open(lab.folder.path()) && told().contains(QLatin1String("journal.jsonl")); }
    bool failToStart() {
        spit(lab.folder.file("sessions"), "a file is in the way");
        return hand.click(QStringLiteral("Start")) && waitForRest() && !told().isEmpty();
    }
    bool failToExport() {
        spit(lab.folder.file("in the way"), "x");
        window.exports().exportAllTo(lab.folder.file("in the way"));
        return waitForRest() && told().contains(QLatin1String("in the way"));
    }
    bool failBy(const QString& what) {
        return what == QLatin1String("open") ? failToOpen() : what == QLatin1String("start") ? failToStart() : failToExport();
    }

    WindowLab lab;
    std::string good;
    MainWindow window;
    Hand hand;
};

} // namespace

class tst_messages : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyAppearance(QStringLiteral("light")); }

    void theNewestIsShownAndWhatWaitsBeforeIt() {
        WindowMessages messages;
        TroubleLine line(messages);
        QVERIFY(line.isHidden());
        messages.tell(MessageSource::Opening, message("open"));
        messages.tell(MessageSource::Export, message("export"));
        QCOMPARE(line.text(), QStringLiteral("export"));
        messages.tell(MessageSource::Sweep, message("lost", true));
        messages.tell(MessageSource::Opening, message("open again"));
        QCOMPARE(line.text(), QStringLiteral("lost"));
        QVERIFY(line.button(kDismiss) == nullptr);
        messages.dismiss(); // not this one
        QCOMPARE(line.text(), QStringLiteral("lost"));
        messages.clear(MessageSource::Sweep);
        QCOMPARE(line.text(), QStringLiteral("open again"));
        line.button(kDismiss)->click();
        QCOMPARE(line.text(), QStringLiteral("export")); // it has not been read yet
        line.button(kDismiss)->click();
        QVERIFY(line.isHidden() && line.text().isEmpty());
        messages.clear(MessageSource::Export);
        messages.dismiss();
        QVERIFY(line.isHidden());
        messages.tell(MessageSource::Export, message("export")); // the same words of a new event
        QCOMPARE(line.text(), QStringLiteral("export"));
    }

    // Two questions with the same answers: an answer belongs to the question on screen.
    void buttonsOfTheSameWordsDoWhatTheNewMessageSays() {
        WindowMessages messages;
        TroubleLine line(messages);
        QStringList pressed;
        const auto ask = [&](const QString& about) {
            messages.tell(MessageSource::Sweep,
                          {{about},
                           {{QStringLiteral("Yes"),
                             [&pressed, &messages, about] {
                                 messages.clear(MessageSource::Sweep);
                                 pressed << about;
                             },
                             about},
                            {QStringLiteral("No"), [&messages] { messages.clear(MessageSource::Sweep); }, {}}},
                           true});
        };
        ask(QStringLiteral("first"));
        ask(QStringLiteral("second"));
        QCOMPARE(line.button(QStringLiteral("Yes"))->toolTip(), QStringLiteral("second"));
        line.button(QStringLiteral("Yes"))->click();
        QCOMPARE(pressed, QStringList{QStringLiteral("second")});
        QVERIFY(line.isHidden());
    }

    void aButtonMayBringTheNextMessage() {
        WindowMessages messages;
        TroubleLine line(messages);
        messages.tell(MessageSource::Sweep, {{QStringLiteral("one")},
                                             {{QStringLiteral("Go"),
                                               [&] {
                                                   messages.tell(MessageSource::Sweep, message("two"));
                                                   QCOMPARE(line.text(), QStringLiteral("two"));
                                               },
                                               {}}},
                                             false});
        line.button(QStringLiteral("Go"))->click();
        QCOMPARE(line.text(), QStringLiteral("two"));
        QVERIFY(line.button(QStringLiteral("Go")) == nullptr);
    }

    void whatWasDismissedStaysAway_data() {
        QTest::addColumn<QString>("what");
        for (const char* what : {"open", "start", "export"}) QTest::newRow(what) << QString::fromLatin1(what);
    }
    void whatWasDismissedStaysAway() {
        QFETCH(QString, what);
        Desk desk;
        QVERIFY(desk.open(desk.good));
        QVERIFY(desk.failBy(what));
        const QString said = desk.told();
        QVERIFY(desk.hand.click(kDismiss));
        QVERIFY(desk.told().isEmpty());
        // What makes the window look again at everything.
        desk.window.plan().usePreset("study");
        desk.window.setAppearance(QStringLiteral("light"));
        desk.window.sweep().setOut(desk.lab.folder.file("elsewhere"));
        desk.window.sweep().setOut(desk.lab.out());
        Q_EMIT desk.window.feed().analysisChanged();
        QVERIFY2(desk.told().isEmpty(), qPrintable(desk.told()));
        desk.window.plan().setPlan(desk.lab.plan({{"A", {2}, {}, {}}}));
        QVERIFY(desk.failBy(what)); // it happens once more
        QCOMPARE(desk.told(), said);
    }

    void whatIsOverIsToldNoLonger_data() {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("then");
        QTest::addColumn<bool>("told");
        QTest::newRow("not opened, another one is") << "open"
                                                    << "open" << false;
        QTest::newRow("not opened, a sweep makes one") << "open"
                                                       << "sweep" << false;
        QTest::newRow("not opened, nor is the next: only that one") << "open"
                                                                    << "fail to open" << true;
        QTest::newRow("not opened, the one on screen is closed") << "open"
                                                                 << "close" << false;
        QTest::newRow("not exported, the next is") << "export"
                                                   << "export" << false;
        QTest::newRow("not exported, another session is opened") << "export"
                                                                 << "open" << false;
        QTest::newRow("not exported, the session is closed") << "export"
                                                             << "close" << false;
        QTest::newRow("not exported, another session cannot be opened") << "export"
                                                                        << "fail to open" << true;
        QTest::newRow("not started, it does now") << "start"
                                                  << "sweep" << false;
        QTest::newRow("not started, a session is opened") << "start"
                                                          << "open" << false;
        QTest::newRow("not started, the session is closed") << "start"
                                                            << "close" << false;
        QTest::newRow("not started, then exported: it stays") << "start"
                                                              << "export" << true;
    }
    void whatIsOverIsToldNoLonger() {
        QFETCH(QString, what);
        QFETCH(QString, then);
        QFETCH(bool, told);
        Desk desk;
        QVERIFY(desk.open(desk.good));
        QVERIFY(desk.failBy(what));
        if (then == QLatin1String("open")) {
            QVERIFY(desk.open(desk.good));
        } else if (then == QLatin1String("close")) {
            QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
        } else if (then == QLatin1String("fail to open")) {
            QVERIFY(desk.open(desk.lab.folder.file("not there")));
            QVERIFY(desk.told().contains(QLatin1String("not there")));
        } else if (then == QLatin1String("export")) {
            desk.window.exports().exportAll();
            QVERIFY(desk.waitForRest());
        } else {
            QFile::remove(QString::fromStdString(desk.lab.folder.file("sessions")));
            QVERIFY(desk.hand.click(QStringLiteral("Start")));
            QVERIFY(desk.waitForRest());
            QVERIFY(desk.window.feed().folder() != desk.good);
        }
        QCOMPARE(!desk.told().isEmpty(), told);
    }
};

LOOPTAX_TEST(tst_messages)
#include "tst_messages.moc"
