// Sessions in the window: opened in every way there is, read-only, whatever is wrong with them; looked at by
// clicks; resumed; exported by menu; remembered.
#include "app/session_analysis.h"
#include "base/whole_file.h"
#include "hand.h"
#include "prefix/explanation_json.h"
#include "support/session_builder.h"
#include "support/test_registry.h"
#include "ui/charts/chart_canvas.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/charts_pane.h"
#include "ui/style/appearance.h"
#include "ui/turns/plain_pages.h"
#include "ui/turns/turn_inspector.h"
#include "ui/turns/turn_table.h"
#include "ui/verdicts/verdict_board.h"
#include "ui/window/control_bar.h"
#include "ui/window/export_dialog.h"
#include "ui/window/help_pages.h"
#include "ui/window/session_line.h"
#include "ui/window/trouble_line.h"
#include "ui/window/work_area.h"
#include "window_lab.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTableWidget>
#include <QTest>

using namespace looptax;

class tst_window_sessions : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void openedInEveryWay_data();
    void openedInEveryWay();
    void whatIsNoSessionIsSaidInPlace();
    void anOldSessionIsReadOnlyAndComplete();
    void aDamagedOneIsShownAndNeverWritten();
    void anInterruptedOneIsResumed();
    void oneInUseElsewhereIsReadOnlyAndCanBeReadAgain();
    void aRowShowsItsTurn();
    void aCurvesPointShowsItsTurnAndTheNextClickWhy();
    void failedTurnsAlone();
    void aCurveIsHiddenByItsLegend();
    void thePublishedStudyIsSwitchedOff();
    void chartsByMenu();
    void aFileByMenu();
    void nothingToExportIsGrey();
    void everythingElsewhereWhereTheFolderIsInTheWay();
    void recentSessionsAndLayoutAreRemembered();
    void closingASessionEmptiesTheWindow();
    void theVerdictsAreReachedByButtonByKeyAndByTab();
    void theSentencesAndTheBoardAgree();
    void theBoardAndTheReportAgreeOnWhatIsAnnounced();
    void theFolderIsOpenedAndCopied();
    void theAppearanceIsChosenAndRemembered();
    void everyShortcutIsListedOnce();
    void aboutSaysVersionAndLicence();

public Q_SLOTS:
    void openUrl(const QUrl& url) { m_url = url; }

private:
    QUrl m_url;
};

namespace {

// Twelve turns; in run 2 one reply is wrong and one turn fails.
SessionBuilder mixed() {
    SessionBuilder builder(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 1));
    builder.completeRun(1);
    builder.runStart(2);
    for (int turn = 1; turn <= 3; ++turn) {
        TurnRecord record = builder.goodTurn(2, turn);
        if (turn == 2) SessionBuilder::judge(record, false);
        if (turn == 3) SessionBuilder::fail(record, Outcome::Cut, "the stream ended before its terminator");
        builder.turn(record, SessionBuilder::replyOf(record));
    }
    builder.runEnd(2, RunOutcome::Failed, 1, "turn 3: cut");
    return builder;
}

struct Desk {
    // wire: what of the services is another one.
    explicit Desk(const SessionBuilder& builder = mixed(), const std::function<void(WindowLab&)>& wire = {})
        : session(QString::fromStdString(lab.folder.file("20261124-010203-0a1b2c3d")))
        , window(wired(wire))
        , hand(window) {
        builder.writeTo(session.toStdString());
        window.resize(1280, 800);
        window.show();
    }
    bool waitForSession(const QString& folder) {
        return QTest::qWaitFor([&] { return window.feed().folder() == folder.toStdString(); }, 10'000);
    }
    bool open() {
        window.openSession(session);
        return waitForSession(session);
    }
    const QString& said() {
        m_said = window.sessionLine().text();
        return m_said;
    }

    WindowLab lab;
    QString session;
    MainWindow window;
    Hand hand;

private:
    const Services& wired(const std::function<void(WindowLab&)>& wire) {
        if (wire) wire(lab);
        return lab.services;
    }
    QString m_said;
};

void chooseInDialog(QFileDialog* dialog, const QString& path) {
    auto* line = dialog->findChild<QLineEdit*>();
    line->setText(path);
    QTest::keyClick(line, Qt::Key_Return);
}

} // namespace

void tst_window_sessions::initTestCase() { applyAppearance(QStringLiteral("light")); }

void tst_window_sessions::openedInEveryWay_data() {
    QTest::addColumn<QString>("way");
    QTest::newRow("given on the command line") << "argument";
    QTest::newRow("a folder dropped") << "drop";
    QTest::newRow("its journal dropped") << "drop journal";
    QTest::newRow("by the menu") << "menu";
    QTest::newRow("from the recent list") << "recent";
}

void tst_window_sessions::openedInEveryWay() {
    QFETCH(QString, way);
    Desk desk;
    if (way == QLatin1String("argument")) {
        desk.window.openSession(desk.session);
    } else if (way == QLatin1String("drop")) {
        QVERIFY(dropOn(desk.window, desk.session));
    } else if (way == QLatin1String("drop journal")) {
        QVERIFY(dropOn(desk.window, desk.session + QStringLiteral("/journal.jsonl")));
    } else if (way == QLatin1String("menu")) {
        QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Open session…")}));
        auto* dialog = desk.hand.dialog<QFileDialog>();
        QVERIFY(dialog != nullptr);
        chooseInDialog(dialog, desk.session);
    } else {
        QVERIFY(desk.open());
        QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
        QVERIFY(desk.window.feed().folder().empty());
        QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Recent sessions"), desk.session}));
    }
    QVERIFY(desk.waitForSession(desk.session));
    QCOMPARE(desk.window.feed().store().turns().size(), 9U);
    QCOMPARE(desk.window.table().model().shownTurns(), 9);
    QVERIFY(desk.window.windowTitle().contains(QLatin1String("20261124-010203-0a1b2c3d")));
}

void tst_window_sessions::whatIsNoSessionIsSaidInPlace() {
    Desk desk;
    QVERIFY(desk.open());
    desk.window.openSession(QString::fromStdString(desk.lab.folder.path()));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.trouble().text().isEmpty(); }, 10'000));
    QVERIFY(desk.window.trouble().text().contains(QLatin1String("journal.jsonl")));
    QCOMPARE(desk.window.feed().folder(), desk.session.toStdString()); // what was shown is still there
    QVERIFY(desk.hand.click(QStringLiteral("Dismiss")));
    QVERIFY(desk.window.trouble().text().isEmpty());
    QTemporaryDir other;
    QFile file(other.filePath(QStringLiteral("notes.txt")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QVERIFY(!dropOn(desk.window, file.fileName()));
}

void tst_window_sessions::anOldSessionIsReadOnlyAndComplete() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 2));
    builder.completeRun(1);
    builder.completeRun(2);
    Desk desk(builder);
    const std::string before = slurp(SessionPaths(desk.session.toStdString()).journal());
    QVERIFY(desk.open());
    QVERIFY(!desk.window.feed().live());
    QVERIFY2(desk.said().contains(QLatin1String("2 of 2 runs are complete")), qPrintable(desk.said()));
    QVERIFY(desk.hand.button(SessionLine::resumeText()) == nullptr); // nothing is open
    QVERIFY(desk.hand.enabled(SessionLine::exportAllText()));
    QCOMPARE(slurp(SessionPaths(desk.session.toStdString()).journal()), before);
    QVERIFY(!QFile::exists(desk.session + QStringLiteral("/lock")));
}

void tst_window_sessions::aDamagedOneIsShownAndNeverWritten() {
    Desk desk;
    const std::string journal = SessionPaths(desk.session.toStdString()).journal();
    std::string bytes = slurp(journal);
    bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 1);
    spit(journal, bytes);
    QVERIFY(desk.open());
    QVERIFY2(desk.said().contains(QLatin1String("is damaged")), qPrintable(desk.said()));
    QVERIFY(!desk.window.feed().store().turns().empty());
    QVERIFY(desk.hand.button(SessionLine::resumeText()) == nullptr);
    QVERIFY(desk.hand.button(SessionLine::retryText()) == nullptr);
}

void tst_window_sessions::anInterruptedOneIsResumed() {
    WindowLab lab(slowServer(30));
    std::string folder;
    {
        MainWindow window(lab.services);
        window.show();
        window.sweep().start(lab.plan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}}));
        QVERIFY(QTest::qWaitFor([&] { return window.feed().store().turns().size() >= 2; }, 10'000));
        folder = window.feed().folder();
    } // the program ends in the middle
    MainWindow window(lab.services);
    Hand hand(window);
    window.resize(1280, 800);
    window.show();
    window.openSession(QString::fromStdString(folder));
    QVERIFY(hand.click(SessionLine::resumeText()));
    QVERIFY(QTest::qWaitFor([&] { return window.sweep().busy(); }, 10'000));
    QVERIFY(QTest::qWaitFor([&] { return !window.sweep().busy(); }, 30'000));
    QCOMPARE(window.feed().openRuns(), 0);
    QVERIFY2(window.sessionLine().text().contains(QLatin1String("2 of 2 runs are complete")),
             qPrintable(window.sessionLine().text()));
    QVERIFY(window.trouble().text().isEmpty());
}

void tst_window_sessions::oneInUseElsewhereIsReadOnlyAndCanBeReadAgain() {
    SessionBuilder builder = mixed();
    Desk desk(builder);
    SystemFileOps files;
    const auto lock = SessionLock::take(files, SessionPaths(desk.session.toStdString()));
    QVERIFY(lock);
    QVERIFY(desk.open());
    QVERIFY2(desk.said().contains(QLatin1String("In use by process")), qPrintable(desk.said()));
    QVERIFY(desk.hand.button(SessionLine::retryText()) == nullptr);
    builder.runStart(2, 2);
    builder.turn(builder.goodTurn(2, 1, 2), "{}");
    builder.writeTo(desk.session.toStdString());
    QVERIFY(desk.hand.click(SessionLine::readAgainText()));
    QVERIFY(QTest::qWaitFor([&] { return desk.window.feed().store().turns().size() == 10; }, 10'000));
}

void tst_window_sessions::aRowShowsItsTurn() {
    Desk desk;
    QVERIFY(desk.open());
    QTableView& view = desk.window.table().view();
    const QModelIndex cell = view.model()->index(7, 4);
    view.scrollTo(cell);
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(cell).center());
    QCOMPARE(desk.window.table().selectedTurn(), 7);
    QTRY_COMPARE(desk.window.inspector().shownTurn(), 7);
    QVERIFY(desk.window.inspector().isVisible()); // its dock came to the front
}

// A curve's point is a median over repeats: of the turns behind it the one nearest to it is shown.
void tst_window_sessions::aCurvesPointShowsItsTurnAndTheNextClickWhy() {
    SessionBuilder builder(testPlan({{"A", {4}, {}, {}}, {"C", {4}, {3}, {}}}, 5));
    const std::vector<double> off{40, 10, 50, 20, 31};
    for (const ScheduledRun& run : builder.schedule())
        builder.completeRun(run.run, [&](TurnRecord& r) {
            // C below A: where two points meet only the upper one can be clicked.
            SessionBuilder::setTtft(r, (r.design == "A" ? 200.0 : 20.0) * r.turn + off[std::size_t(r.repeat) - 1]);
        });
    Desk desk(builder);
    TurnExplanation why;
    const RecordStore store = builder.store();
    for (const TurnRecord& r : store.turns())
        if (r.design == "A" && r.turn == 3 && *r.ttft_ms == 631) why.run = r.run;
    why.turn = 3;
    why.verdict = Reread::StateChangedAt;
    why.sentence = "The state's text changed in its line 3.";
    SessionExplanations all;
    all.turns = {why};
    QVERIFY(replaceFile(desk.lab.files(), SessionPaths(desk.session.toStdString()).explanations(), writeExplanations(all)));
    QVERIFY(desk.open());
    desk.window.charts().refresh();
    ChartCanvas& canvas = desk.window.charts().chart(ChartKind::Ttft).canvas();
    canvas.grab(); // the picture is laid out when it is painted
    const auto place = canvas.placeOf({0, 0, 2});
    QVERIFY(place);
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, place->toPoint());
    QTRY_VERIFY(desk.window.table().selectedTurn() >= 0);
    const int row = desk.window.table().selectedTurn();
    const TurnRecord& chosen = desk.window.feed().store().turns().at(std::size_t(row));
    QCOMPARE(chosen.design, "A");
    QCOMPARE(chosen.turn, 3);
    QCOMPARE(chosen.repeat, 5); // 31 is the middle one
    TurnInspector& inspector = desk.window.inspector();
    QTRY_COMPARE(inspector.shownTurn(), row);
    QVERIFY(inspector.isVisible());
    QTabBar* pages = inspector.tabs().tabBar();
    int reread = 0;
    while (reread < pages->count() && plain(pages->tabText(reread)) != QLatin1String("Re-read")) ++reread;
    QVERIFY(pages->rect().contains(pages->tabRect(reread).center()));
    QTest::mouseClick(pages, Qt::LeftButton, {}, pages->tabRect(reread).center());
    const auto* page = qobject_cast<PlainPage*>(inspector.tabs().currentWidget());
    QVERIFY(page != nullptr && page->isVisible());
    QTRY_VERIFY2(page->toPlainText().contains(QLatin1String("changed in its line 3")), qPrintable(page->toPlainText()));
}

void tst_window_sessions::failedTurnsAlone() {
    Desk desk;
    QVERIFY(desk.open());
    QVERIFY(desk.hand.click(QStringLiteral("Failed or wrong only")));
    QCOMPARE(desk.window.table().model().shownTurns(), 2);
    QVERIFY(desk.hand.click(QStringLiteral("Failed or wrong only")));
    QCOMPARE(desk.window.table().model().shownTurns(), 9);
}

void tst_window_sessions::aCurveIsHiddenByItsLegend() {
    Desk desk;
    QVERIFY(desk.open());
    desk.window.charts().refresh();
    const LiveChart& chart = desk.window.charts().chart(ChartKind::Ttft);
    const auto curves = [&] { return chart.canvas().chart().panels.at(0).curves.size(); };
    const std::size_t all = curves();
    QVERIFY(!chart.legend().keys().empty());
    LegendKey* first = chart.legend().keys().front();
    desk.hand.press(*first);
    QVERIFY(!first->isChecked());
    QCOMPARE(curves(), all - 1);
    desk.hand.press(*first);
    QVERIFY(first->isChecked());
    QCOMPARE(curves(), all);
}

void tst_window_sessions::thePublishedStudyIsSwitchedOff() {
    Desk desk;
    QVERIFY(desk.open());
    desk.window.charts().refresh();
    LiveChart& chart = desk.window.charts().chart(ChartKind::Ttft);
    QVERIFY(chart.request().published);
    QAbstractButton* box = Hand::find(chart, QStringLiteral("Published"));
    QVERIFY(box != nullptr);
    const auto curves = [&] { return chart.canvas().chart().panels.at(0).curves.size(); };
    const std::size_t all = curves();
    desk.hand.press(*box);
    QVERIFY(!chart.request().published);
    QVERIFY(curves() < all);
}

void tst_window_sessions::chartsByMenu() {
    Desk desk;
    QVERIFY(desk.open());
    QVERIFY(desk.hand.menu({QStringLiteral("Export"), QStringLiteral("Charts…")}));
    auto* dialog = desk.hand.dialog<ExportDialog>();
    QVERIFY(dialog != nullptr);
    desk.hand.press(*Hand::find(*dialog, QStringLiteral("PNG")));
    desk.hand.press(*Hand::find(*dialog, QStringLiteral("PDF")));
    desk.hand.press(*Hand::find(*dialog, QStringLiteral("Export")));
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(desk.session + QStringLiteral("/charts/ttft_by_turn.svg")); }, 20'000));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.exports().busy(); }, 20'000));
    for (const QString& name : QDir(desk.session + QStringLiteral("/charts")).entryList(QDir::Files))
        QVERIFY2(name.endsWith(QLatin1String(".svg")), qPrintable(name));
}

void tst_window_sessions::aFileByMenu() {
    Desk desk;
    QVERIFY(desk.open());
    QVERIFY(desk.hand.menu({QStringLiteral("Export"), QStringLiteral("Turns as CSV…")}));
    auto* dialog = desk.hand.dialog<QFileDialog>();
    QVERIFY(dialog != nullptr);
    const QString path = QString::fromStdString(desk.lab.folder.file("out.csv"));
    chooseInDialog(dialog, path);
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(path); }, 10'000));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.exports().busy(); }, 10'000));
    QCOMPARE(slurp(path.toStdString()), *renderSession(desk.lab.files(), desk.session.toStdString(), ReportFormat::Csv));
}

void tst_window_sessions::nothingToExportIsGrey() {
    Desk desk;
    QVERIFY(!desk.hand.menu({QStringLiteral("Export"), QStringLiteral("Export all to the session folder")}));
    QVERIFY(!desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
}

void tst_window_sessions::everythingElsewhereWhereTheFolderIsInTheWay() {
    Desk desk;
    spit((desk.session + QStringLiteral("/charts")).toStdString(), "a file where the folder should be");
    QVERIFY(desk.open());
    QVERIFY(desk.hand.click(SessionLine::exportAllText()));
    QVERIFY(desk.hand.click(words(Mend::ExportElsewhere)));
    auto* dialog = desk.hand.dialog<QFileDialog>();
    QVERIFY(dialog != nullptr);
    const QString other = QString::fromStdString(desk.lab.folder.file("other"));
    QVERIFY(QDir().mkpath(other));
    chooseInDialog(dialog, other);
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(other + QStringLiteral("/report.html")); }, 20'000));
    QVERIFY(QTest::qWaitFor([&] { return !desk.window.exports().busy(); }, 20'000));
    QVERIFY(desk.window.trouble().text().isEmpty());
    QVERIFY(QFile::exists(other + QStringLiteral("/charts/ttft_by_turn.svg")));
}

void tst_window_sessions::recentSessionsAndLayoutAreRemembered() {
    Desk desk;
    QVERIFY(desk.open());
    desk.window.resize(1400, 850);
    desk.window.close();
    const WindowSettings kept = readWindowSettings(desk.lab.services.settings_file);
    QCOMPARE(kept.recent, QStringList{desk.session});
    MainWindow again(desk.lab.services);
    again.show();
    QCOMPARE(again.size(), QSize(1400, 850));
}

void tst_window_sessions::closingASessionEmptiesTheWindow() {
    Desk desk;
    QVERIFY(desk.open());
    QVERIFY(!desk.said().isEmpty());
    QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
    QCOMPARE(desk.window.table().model().shownTurns(), 0);
    QVERIFY(desk.said().isEmpty());
}

void tst_window_sessions::theVerdictsAreReachedByButtonByKeyAndByTab() {
    Desk desk;
    QVERIFY(QTest::qWaitForWindowActive(&desk.window));
    QVERIFY(!desk.window.verdicts().isVisible());
    QTest::keyClick(&desk.window, Qt::Key_4, Qt::ControlModifier); // before there is a session: it says what for
    QVERIFY(desk.window.verdicts().isVisible());
    QVERIFY(desk.open());
    QTest::keyClick(&desk.window, Qt::Key_3, Qt::ControlModifier);
    QVERIFY(!desk.window.verdicts().isVisible() && desk.window.table().isVisible());
    QVERIFY(desk.hand.click(SessionLine::verdictsText()));
    QVERIFY(desk.window.verdicts().isVisible());
    QTabBar* bar = desk.window.pages().tabBar();
    QTest::mouseClick(bar, Qt::LeftButton, {}, bar->tabRect(0).center());
    QVERIFY(desk.window.table().isVisible());
    QVERIFY(desk.hand.menu({QStringLiteral("View"), QStringLiteral("Verdicts")}));
    QVERIFY(desk.window.verdicts().isVisible());
    QCOMPARE(desk.window.verdicts().view().model()->rowCount(), 6);
}

void tst_window_sessions::theSentencesAndTheBoardAgree() {
    SessionBuilder builder(testPlan({{"A", {6}, {}, {}}, {"C", {6}, {3}, {}}}, 1));
    builder.completeRun(1);
    builder.completeRun(2);
    builder.add("session_end", {{"reason", "complete"}, {"runs_open", 0}});
    Desk desk(builder);
    QVERIFY(desk.open());
    QVERIFY2(desk.said().contains(QLatin1String("verdicts: T3 supported; H2 supported trivially; T2 rejected; 3 "
                                                "undecided.")),
             qPrintable(desk.said()));
    QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
    desk.lab.verdicts.headline = "one run: no interval, no verdict";
    QVERIFY(desk.open());
    for (const QString& said : {desk.said(), desk.window.verdicts().headline()})
        QVERIFY2(said.contains(QLatin1String("ne run: no interval, no verdict")), qPrintable(said));
    QVERIFY(!desk.said().contains(QLatin1String("may be chance"))); // the same said twice
}

// With the program's own verdicts: nothing by hand.
void tst_window_sessions::theBoardAndTheReportAgreeOnWhatIsAnnounced() {
    SessionBuilder builder(testPlan({{"A", {4}, {}, {}}, {"C", {4}, {3}, {}}}, 9));
    for (int run = 1; run <= 17; ++run) builder.completeRun(run);
    Desk desk(builder, [](WindowLab& lab) {
        lab.services.analyse = [&lab](const RecordStore& records, bool collecting) {
            return analysisOf(lab.files(), records, collecting);
        };
    });
    const auto shown = [&] {
        QMap<QString, QString> out;
        for (const Verdict& verdict : desk.window.feed().analysis().value_or(Analysis()).verdicts)
            out[QString::fromStdString(verdict.id)] = QString::fromStdString(std::string(name(verdict.kind)));
        return out;
    };
    const auto reported = [&] {
        QMap<QString, QString> out;
        const auto summary = renderSession(desk.lab.files(), desk.session.toStdString(), ReportFormat::JsonSummary);
        const Json parsed = Json::parse(summary ? *summary : "{}");
        if (parsed.contains("verdicts"))
            for (const Json& verdict : parsed["verdicts"])
                out[QString::fromStdString(verdict["id"])] = QString::fromStdString(verdict["verdict"]);
        return out;
    };
    QVERIFY(desk.open()); // of a plan of 18 runs one is missing, and no end was written
    QVERIFY(shown().size() > 10);
    QCOMPARE(shown(), reported());
    QCOMPARE(shown().values().count(QStringLiteral("still_collecting")), shown().size());
    QVERIFY2(desk.window.verdicts().headline().startsWith(QLatin1String("Still collecting: 17 of 18 runs are made.")),
             qPrintable(desk.window.verdicts().headline()));
    builder.add("session_end", {{"reason", "interrupted by the user"}, {"runs_open", 1}});
    builder.writeTo(desk.session.toStdString());
    QVERIFY(desk.hand.menu({QStringLiteral("File"), QStringLiteral("Close session")}));
    QVERIFY(desk.open());
    QCOMPARE(shown(), reported());
    QCOMPARE(shown().values().count(QStringLiteral("still_collecting")), 0);
    QVERIFY(shown().values().contains(QStringLiteral("supported")));
}

void tst_window_sessions::theFolderIsOpenedAndCopied() {
    Desk desk;
    QVERIFY(desk.open());
    QDesktopServices::setUrlHandler(QStringLiteral("file"), this, "openUrl");
    QAbstractButton* folder = desk.hand.button(QStringLiteral("Session: 20261124-010203-0a1b2c3d"));
    QVERIFY(folder != nullptr);
    desk.hand.press(*folder);
    QDesktopServices::unsetUrlHandler(QStringLiteral("file"));
    QCOMPARE(m_url, QUrl::fromLocalFile(desk.session));
    QVERIFY(desk.hand.menu({QStringLiteral("Sweep"), QStringLiteral("Copy the folder's path")}));
    QCOMPARE(QApplication::clipboard()->text(), desk.session);
}

void tst_window_sessions::theAppearanceIsChosenAndRemembered() {
    Desk desk;
    QVERIFY(desk.hand.menu({QStringLiteral("View"), QStringLiteral("Appearance"), QStringLiteral("Dark")}));
    QTRY_VERIFY(desk.window.palette().color(QPalette::Window).lightness() < 128);
    desk.window.close();
    QCOMPARE(readWindowSettings(desk.lab.services.settings_file).appearance, QStringLiteral("dark"));
    QVERIFY(desk.window.isHidden());
    MainWindow again(desk.lab.services);
    QTRY_VERIFY(again.palette().color(QPalette::Window).lightness() < 128);
    again.setAppearance(QStringLiteral("light"));
    QTRY_VERIFY(again.palette().color(QPalette::Window).lightness() > 128);
}

void tst_window_sessions::everyShortcutIsListedOnce() {
    Desk desk;
    QVERIFY(desk.hand.menu({QStringLiteral("Help"), QStringLiteral("Keyboard shortcuts")}));
    auto* page = desk.hand.dialog<ShortcutsPage>();
    QVERIFY(page != nullptr);
    auto* table = page->findChild<QTableWidget*>();
    QStringList keys;
    for (int row = 0; row < table->rowCount(); ++row) keys << table->item(row, 2)->text();
    for (const char* key : {"F5", "F6", "F7", "F8", "Shift+F8", "F9", "Ctrl+O", "Ctrl+E", "Ctrl+1", "Ctrl+3", "Ctrl+4", "F1"})
        QVERIFY2(keys.count(QLatin1String(key)) == 1, key);
    QCOMPARE(QSet<QString>(keys.begin(), keys.end()).size(),
             keys.size());                                      // two actions on one key: neither fires
    for (const char* key : {"Left, Right", "+, −", "Ctrl+End"}) // of the charts and the table
        QVERIFY2(keys.contains(QString::fromUtf8(key)), key);
}

void tst_window_sessions::aboutSaysVersionAndLicence() {
    Desk desk;
    QVERIFY(desk.hand.menu({QStringLiteral("Help"), QStringLiteral("About")}));
    auto* page = desk.hand.dialog<AboutPage>();
    QVERIFY(page != nullptr);
    QString text;
    for (const QLabel* label : page->findChildren<QLabel*>()) text += label->text();
    QVERIFY(text.contains(QLatin1String("0.1.0")) && text.contains(QLatin1String("GPL-3.0-or-later")));
}

LOOPTAX_TEST(tst_window_sessions)
#include "tst_window_sessions.moc"
