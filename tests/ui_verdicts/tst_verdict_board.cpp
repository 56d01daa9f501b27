// The board of verdicts over a feed: nothing is announced while a sweep runs, what must stand on top does, a row
// chosen by mouse or key is told in full, and more repeats are offered where they would help.
#include "support/hand_made_analysis.h"
#include "support/session_builder.h"
#include "support/temp_folder.h"
#include "support/test_registry.h"
#include "ui/model/session_feed.h"
#include "ui/style/appearance.h"
#include "ui/style/theme.h"
#include "ui/verdicts/verdict_board.h"
#include "ui/verdicts/verdict_page.h"
#include "ui/verdicts/verdict_table_model.h"
#include "ui/widgets/notice_line.h"
#include "ui_window/looks.h"

#include <QAbstractItemModelTester>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include <atomic>

using namespace looptax;

class tst_verdict_board : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void withoutASessionItSaysWhatItIsFor();
    void nothingIsAnnouncedWhileASweepRuns();
    void theEndOfASweepBringsTheVerdicts();
    void aSessionWithoutAnEndIsStillCollecting();
    void verdictsOfATargetThatIsDoneAreCounted();
    void anAnswerForAnotherSessionIsVoid();
    void aRowIsToldInFull();
    void theChosenOneStaysChosen();
    void theHeadlineAndTheCautionsStandOnTop();
    void manyCautionsLeaveRoomForTheVerdicts();
    void moreRepeatsAreOfferedOnlyWhereTheyCanBeMade();
    void targetsAreToldApart();
    void columnsWithoutANumberAreNotShown();
    void aSessionWithoutAPlanHasNoVerdict();
    void theModelKeepsItsPromises();
    void wordsAreReadableInBothThemes_data();
    void wordsAreReadableInBothThemes();
    void nothingIsCut_data();
    void nothingIsCut();
};

namespace {

QString q(const char* text) { return QString::fromUtf8(text); }

// A feed whose verdicts are written by hand: those of `said` when a session is read, collecting ones meanwhile.
struct Desk {
    explicit Desk(Analysis analysis = handMadeAnalysis(), QSize size = {900, 560})
        : said(std::move(analysis))
        , feed(files,
               [this](const RecordStore&, bool collecting) {
                   ++asked;
                   return collecting ? handMadeCollecting() : said;
               })
        , board(feed) {
        board.resize(size);
        board.show();
        (void)QTest::qWaitForWindowExposed(&board);
    }
    Status open(const SessionBuilder& builder) {
        builder.writeTo(folder.path());
        return feed.open(folder.path());
    }
    QString cell(int row, VerdictColumn column) const { return board.view().model()->index(row, int(column)).data().toString(); }
    int rows() const { return board.view().model()->rowCount(); }

    TempFolder folder;
    SystemFileOps files;
    Analysis said;
    std::atomic<int> asked{0}; // beside the window while a sweep runs
    SessionFeed feed;
    VerdictBoard board;
};

SessionBuilder whole(int repeats = 2) {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}, {"C", {3}, {3}, {}}}, repeats));
    for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
    builder.add("session_end", {{"reason", "complete"}, {"runs_open", 0}});
    return builder;
}

std::vector<JournalLine> linesOf(const SessionBuilder& builder, std::size_t from = 0) {
    std::vector<JournalLine> out;
    for (std::size_t i = from; i < builder.lines().size(); ++i) {
        const std::string& text = builder.lines()[i];
        out.push_back(*parseLine(std::string_view(text).substr(0, text.size() - 1)).line);
    }
    return out;
}

} // namespace

void tst_verdict_board::initTestCase() { applyAppearance(QStringLiteral("light")); }

void tst_verdict_board::withoutASessionItSaysWhatItIsFor() {
    Desk desk;
    QVERIFY2(desk.board.headline().contains(q("No session is on screen")), qPrintable(desk.board.headline()));
    QVERIFY(!desk.board.view().isVisible());
    QCOMPARE(desk.asked.load(), 0);
}

void tst_verdict_board::nothingIsAnnouncedWhileASweepRuns() {
    Desk desk;
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    desk.feed.beginLive(desk.folder.path());
    desk.feed.apply(linesOf(builder));
    QTRY_VERIFY2(desk.board.headline().contains(q("0 of 4 runs are made")), qPrintable(desk.board.headline()));
    QCOMPARE(desk.rows(), 6);
    for (int row = 0; row < desk.rows(); ++row) {
        QCOMPARE(desk.cell(row, VerdictColumn::Verdict), q("… Still collecting"));
        QVERIFY(desk.cell(row, VerdictColumn::Effect).isEmpty() && desk.cell(row, VerdictColumn::P).isEmpty());
    }
    QVERIFY(desk.board.page().toPlainText().contains(q("Rule"))); // what it will be held to can be read
    const std::size_t before = builder.lines().size();
    builder.completeRun(1);
    builder.completeRun(2);
    desk.feed.apply(linesOf(builder, before));
    QTRY_VERIFY2(desk.board.headline().contains(q("2 of 4 runs are made")), qPrintable(desk.board.headline()));
    QVERIFY(desk.board.headline().contains(q("No verdict is announced before the planned runs are.")));
    QCOMPARE(desk.asked.load(), 1); // the runtime's cores are not spent on what nobody may see
}

void tst_verdict_board::theEndOfASweepBringsTheVerdicts() {
    Desk desk;
    desk.feed.beginLive(desk.folder.path());
    desk.feed.apply(linesOf(whole()));
    desk.feed.endLive();
    QCOMPARE(desk.board.headline(), q("The verdicts are being worked out."));
    QCOMPARE(desk.rows(), 0);
    desk.feed.setAnalysis(desk.folder.path(), desk.said, {"12 turns."});
    QCOMPARE(desk.rows(), 6);
    QCOMPARE(desk.cell(4, VerdictColumn::Verdict), q("✓ Supported"));
    QCOMPARE(desk.feed.story(), std::vector<std::string>{"12 turns."});
}

// Killed, or another process is at it: what is there may be a lucky half, and no report announces it either.
void tst_verdict_board::aSessionWithoutAnEndIsStillCollecting() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 4));
    builder.completeRun(1);
    builder.completeRun(2);
    builder.runStart(3);
    Desk desk;
    QVERIFY(desk.open(builder));
    QCOMPARE(desk.board.headline(), q("Still collecting: 2 of 4 runs are made. No verdict is announced before the "
                                      "planned runs are."));
    QCOMPARE(desk.rows(), 6);
    for (int row = 0; row < desk.rows(); ++row) {
        QCOMPARE(desk.cell(row, VerdictColumn::Verdict), q("… Still collecting"));
        QVERIFY(desk.cell(row, VerdictColumn::Effect).isEmpty() && desk.cell(row, VerdictColumn::P).isEmpty());
    }
    QVERIFY2(desk.feed.story().back().find("verdicts: 6 still collecting") != std::string::npos,
             desk.feed.story().back().c_str());
    builder.add("session_end", {{"reason", "interrupted by the user"}, {"runs_open", 2}});
    QVERIFY(desk.open(builder)); // given up by a person: judged by what there is
    QVERIFY2(desk.board.headline().startsWith(q("2 supported")), qPrintable(desk.board.headline()));
    QCOMPARE(desk.cell(4, VerdictColumn::Verdict), q("✓ Supported"));
    builder.runStart(3, 2); // somebody goes on with it
    QVERIFY(desk.open(builder));
    QCOMPARE(desk.cell(4, VerdictColumn::Verdict), q("… Still collecting"));
}

// Its runs are made, those of the other target are not.
void tst_verdict_board::verdictsOfATargetThatIsDoneAreCounted() {
    Desk desk;
    QVERIFY(desk.open(whole()));
    Analysis half = handMadeAnalysis();
    for (Verdict verdict : handMadeCollecting().verdicts) {
        verdict.target = "ollama";
        half.verdicts.push_back(verdict);
    }
    desk.feed.setAnalysis(desk.folder.path(), half, {});
    const QStringList lines = desk.board.headline().split(QLatin1Char('\n'));
    QVERIFY2(lines[0].startsWith(q("Still collecting: ")), qPrintable(lines[0]));
    QVERIFY2(lines.value(1).startsWith(q("2 supported")) && lines[1].contains(q("6 still collecting")),
             qPrintable(lines.value(1)));
}

void tst_verdict_board::anAnswerForAnotherSessionIsVoid() {
    Desk desk;
    QVERIFY(desk.open(whole()));
    Analysis other;
    other.headline = "of another session";
    desk.feed.setAnalysis("/elsewhere", other, {});
    QVERIFY(!desk.board.headline().contains(q("another session")));
    QCOMPARE(desk.rows(), 6);
}

void tst_verdict_board::aRowIsToldInFull() {
    Desk desk;
    QVERIFY(desk.open(whole()));
    QTableView& view = desk.board.view();
    const QModelIndex t3 = view.model()->index(4, int(VerdictColumn::Statement));
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(t3).center());
    QString page = desk.board.page().toPlainText();
    for (const char* words : {"T3 · sim, run-isolated", "10.14×", "(96.9 %)", "Student t on logs", "p 0.0039",
                              "their state had diverged", "Supported where the adjusted p"})
        QVERIFY2(page.contains(q(words)), words);
    QTest::keyClick(&view, Qt::Key_Up); // T2
    page = desk.board.page().toPlainText();
    QVERIFY(page.contains(q("T2 ·")) && page.contains(q("✗ Rejected")));
    desk.board.select("H1");
    QVERIFY(desk.board.page().toPlainText().contains(q("21 more runs a cell at this spread")));
}

void tst_verdict_board::theChosenOneStaysChosen() {
    Desk desk;
    QVERIFY(desk.open(whole()));
    desk.board.select("T2");
    Analysis later = desk.said;
    later.verdicts.erase(later.verdicts.begin());
    desk.feed.setAnalysis(desk.folder.path(), later, {});
    QVERIFY(desk.board.page().toPlainText().contains(q("T2 ·")));
    QCOMPARE(desk.board.view().currentIndex().row(), 2);
}

void tst_verdict_board::theHeadlineAndTheCautionsStandOnTop() {
    Analysis analysis = handMadeAnalysis();
    analysis.headline = "one run: no interval, no verdict";
    analysis.cautions = {{"llamacpp: the session was drifting (p 0.003).", "llamacpp", {}},
                         {"Every repeat had the same seed.", {}, {}}};
    Desk desk(analysis);
    QVERIFY(desk.open(whole(1)));
    const QStringList lines = desk.board.headline().split(QLatin1Char('\n'));
    QCOMPARE(lines.size(), 4);
    QCOMPARE(lines[0], q("One run: no interval, no verdict."));
    QVERIFY(lines[1].contains(q("1 rejected")));
    QCOMPARE(lines[2], q("llamacpp: the session was drifting (p 0.003)."));
    QCOMPARE(lines[3], q("Every repeat had the same seed."));
    QVERIFY(desk.board.notice().mapTo(&desk.board, QPoint()).y() < desk.board.view().mapTo(&desk.board, QPoint()).y());
}

void tst_verdict_board::manyCautionsLeaveRoomForTheVerdicts() {
    Analysis analysis = handMadeAnalysis();
    for (int i = 0; i < 30; ++i)
        analysis.cautions.push_back({"caution " + std::to_string(i) + " of a session in which a great deal went wrong", {}, {}});
    Desk desk(analysis, {860, 480});
    QVERIFY(desk.open(whole()));
    QCoreApplication::processEvents();
    const auto lowest = desk.board.view().mapTo(&desk.board, QPoint()).y();
    QVERIFY2(lowest <= desk.board.height() / 3 + 20, qPrintable(QString::number(lowest)));
    QVERIFY(desk.board.headline().contains(q("caution 29"))); // and none is lost
}

void tst_verdict_board::moreRepeatsAreOfferedOnlyWhereTheyCanBeMade() {
    Analysis analysis = handMadeAnalysis();
    analysis.headline = "one run: no interval, no verdict";
    analysis.add_repeats = 7;
    Desk desk(analysis);
    QVERIFY(desk.open(whole(1)));
    const QString text = q("Add seven repeats");
    QVERIFY(desk.board.notice().button(text) == nullptr); // nobody could make them: not there, not dead
    desk.board.setAmendable(true);
    QPushButton* button = desk.board.notice().button(text);
    QVERIFY(button != nullptr && button->isEnabled());
    QSignalSpy wanted(&desk.board, &VerdictBoard::addRepeats);
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted[0][0].toInt(), 7);
    desk.board.setAmendable(false);
    QVERIFY(desk.board.notice().button(text) == nullptr);
}

void tst_verdict_board::targetsAreToldApart() {
    Desk desk;
    QVERIFY(desk.open(whole()));
    QVERIFY(desk.board.view().isColumnHidden(int(VerdictColumn::Target)));
    Analysis two = handMadeAnalysis();
    for (Verdict verdict : handMadeAnalysis().verdicts) {
        verdict.target = "ollama";
        two.verdicts.push_back(verdict);
    }
    desk.feed.setAnalysis(desk.folder.path(), two, {});
    QVERIFY(!desk.board.view().isColumnHidden(int(VerdictColumn::Target)));
    QCOMPARE(desk.cell(6, VerdictColumn::Target), q("ollama"));
}

void tst_verdict_board::columnsWithoutANumberAreNotShown() {
    Analysis bare;
    bare.verdicts = {handMadeVerdict("H1", VerdictKind::Inconclusive)};
    Desk desk(bare);
    QVERIFY(desk.open(whole()));
    for (const VerdictColumn column : {VerdictColumn::Effect, VerdictColumn::P, VerdictColumn::Remarks})
        QVERIFY(desk.board.view().isColumnHidden(int(column)));
    for (const VerdictColumn column : {VerdictColumn::Id, VerdictColumn::Verdict, VerdictColumn::Number})
        QVERIFY(!desk.board.view().isColumnHidden(int(column)));
}

void tst_verdict_board::aSessionWithoutAPlanHasNoVerdict() {
    Desk desk;
    spit(SessionPaths(desk.folder.path()).journal(), whole().lines()[0]);
    QVERIFY(desk.feed.open(desk.folder.path()));
    QVERIFY2(desk.board.headline().contains(q("no plan to judge by")), qPrintable(desk.board.headline()));
    QCOMPARE(desk.asked.load(), 0);
}

void tst_verdict_board::theModelKeepsItsPromises() {
    VerdictTableModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setVerdicts(handMadeAnalysis().verdicts);
    QCOMPARE(model.rowCount(), 6);
    QVERIFY(!model.index(0, 0).siblingAtRow(6).isValid());
    model.setVerdicts({});
    QCOMPARE(model.rowCount(), 0);
}

void tst_verdict_board::wordsAreReadableInBothThemes_data() {
    QTest::addColumn<QString>("appearance");
    QTest::newRow("light") << q("light");
    QTest::newRow("dark") << q("dark");
}

// Ink against paper of every part, as it is painted and not as the palette says.
void tst_verdict_board::wordsAreReadableInBothThemes() {
    QFETCH(QString, appearance);
    applyAppearance(appearance);
    Analysis analysis = handMadeAnalysis();
    analysis.cautions = {{"the session was drifting", {}, {}}};
    Desk desk(analysis);
    QVERIFY(desk.open(whole()));
    desk.board.select("T3");
    QCoreApplication::processEvents();
    const auto inked = [](QWidget* widget, const QRect& within) {
        const QImage image = widget->grab(within).toImage();
        const QColor paper = image.pixelColor(1, 1);
        double best = 1;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) best = std::max(best, contrast(image.pixelColor(x, y), paper));
        return best;
    };
    QTableView& view = desk.board.view();
    for (int row = 0; row < desk.rows(); ++row)
        for (const VerdictColumn column : {VerdictColumn::Verdict, VerdictColumn::Statement}) {
            const double ratio = inked(view.viewport(), view.visualRect(view.model()->index(row, int(column))));
            QVERIFY2(ratio >= 4.5, qPrintable(q("row %1: %2").arg(row).arg(ratio)));
        }
    QVERIFY(inked(desk.board.page().viewport(), desk.board.page().viewport()->rect()) >= 4.5);
    for (QLabel* label : desk.board.findChildren<QLabel*>())
        if (label->isVisible() && !label->text().isEmpty())
            QVERIFY2(inked(label, label->rect()) >= 4.5, qPrintable(label->text()));
    applyAppearance(q("light"));
}

void tst_verdict_board::nothingIsCut_data() {
    QTest::addColumn<QSize>("size");
    QTest::newRow("in a window of 1280 by 720") << QSize(860, 500);
    QTest::newRow("large") << QSize(1400, 900);
}

void tst_verdict_board::nothingIsCut() {
    QFETCH(QSize, size);
    Analysis analysis = handMadeAnalysis();
    analysis.headline = "one run: no interval, no verdict";
    analysis.add_repeats = 7;
    Desk desk(analysis, size);
    QVERIFY(desk.open(whole(1)));
    desk.board.setAmendable(true);
    QCoreApplication::processEvents();
    const QStringList complaints = cutTexts(desk.board) + unnamedControls(desk.board);
    QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join(QLatin1Char('\n'))));
    QTableView& view = desk.board.view();
    QVERIFY(view.viewport()->height() >= 4 * view.rowHeight(0)); // enough rows to compare
    QVERIFY(view.horizontalScrollBar()->maximum() == 0);
    for (int row = 0; row < desk.rows(); ++row) { // numbers and verdicts are whole; the rest is on the page
        for (int column = 0; column < kVerdictColumns; ++column) {
            if (view.isColumnHidden(column) || column == int(VerdictColumn::Statement) || column == int(VerdictColumn::Remarks))
                continue;
            const QModelIndex index = view.model()->index(row, column);
            QVERIFY(view.columnWidth(column) >= view.fontMetrics().horizontalAdvance(index.data().toString()));
        }
    }
}

LOOPTAX_TEST(tst_verdict_board)
#include "tst_verdict_board.moc"
