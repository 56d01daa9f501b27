// The whole window under a ruler: nothing cut, nothing out of its place, a name for whatever takes the focus;
// light and dark, at 1280x720, at once and at twice the scale. With LOOPTAX_PICTURES=DIR it writes what it
// looked at.
#include "hand.h"
#include "looks.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/charts/charts_pane.h"
#include "ui/plan/plan_panel.h"
#include "ui/style/appearance.h"
#include "ui/style/theme.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "ui/window/close_question.h"
#include "ui/window/control_bar.h"
#include "ui/window/export_dialog.h"
#include "ui/window/help_pages.h"
#include "ui/window/trouble_line.h"
#include "ui/window/work_area.h"
#include "window_lab.h"

#include <QFontDatabase>
#include <QStatusBar>
#include <QTableView>
#include <QTest>

using namespace looptax;

class tst_window_looks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void thereIsAFont();
    void theWindow_data();
    void theWindow();
    void theDialogs_data();
    void theDialogs();
    void noticesKeepTheirContrast_data();
    void noticesKeepTheirContrast();
    void everyControlIsReachedByTab();
};

namespace {

SessionBuilder session() {
    SessionBuilder builder(
        testPlan({{"A", {6, 12}, {}, {}}, {"B", {9}, {}, {}}, {"C", {15}, {3}, {}}, {"D", {3}, {}, {1, 3, 6, 9}}}, 3));
    for (const ScheduledRun& run : builder.schedule())
        if (run.run < 10) builder.completeRun(run.run);
    builder.runStart(10);
    TurnRecord record = builder.goodTurn(10, 1);
    SessionBuilder::fail(record, Outcome::Cut, "the stream ended before its terminator");
    builder.turn(record, "{\"cou");
    builder.runEnd(10, RunOutcome::Failed, 1, "turn 1: cut");
    builder.add("session_end", {{"reason", "interrupted by the user"}, {"runs_open", 12}});
    return builder;
}

void picture(QWidget& widget, const QString& name) {
    const QString folder = qEnvironmentVariable("LOOPTAX_PICTURES");
    if (!folder.isEmpty()) widget.grab().save(QStringLiteral("%1/%2@%3.png").arg(folder, name).arg(widget.devicePixelRatio()));
}

} // namespace

void tst_window_looks::thereIsAFont() {
    applyAppearance(QStringLiteral("light"));
    QVERIFY(!QFontDatabase::families().isEmpty());
    QVERIFY(QApplication::font().family().contains(QLatin1String("DejaVu")));
}

void tst_window_looks::theWindow_data() {
    QTest::addColumn<QString>("appearance");
    QTest::addColumn<QString>("view");
    for (const char* appearance : {"light", "dark"})
        for (const char* view :
             {"start", "wrong plan", "mid-sweep", "trouble", "finished", "failed turn", "verdicts", "every tab"})
            QTest::addRow("%s, %s", view, appearance) << QString::fromLatin1(appearance) << QString::fromLatin1(view);
}

void tst_window_looks::theWindow() {
    QFETCH(QString, appearance);
    QFETCH(QString, view);
    applyAppearance(appearance);
    WindowLab lab;
    session().writeTo(lab.folder.file("20261124-010203-0a1b2c3d"));
    if (view == QLatin1String("verdicts")) {
        lab.verdicts.headline = "one run: no interval, no verdict";
        lab.verdicts.cautions = {{"the session was drifting: over the order of execution the time to first token rose "
                                  "(Mann-Kendall, p 0.003), so a difference between cells may be the machine's",
                                  {},
                                  {}},
                                 {"every repeat had the same seed: its quality is one fact told eight times", {}, {}}};
        lab.verdicts.add_repeats = 7;
        lab.verdicts.verdicts[3].after_data = true;
        lab.verdicts.verdicts[4].target = "a-target-with-a-rather-long-name";
        lab.services.addRepeats = [](const std::string&, int) { return Status(); };
    }
    MainWindow window(lab.services);
    window.setAppearance(appearance);
    window.resize(1280, 720);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QVERIFY(QTest::qWaitFor([&] { return window.plan().runnable(); }, 10'000)); // the probe has answered
    const auto open = [&] {
        const std::string session = lab.folder.file("20261124-010203-0a1b2c3d");
        window.openSession(QString::fromStdString(session));
        return QTest::qWaitFor([&] { return window.feed().folder() == session; }, 10'000);
    };
    if (view == QLatin1String("wrong plan")) {
        Plan plan = lab.plan({{"A", {0}, {}, {}}, {"D", {3}, {}, {}}});
        plan.targets[0].url = "localhost";
        window.plan().setPlan(plan);
    } else if (view == QLatin1String("mid-sweep")) {
        QVERIFY(open());
        SweepView shown = window.sweep().view();
        shown.state = SweepState::Running;
        SweepProgress progress;
        progress.phase = SweepPhase::Running;
        progress.turns_done = 12'345;
        progress.turns_left = 98'765;
        progress.seconds_left = 7'200;
        progress.seconds_high = 14'400;
        shown.progress = progress;
        RunningTurn turn;
        turn.target = "a-target-with-a-rather-long-name";
        turn.design = "C";
        turn.turn = 12;
        turn.n = 15;
        turn.cap = 3;
        turn.repeat = 8;
        turn.deltas = 123;
        shown.running = turn;
        window.bar().show(shown);
    } else if (view == QLatin1String("trouble")) {
        QVERIFY(open());
        window.messages().tell(MessageSource::Sweep,
                               Trouble{{QStringLiteral("No space left on device: /a/rather/long/path/to/a/folder/on/a/disk/"
                                                       "that/is/full/sessions/20261124-010203-0a1b2c3d/journal.jsonl."),
                                        QStringLiteral("Free some space or choose another folder."),
                                        QStringLiteral("What was measured before is safe in the session's folder.")},
                                       {Mend::ChooseFolder, Mend::Resume}});
    } else if (view != QLatin1String("start")) {
        QVERIFY(open());
    }
    window.charts().refresh();
    if (view == QLatin1String("verdicts")) window.pages().showVerdicts();
    if (view == QLatin1String("failed turn")) {
        const int last = int(window.feed().store().turns().size()) - 1;
        window.table().selectTurn(last);
        QTRY_COMPARE(window.inspector().shownTurn(), last);
    }
    window.statusBar()->showMessage(QStringLiteral("16 files written to /a/folder"));
    QCoreApplication::processEvents();
    QVERIFY(!QTest::qWaitFor([] { return false; }, 200)); // what answers a tenth of a second later has answered
    const auto look = [&](const QString& name) {
        // A text that came a moment ago may have made its label higher, and that all that stands beside it.
        for (int round = 0; round < 5; ++round) {
            QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
            QCoreApplication::processEvents();
        }
        picture(window, appearance + QLatin1Char('-') + name);
        for (const QString& complaint : cutTexts(window)) qWarning("%s: %s", qPrintable(name), qPrintable(complaint));
        for (const QString& complaint : unnamedControls(window))
            qWarning("%s: no name: %s", qPrintable(name), qPrintable(complaint));
        return cutTexts(window).isEmpty() && unnamedControls(window).isEmpty();
    };
    QVERIFY(window.size() == QSize(1280, 720)); // what it holds has not made it larger
    QVERIFY(look(view));
    if (view != QLatin1String("every tab")) return;
    for (auto* tabs : window.findChildren<QTabBar*>()) {
        const int before = tabs->currentIndex();
        for (int i = 0; i < tabs->count(); ++i) {
            tabs->setCurrentIndex(i);
            QCoreApplication::processEvents();
            QVERIFY(look(QStringLiteral("tab-") + plain(tabs->tabText(i))));
        }
        tabs->setCurrentIndex(before);
    }
}

void tst_window_looks::theDialogs_data() {
    QTest::addColumn<QString>("which");
    for (const char* which : {"closing", "charts", "shortcuts", "about"}) QTest::newRow(which) << QString::fromLatin1(which);
}

void tst_window_looks::theDialogs() {
    QFETCH(QString, which);
    applyAppearance(QStringLiteral("light"));
    WindowLab lab;
    MainWindow window(lab.services);
    window.show();
    std::unique_ptr<QDialog> dialog;
    if (which == QLatin1String("closing")) dialog = std::make_unique<CloseQuestion>();
    else if (which == QLatin1String("charts"))
        dialog =
            std::make_unique<ExportDialog>(WindowSettings{}, QStringLiteral("/a/rather/long/path/to/a/folder/of/charts/charts"));
    else if (which == QLatin1String("shortcuts"))
        dialog = std::make_unique<ShortcutsPage>(shortcutLines(*window.findChild<QMenuBar*>()));
    else dialog = std::make_unique<AboutPage>();
    dialog->setAttribute(Qt::WA_DeleteOnClose, false);
    dialog->show();
    QVERIFY(QTest::qWaitForWindowExposed(dialog.get()));
    picture(*dialog, QStringLiteral("dialog-") + which);
    const QStringList complaints = cutTexts(*dialog) + unnamedControls(*dialog);
    QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join(QLatin1Char('\n'))));
}

void tst_window_looks::noticesKeepTheirContrast_data() {
    QTest::addColumn<QString>("appearance");
    QTest::newRow("light") << QStringLiteral("light");
    QTest::newRow("dark") << QStringLiteral("dark");
}

void tst_window_looks::noticesKeepTheirContrast() {
    QFETCH(QString, appearance);
    applyAppearance(appearance);
    WindowMessages messages;
    TroubleLine line(messages);
    messages.tell(MessageSource::Sweep, Trouble{{QStringLiteral("lost")}, {Mend::Stop}});
    const QPalette& colours = line.palette();
    QVERIFY(contrast(colours.color(QPalette::WindowText), colours.color(line.backgroundRole())) >= 4.5);
    QVERIFY(contrast(colours.color(QPalette::Disabled, QPalette::ButtonText), colours.color(QPalette::Button)) >= 1.5);
    // The signs are painted in the text colour of buttons, whatever lies behind them.
    QVERIFY(contrast(colours.color(QPalette::ButtonText), colours.color(line.backgroundRole())) >= 3);
}

void tst_window_looks::everyControlIsReachedByTab() {
    applyAppearance(QStringLiteral("light"));
    WindowLab lab;
    session().writeTo(lab.folder.file("s"));
    MainWindow window(lab.services);
    window.resize(1280, 720);
    window.show();
    window.openSession(QString::fromStdString(lab.folder.file("s")));
    QTRY_COMPARE(window.feed().folder(), lab.folder.file("s"));
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QVERIFY(QTest::qWaitFor([&] { return window.plan().runnable(); }, 10'000));
    window.charts().refresh();
    QSet<QWidget*> reached;
    for (int i = 0; i < 400; ++i) {
        QTest::keyClick(QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : &window, Qt::Key_Tab);
        if (QApplication::focusWidget() != nullptr) reached.insert(QApplication::focusWidget());
    }
    for (QAbstractButton* button : window.findChildren<QAbstractButton*>())
        if (button->isVisible() && button->isEnabled() && (button->focusPolicy() & Qt::TabFocus) != 0)
            QVERIFY2(reached.contains(button) || button->focusProxy() != nullptr, qPrintable(named(*button)));
    QVERIFY(reached.contains(&window.table().view()));
}

LOOPTAX_TEST(tst_window_looks)
#include "tst_window_looks.moc"
