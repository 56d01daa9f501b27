// The table of turns: what it shows, how rows arrive, filter, order, following, copying.
#include "support/disturbed_records.h"
#include "support/stream_records.h"
#include "support/test_registry.h"
#include "ui/turns/turn_table.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include <cstdio>

using namespace looptax;

namespace {

JournalLine lineOf(const std::string& sealed) { return *parseLine(std::string_view(sealed).substr(0, sealed.size() - 1)).line; }

// What the model shows, a string a row, cells of the wanted columns joined by '|'.
QStringList printed(const QAbstractItemModel& model, const QList<TurnColumn>& columns) {
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (const TurnColumn column : columns) cells << model.index(row, int(column)).data().toString();
        rows << cells.join(QLatin1Char('|'));
    }
    return rows;
}

const QList<TurnColumn> kShort{TurnColumn::Design, TurnColumn::Turn, TurnColumn::Cached, TurnColumn::Flags, TurnColumn::Outcome};

// A of 3 turns and C of 2: one wrong reply, one failed turn.
SessionBuilder mixedSession() {
    SessionBuilder builder(testPlan({{"A", {3}, {}, {}}, {"C", {2}, {3}, {}}}, 1));
    builder.completeRun(1, [](TurnRecord& r) {
        if (r.turn == 2) SessionBuilder::judge(r, false);
        if (r.turn == 3) r.cached_tokens.reset();
    });
    builder.runStart(2);
    builder.turn(builder.goodTurn(2, 1), "reply");
    TurnRecord failed = builder.goodTurn(2, 2);
    SessionBuilder::fail(failed, Outcome::Cut, "the stream ended <b>early</b>");
    builder.turn(failed, "half");
    builder.runEnd(2, RunOutcome::Failed);
    return builder;
}

struct Table {
    SystemFileOps files;
    SessionFeed feed{files};
    TurnTable table{feed};
    QAbstractItemModelTester tester{&table.model(), QAbstractItemModelTester::FailureReportingMode::QtTest};

    void feedLines(const SessionBuilder& builder, std::size_t from = 0, std::size_t to = std::size_t(-1)) {
        std::vector<JournalLine> lines;
        for (std::size_t i = from; i < std::min(to, builder.lines().size()); ++i) lines.push_back(lineOf(builder.lines()[i]));
        feed.apply(lines);
        QCoreApplication::processEvents();
    }
};

} // namespace

class tst_turn_table : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRowATurnAndAbsentIsEmpty() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        QCOMPARE(
            printed(t.table.model(), kShort),
            (QStringList{QStringLiteral("A|1|0|✓ all|ok"), QStringLiteral("A|2|250|✗ entries|ok"),
                         QStringLiteral("A|3||✓ all|ok"), QStringLiteral("C k3|1|0|✓ all|ok"), QStringLiteral("C k3|2||–|cut")}));
    }
    void theTurnInFlightIsTheLastRowAndLeavesIt() {
        Table t;
        t.feed.beginLive("/nowhere");
        const SessionBuilder builder = mixedSession();
        t.feedLines(builder, 0, 4); // session, plan, run_start, turn_start
        QCOMPARE(printed(t.table.model(), kShort), QStringList{QStringLiteral("A|1||… sending|running")});
        t.feed.setStream(1, 12);
        QCOMPARE(printed(t.table.model(), kShort), QStringList{QStringLiteral("A|1||… receiving, 12 deltas|running")});
        t.feedLines(builder, 4, 5);
        QCOMPARE(printed(t.table.model(), kShort), QStringList{QStringLiteral("A|1|0|✓ all|ok")});
        QCOMPARE(t.table.model().storeRow(0), 0);
    }
    void onlyTheRunningRowChangesWhileATurnRuns() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession(), 0, 6);
        QSignalSpy changed(&t.table.model(), &QAbstractItemModel::dataChanged);
        t.feed.setStream(1, 5);
        QCOMPARE(changed.size(), 1);
        const int last = t.table.model().rowCount() - 1;
        QCOMPARE(changed[0][0].value<QModelIndex>().row(), last);
        QCOMPARE(changed[0][1].value<QModelIndex>().row(), last);
    }
    void tenThousandTurnsInBatchesAreFewSignals() {
        Table t;
        SessionBuilder builder(testPlan({{"A", {100}, {}, {}}}, 100));
        for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
        t.feed.beginLive("/nowhere");
        QSignalSpy inserted(&t.table.model(), &QAbstractItemModel::rowsInserted);
        QSignalSpy changed(&t.table.model(), &QAbstractItemModel::dataChanged);
        t.feedLines(builder, 0, builder.lines().size() / 2);
        t.feedLines(builder, builder.lines().size() / 2);
        QCOMPARE(t.table.model().shownTurns(), 10'000);
        QVERIFY2(inserted.size() + changed.size() < 40, qPrintable(QString::number(inserted.size() + changed.size())));
    }
    void filterByDesignFailureAndText() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.resize(900, 300);
        t.table.show();
        auto* failed = t.table.findChild<QCheckBox*>();
        QTest::mouseClick(failed, Qt::LeftButton, {}, QPoint(8, failed->height() / 2));
        QCOMPARE(printed(t.table.model(), kShort),
                 (QStringList{QStringLiteral("A|2|250|✗ entries|ok"), QStringLiteral("C k3|2||–|cut")}));
        auto* text = t.table.findChild<QLineEdit*>();
        QTest::keyClicks(text, QStringLiteral("early"));
        QCOMPARE(printed(t.table.model(), kShort), QStringList{QStringLiteral("C k3|2||–|cut")});
        text->clear();
        QTest::mouseClick(failed, Qt::LeftButton, {}, QPoint(8, failed->height() / 2));
        for (QToolButton* button : t.table.findChildren<QToolButton*>())
            if (button->text() == QLatin1String("A")) QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(printed(t.table.model(), {TurnColumn::Design}), (QStringList{QStringLiteral("C k3"), QStringLiteral("C k3")}));
    }
    void selectingAHiddenTurnTakesTheFilterAway() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.findChild<QLineEdit*>()->setText(QStringLiteral("early"));
        QCOMPARE(t.table.model().shownTurns(), 1);
        t.table.selectTurn(0);
        QCOMPARE(t.table.model().shownTurns(), 5);
        QCOMPARE(t.table.selectedTurn(), 0);
    }
    void aFilterKeepsTheChosenTurn_data() {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<bool>("hides");
        QTest::newRow("a text that finds it") << QStringLiteral("text:entries") << false;
        QTest::newRow("a text that does not") << QStringLiteral("text:early") << true;
        QTest::newRow("a text that finds nothing") << QStringLiteral("text:no such thing") << true;
        QTest::newRow("failed or wrong only") << QStringLiteral("failed") << false;
        QTest::newRow("without its design") << QStringLiteral("design:A") << true;
        QTest::newRow("without the other design") << QStringLiteral("design:C") << false;
    }
    void aFilterKeepsTheChosenTurn() {
        QFETCH(QString, filter);
        QFETCH(bool, hides);
        Table t;
        t.feed.beginLive("/nowhere");
        const SessionBuilder builder = mixedSession();
        t.feedLines(builder, 0, builder.lines().size() - 3); // the last turn is still to come
        t.table.resize(900, 300);
        t.table.show();
        t.table.selectTurn(1); // the wrong reply of A
        QSignalSpy selected(&t.table, &TurnTable::turnSelected);
        auto* text = t.table.findChild<QLineEdit*>();
        const auto toggle = [&] {
            if (filter == QLatin1String("failed")) return t.table.findChild<QCheckBox*>()->toggle();
            if (filter.startsWith(QLatin1String("text:")))
                return text->setText(text->text().isEmpty() ? filter.mid(5) : QString());
            for (QToolButton* button : t.table.findChildren<QToolButton*>())
                if (button->text() == filter.mid(7)) button->toggle();
        };
        const auto current = [&] { return t.table.model().storeRow(t.table.view().currentIndex().row()); };
        toggle();
        QVERIFY(t.table.model().shownTurns() < 4);
        QCOMPARE(t.table.selectedTurn(), 1);
        QCOMPARE(current(), hides ? -1 : 1);
        QCOMPARE(t.table.view().selectionModel()->selectedRows().size(), hides ? 0 : 1);
        t.table.model().sort(int(TurnColumn::Turn), Qt::DescendingOrder);
        t.feedLines(builder, builder.lines().size() - 3);
        QCOMPARE(t.table.selectedTurn(), 1);
        QCOMPARE(current(), hides ? -1 : 1);
        toggle();
        QCOMPARE(t.table.model().shownTurns(), 5);
        QCOMPARE(t.table.selectedTurn(), 1);
        QCOMPARE(current(), 1);
        QCOMPARE(t.table.view().selectionModel()->selectedRows().size(), 1);
        QCOMPARE(selected.size(), 0); // nobody heard of anything
    }
    void aTurnChosenUnderAFilterTakesTheHiddenOnesPlace() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.selectTurn(0);
        auto* text = t.table.findChild<QLineEdit*>();
        text->setText(QStringLiteral("early"));
        t.table.view().setCurrentIndex(t.table.model().index(0, 0));
        QCOMPARE(t.table.selectedTurn(), 4);
        text->clear();
        QCOMPARE(t.table.selectedTurn(), 4);
        QCOMPARE(t.table.view().currentIndex().row(), 4);
    }
    void noTurnIsChosenOfAnotherSession() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.selectTurn(1);
        t.table.findChild<QLineEdit*>()->setText(QStringLiteral("early")); // which hides it
        QSignalSpy selected(&t.table, &TurnTable::turnSelected);
        t.feed.beginLive("/elsewhere");
        t.feedLines(mixedSession());
        QCOMPARE(t.table.selectedTurn(), -1);
        QCOMPARE(selected.size(), 1);
        QCOMPARE(selected[0][0].toInt(), -1);
        t.table.findChild<QLineEdit*>()->clear();
        QCOMPARE(t.table.selectedTurn(), -1);
        QVERIFY(!t.table.view().currentIndex().isValid());
        t.table.selectTurn(2);
        t.feed.clear();
        QCOMPARE(t.table.selectedTurn(), -1);
        t.table.selectTurn(0); // a point of a chart that is not drawn again yet
        QCOMPARE(t.table.selectedTurn(), -1);
    }
    void timesThatAreLeftOutAreMarked() {
        Table t;
        t.feed.beginLive("/nowhere");
        SessionBuilder builder(testPlan({{"A", {3}, {}, {}}}, 1));
        builder.completeRun(1, [](TurnRecord& r) {
            if (r.turn == 2) r.cache_mode_broken = true;
            if (r.turn == 3) {
                r.cache_mode_broken.reset();
                r.counts_disagree = "two counts";
            }
        });
        t.feedLines(builder);
        QCOMPARE(printed(t.table.model(), {TurnColumn::Flags, TurnColumn::CacheHeld}),
                 (QStringList{QStringLiteral("✓ all|yes"), QStringLiteral("✓ all · ⚠ cache mode|no"),
                              QStringLiteral("✓ all · ⚠ counts|")}));
        const QModelIndex flags = t.table.model().index(1, int(TurnColumn::Flags));
        QVERIFY(flags.data(Qt::FontRole).value<QFont>().bold());
        QCOMPARE(flags.data(Qt::AccessibleTextRole).toString(), QStringLiteral("all checks passed; its cache mode did not hold"));
    }
    void aNumberThatTheStreamHidesIsADashThatSaysWhy_data() {
        QTest::addColumn<int>("turn");
        QTest::addColumn<QString>("cells"); // TTFT, rate, stream
        QTest::addColumn<QString>("ttftTip");
        QTest::addColumn<QString>("rateTip");
        QTest::newRow("recorded before") << 1 << QStringLiteral("101|20.0|") << QString() << QString();
        QTest::newRow("token") << 2 << QStringLiteral("201|20.0|token") << QString() << QString();
        QTest::newRow("token, in few reads") << 3 << QStringLiteral("301|–|token") << QString() << QStringLiteral("3 reads");
        QTest::newRow("chunked") << 4 << QStringLiteral("401|–|chunked") << QStringLiteral("first chunk")
                                 << QStringLiteral("4.0 tokens a chunk");
        QTest::newRow("buffered") << 5 << QStringLiteral("–|–|buffered") << QStringLiteral("held back")
                                  << QStringLiteral("held back");
        QTest::newRow("a number that is missing") << 6 << QStringLiteral("601||") << QString() << QString();
    }
    void aNumberThatTheStreamHidesIsADashThatSaysWhy() {
        QFETCH(int, turn);
        QFETCH(QString, cells);
        QFETCH(QString, ttftTip);
        QFETCH(QString, rateTip);
        Table t;
        t.feed.beginLive("/nowhere");
        SessionBuilder builder(testPlan({{"A", {6}, {}, {}}}, 1));
        builder.completeRun(1, [](TurnRecord& r) {
            if (r.turn == 2 || r.turn == 3) asTokenStream(r);
            if (r.turn == 3) r.delta_reads = 3;
            if (r.turn == 4) asChunkedStream(r);
            if (r.turn == 5) asBufferedStream(r);
            if (r.turn == 3 || r.turn == 6) r.decode_tps.reset();
        });
        t.feedLines(builder);
        QCOMPARE(printed(t.table.model(), {TurnColumn::Ttft, TurnColumn::Decode, TurnColumn::Stream})[turn - 1], cells);
        for (const auto& [column, tip] : {std::pair{TurnColumn::Ttft, ttftTip}, {TurnColumn::Decode, rateTip}}) {
            const QModelIndex cell = t.table.model().index(turn - 1, int(column));
            const QString shown = cell.data(Qt::ToolTipRole).toString();
            QVERIFY2(tip.isEmpty() ? shown.isEmpty() : shown.contains(tip), qPrintable(shown));
            // A dash read aloud says nothing.
            QCOMPARE(cell.data(Qt::AccessibleTextRole).toString() == cell.data().toString(),
                     cell.data().toString() != QStringLiteral("–"));
        }
    }
    void aTruncatedPromptIsMarked() {
        Table t;
        t.feed.beginLive("/nowhere");
        SessionBuilder builder(testPlan({{"A", {1}, {}, {}}}, 1));
        builder.runStart(1);
        TurnRecord record = builder.goodTurn(1, 1);
        withTruncatedPrompt(record);
        builder.turn(record, "half");
        builder.runEnd(1, RunOutcome::Failed);
        t.feedLines(builder);
        QCOMPARE(printed(t.table.model(), {TurnColumn::Flags, TurnColumn::Outcome}),
                 QStringList{QStringLiteral("– · ⚠ prompt truncated|overflow")});
        QCOMPARE(t.table.model().index(0, int(TurnColumn::Flags)).data(Qt::AccessibleTextRole).toString(),
                 QStringLiteral("not judged: the turn failed; the runtime dropped a part of its prompt"));
        t.table.findChild<QLineEdit*>()->setText(QStringLiteral("prompt truncated"));
        QCOMPARE(t.table.model().shownTurns(), 1);
    }
    void whatTheMachineDidIsMarkedWithItsReason_data() {
        QTest::addColumn<int>("turn");
        QTest::addColumn<QString>("flags");
        QTest::addColumn<QString>("tip");
        QTest::addColumn<QString>("spoken"); // behind "all checks passed"
        const QString why = QStringLiteral("other programs used 812 ms of CPU");
        QTest::newRow("recorded before") << 1 << QStringLiteral("✓ all") << QString() << QString();
        QTest::newRow("quiet") << 2 << QStringLiteral("✓ all") << QString() << QString();
        QTest::newRow("disturbed") << 3 << QStringLiteral("✓ all · ⚠ disturbed") << QStringLiteral("Disturbed: ") + why
                                   << QStringLiteral("; it was disturbed: ") + why;
        const QString waited = QStringLiteral("this program waited 90.000 ms for a processor, more than 5 % of TTFT");
        QTest::newRow("starved") << 4 << QStringLiteral("✓ all · ⚠ client starved") << QStringLiteral("Client starved: ") + waited
                                 << QStringLiteral("; ") + waited;
    }
    void whatTheMachineDidIsMarkedWithItsReason() {
        QFETCH(int, turn);
        QFETCH(QString, flags);
        QFETCH(QString, tip);
        QFETCH(QString, spoken);
        Table t;
        t.feed.beginLive("/nowhere");
        SessionBuilder builder(testPlan({{"A", {4}, {}, {}}}, 1));
        builder.completeRun(1, [](TurnRecord& r) {
            if (r.turn == 2) asQuiet(r);
            if (r.turn == 3) asDisturbed(r);
            if (r.turn == 4) r.wake_lag_max_ns = 90'000'000;
        });
        t.feedLines(builder);
        const QModelIndex cell = t.table.model().index(turn - 1, int(TurnColumn::Flags));
        QCOMPARE(cell.data().toString(), flags);
        QCOMPARE(cell.data(Qt::ToolTipRole).toString(), tip);
        QCOMPARE(cell.data(Qt::AccessibleTextRole).toString(), QStringLiteral("all checks passed") + spoken);
        QCOMPARE(cell.data(Qt::FontRole).isValid(), !tip.isEmpty());
    }
    void sortByNumberAbsentLastAndBackAgain() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.resize(1400, 300);
        t.table.show();
        QHeaderView* header = t.table.view().horizontalHeader();
        const auto click = [&] {
            const int c = int(TurnColumn::Cached);
            QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                              QPoint(header->sectionViewportPosition(c) + header->sectionSize(c) / 2, header->height() / 2));
        };
        click();
        QCOMPARE(printed(t.table.model(), {TurnColumn::Cached}),
                 (QStringList{QStringLiteral("0"), QStringLiteral("0"), QStringLiteral("250"), QString(), QString()}));
        click();
        QCOMPARE(printed(t.table.model(), {TurnColumn::Cached}),
                 (QStringList{QStringLiteral("250"), QStringLiteral("0"), QStringLiteral("0"), QString(), QString()}));
        click();
        QCOMPARE(printed(t.table.model(), {TurnColumn::Cached}),
                 (QStringList{QStringLiteral("0"), QStringLiteral("250"), QString(), QStringLiteral("0"), QString()}));
    }
    void theSelectionStaysOnItsTurnWhenTheOrderChanges() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.selectTurn(1);
        t.table.model().sort(int(TurnColumn::Cached), Qt::DescendingOrder);
        QCOMPARE(t.table.selectedTurn(), 1);
        QCOMPARE(t.table.view().currentIndex().row(), 0);
    }
    void rowsThatArriveFindTheirPlaceInASortedTable() {
        Table t;
        t.feed.beginLive("/nowhere");
        const SessionBuilder builder = mixedSession();
        t.feedLines(builder, 0, 5);
        t.table.model().sort(int(TurnColumn::Turn), Qt::DescendingOrder);
        t.feedLines(builder, 5);
        QTRY_COMPARE(printed(t.table.model(), {TurnColumn::Turn}),
                     (QStringList{QStringLiteral("3"), QStringLiteral("2"), QStringLiteral("2"), QStringLiteral("1"),
                                  QStringLiteral("1")}));
    }
    void itFollowsUntilThePersonScrollsUp() {
        Table t;
        SessionBuilder builder(testPlan({{"A", {50}, {}, {}}}, 4));
        for (const ScheduledRun& run : builder.schedule()) builder.completeRun(run.run);
        t.table.resize(900, 240);
        t.table.show();
        QVERIFY(QTest::qWaitForWindowExposed(&t.table));
        t.feed.beginLive("/nowhere");
        t.feedLines(builder, 0, 120);
        QScrollBar* bar = t.table.view().verticalScrollBar();
        QTRY_COMPARE(bar->value(), bar->maximum());
        QVERIFY(bar->maximum() > 0);
        bar->triggerAction(QAbstractSlider::SliderPageStepSub);
        QVERIFY(!t.table.following());
        const int stays = bar->value();
        t.feedLines(builder, 120, 200);
        QCOMPARE(bar->value(), stays);
        bar->triggerAction(QAbstractSlider::SliderToMaximum);
        QVERIFY(t.table.following());
        t.feedLines(builder, 200);
        QTRY_COMPARE(bar->value(), bar->maximum());
    }
    void copiedRowsAreTabSeparatedWithTheirHead() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.show();
        t.table.selectTurn(1);
        QTest::keyClick(&t.table.view(), Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QApplication::clipboard()->text().split(QLatin1Char('\n'));
        QCOMPARE(lines.size(), 2);
        QVERIFY(lines[0].startsWith(QLatin1String("Target\tDesign\tN")));
        QVERIFY2(lines[1].endsWith(QStringLiteral("\t✗ entries\tok\tentry 2 missing")), qPrintable(lines[1]));
    }
    void columnsAreChosenAndKept() {
        Table t;
        QStringList columns = t.table.shownColumns();
        QVERIFY(columns.contains(QStringLiteral("TTFT ms")) && !columns.contains(QStringLiteral("Stratum")));
        columns << QStringLiteral("Stratum");
        columns.removeAll(QStringLiteral("Why"));
        t.table.setShownColumns(columns);
        QVERIFY(!t.table.view().isColumnHidden(int(TurnColumn::Stratum)));
        QVERIFY(t.table.view().isColumnHidden(int(TurnColumn::FailReason)));
    }
    void aReasonIsNeverMarkedUp() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        const QModelIndex why = t.table.model().index(4, int(TurnColumn::FailReason));
        QVERIFY(why.data(Qt::ToolTipRole).toString().contains(QLatin1String("&lt;b&gt;")));
    }
    void everythingThatTakesTheFocusHasAName() {
        Table t;
        t.feed.beginLive("/nowhere");
        t.feedLines(mixedSession());
        t.table.show();
        for (QWidget* w : t.table.findChildren<QWidget*>())
            if (w->isVisible() && w->focusPolicy() != Qt::NoFocus) {
                const bool named = !w->accessibleName().isEmpty() || !w->property("text").toString().isEmpty();
                QVERIFY2(named, w->metaObject()->className());
            }
        QCOMPARE(t.table.model().index(1, int(TurnColumn::Flags)).data(Qt::AccessibleTextRole).toString(),
                 QStringLiteral("failed: entries"));
    }
};

LOOPTAX_TEST(tst_turn_table)
#include "tst_turn_table.moc"
