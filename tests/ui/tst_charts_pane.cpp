// The charts beside a running sweep: they follow the feed, not faster than an eye and not at all while nobody
// looks.
#include "charts_lab.h"
#include "support/test_registry.h"
#include "ui/charts/chart_canvas.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/charts_pane.h"
#include "ui/model/session_charts.h"

#include <QComboBox>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace looptax;

class tst_charts_pane : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aTurnAppearsBesideTheMediansAndThenInThem();
    void runningPointsComeAndGoInEveryChart();
    void twoChartsAreSeenAtOnce();
    void hiddenItDoesNothing();
    void aChartBehindAnotherTabIsNotDrawn();
    void atMostTenPicturesASecond();
    void nothingNewIsNoPicture();
    void aLongSessionArrivesInShortEvents();
    void anotherSessionStartsAfresh();
    void cacheModeAndTargetAreChosenTogether();
    void aPointLeadsToItsTurn();
    void aPointOfTheSessionBeforeLeadsNowhere();
    void aChoiceOfTheSessionBeforeIsForgotten();
    void theSplitComesWhenItIsFitted();
    void simulatedIsSaidOnTheTab();
    void whatIsShownIsWhatIsExported();
};

namespace {

std::unique_ptr<ChartsPane> paneOn(SessionFeed& feed) {
    auto pane = std::make_unique<ChartsPane>(feed);
    pane->resize(1'200, 560);
    pane->show();
    return pane;
}

const Curve* curveNamed(const LiveChart& chart, const char* begins) {
    for (const ChartPanel& panel : chart.chart().panels)
        for (const Curve& curve : panel.curves)
            if (curve.name.rfind(begins, 0) == 0) return &curve;
    return nullptr;
}

LiveChart& ttft(const ChartsPane& pane) { return pane.chart(ChartKind::Ttft); }

} // namespace

void tst_charts_pane::aTurnAppearsBesideTheMediansAndThenInThem() {
    lab::Live live(lab::plan(6, 2));
    const auto pane = paneOn(live.feed);
    live.turns(1, 1, 2);
    live.pump();
    QTRY_VERIFY(curveNamed(ttft(*pane), "now running"));
    const Curve now = *curveNamed(ttft(*pane), "now running");
    QCOMPARE(int(now.points.size()), 2);
    QVERIFY(!now.joined && now.look.running);
    QVERIFY(!curveNamed(ttft(*pane), "A full"));
    QVERIFY(ttft(*pane).legend().keys().front()->entry().full.find("in no median yet") != std::string::npos);

    live.turns(1, 3, 6);
    live.builder.runEnd(1, RunOutcome::Complete);
    live.pump();
    QTRY_VERIFY(curveNamed(ttft(*pane), "A full"));
    QCOMPARE(int(curveNamed(ttft(*pane), "A full")->points.size()), 6);
    QCOMPARE(*curveNamed(ttft(*pane), "A full")->points[1].y, *now.points[1].y);
    QVERIFY(!curveNamed(ttft(*pane), "now running"));
}

void tst_charts_pane::runningPointsComeAndGoInEveryChart() {
    lab::Live live(lab::plan(6, 2));
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.turns(2, 1, 2); // B
    live.pump();
    pane->showChart(ChartKind::CachedProcessed);
    pane->refresh();
    const Chart& bars = pane->chart(ChartKind::CachedProcessed).chart();
    int medians = 0, running = 0;
    for (const ChartPanel& panel : bars.panels)
        for (const StackedBar& bar : panel.bars) ++(bar.running ? running : medians);
    QCOMPARE(medians, 6);
    QCOMPARE(running, 2);
    live.end();
    pane->showChart(ChartKind::Context);
    pane->refresh();
    QVERIFY(curveNamed(pane->chart(ChartKind::Context), "cut short"));
}

void tst_charts_pane::twoChartsAreSeenAtOnce() {
    lab::Live live(lab::plan());
    const auto pane = paneOn(live.feed);
    for (const QSize size : {QSize(1'200, 500), QSize(640, 800)}) {
        pane->resize(size);
        for (const ChartKind kind : {ChartKind::Ttft, ChartKind::Context}) {
            ChartCanvas& canvas = pane->chart(kind).canvas();
            QVERIFY(canvas.isVisible());
            QTRY_VERIFY(canvas.width() > 400 && canvas.height() > 180);
        }
    }
}

void tst_charts_pane::hiddenItDoesNothing() {
    lab::Live live(lab::plan());
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.pump();
    QTRY_VERIFY(curveNamed(ttft(*pane), "A full"));
    pane->hide();
    const int before = pane->refreshes();
    const int updates = ttft(*pane).updates();
    for (int run = 2; run <= 7; ++run) {
        live.wholeRun(run);
        live.pump();
        QCoreApplication::processEvents();
        QVERIFY2(!pane->waiting(), "a timer runs for a picture that nobody sees");
    }
    QCOMPARE(pane->refreshes(), before);
    QCOMPARE(ttft(*pane).updates(), updates);
    pane->show();
    QTRY_VERIFY(curveNamed(ttft(*pane), "C capped")); // and misses nothing
    QCOMPARE(pane->refreshes(), before + 1);
}

void tst_charts_pane::aChartBehindAnotherTabIsNotDrawn() {
    lab::Live live(lab::plan());
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.pump();
    QTRY_VERIFY(curveNamed(ttft(*pane), "A full"));
    LiveChart& bars = pane->chart(ChartKind::CachedProcessed);
    QVERIFY(bars.chart().panels.empty());
    pane->showChart(ChartKind::CachedProcessed);
    QVERIFY(!bars.chart().panels.empty()); // at once
}

void tst_charts_pane::atMostTenPicturesASecond() {
    // 10,000 turns as fast as they can be handed over.
    lab::Live live(lab::plan(100, 60));
    const auto pane = paneOn(live.feed);
    QTRY_VERIFY(pane->refreshes() > 0);
    const int before = pane->refreshes();
    QSignalSpy applied(&live.feed, &SessionFeed::linesApplied);
    QElapsedTimer clock;
    clock.start();
    std::size_t turns = 0;
    for (int run = 1; turns < 10'000; ++run) {
        live.feed.apply(lab::quickRun(live.builder, run));
        turns = live.feed.store().turns().size();
        QCoreApplication::processEvents();
    }
    const qint64 ms = clock.elapsed();
    QTRY_COMPARE(pane->source().turns_on_record, turns);
    QVERIFY(applied.size() > 200);
    const int pictures = pane->refreshes() - before;
    QVERIFY2(pictures >= 1 && pictures <= int(ms / 100) + 3,
             qPrintable(QStringLiteral("%1 pictures in %2 ms").arg(pictures).arg(ms)));
    // The last turn may be drawn a picture before the end of its run, and while turns come the split is some of them behind.
    live.end();
    QTRY_VERIFY_WITH_TIMEOUT(live.feed.lawsAreCurrent(), 60'000);
    const ChartSource whole = chartSourceOf(live.feed.store(), pane->source().session);
    QTRY_VERIFY(pane->source() == whole);
}

void tst_charts_pane::nothingNewIsNoPicture() {
    lab::Live live(lab::plan());
    const auto pane = paneOn(live.feed);
    live.turns(1, 1, 1);
    live.pump();
    QTRY_VERIFY(curveNamed(ttft(*pane), "now running"));
    QVERIFY(!pane->waiting());
    const int before = pane->refreshes();
    live.builder.turnStart(1, 2);
    live.pump();
    for (int delta = 1; delta < 20; ++delta) { // the stream of a turn that goes on
        live.feed.setStream(1'000, delta);
        QCoreApplication::processEvents();
        QVERIFY(!pane->waiting());
    }
    QCOMPARE(pane->refreshes(), before);
}

void tst_charts_pane::aLongSessionArrivesInShortEvents() {
    const SessionBuilder builder(lab::plan(60, 20));
    std::vector<JournalLine> lines = lab::linesOf(builder, 0);
    for (const ScheduledRun& run : builder.schedule())
        for (JournalLine& line : lab::quickRun(builder, run.run)) lines.push_back(std::move(line));
    SystemFileOps files;
    SessionFeed feed(files);
    const auto pane = paneOn(feed);
    feed.beginLive("/sessions/long");
    feed.apply(lines);
    QVERIFY(feed.store().turns().size() > 3'500);
    QVERIFY(ttft(*pane).chart().panels.empty());
    QTRY_VERIFY(curveNamed(ttft(*pane), "C capped"));
    QCOMPARE(int(curveNamed(ttft(*pane), "C capped")->points.size()), 63);
}

void tst_charts_pane::anotherSessionStartsAfresh() {
    lab::Live live(lab::plan());
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.pump();
    pane->refresh();
    ttft(*pane).canvas().setFocus();
    QTest::keyClick(&ttft(*pane).canvas(), Qt::Key_Plus);
    QVERIFY(ttft(*pane).canvas().zoomed());
    live.feed.beginLive("/sessions/another");
    QTRY_VERIFY(ttft(*pane).chart().panels.empty());
    QVERIFY(!ttft(*pane).canvas().zoomed());
    QCOMPARE(pane->source().session, "another");
    live.feed.clear();
    QTRY_VERIFY(pane->source().session.empty());
}

void tst_charts_pane::cacheModeAndTargetAreChosenTogether() {
    Plan plan = lab::plan(4, 1, 2);
    plan.cache_modes = {CacheMode::RunIsolated, CacheMode::Cold};
    lab::Live live(plan);
    for (const ScheduledRun& run : live.builder.schedule()) live.wholeRun(run.run);
    live.pump();
    const auto pane = paneOn(live.feed);
    pane->refresh();
    auto* mode = ttft(*pane).findChild<QComboBox*>(QStringLiteral("mode"));
    auto* target = ttft(*pane).findChild<QComboBox*>(QStringLiteral("target"));
    mode->setCurrentIndex(mode->findText(QStringLiteral("cache cold")));
    target->setCurrentIndex(target->findText(QStringLiteral("ollama")));
    const Chart& context = pane->chart(ChartKind::Context).chart();
    QVERIFY(context.subtitle.find("cache cold") != std::string::npos);
    QVERIFY(context.subtitle.find("ollama") != std::string::npos);
    QVERIFY(context.subtitle.find("llamacpp") == std::string::npos);
    QCOMPARE(pane->chart(ChartKind::Context).findChild<QComboBox*>(QStringLiteral("mode"))->currentText(),
             QStringLiteral("cache cold"));
}

void tst_charts_pane::aPointLeadsToItsTurn() {
    lab::Live live(lab::plan(6, 1));
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.turns(2, 1, 2);
    live.pump();
    pane->refresh();
    pane->grab();
    QSignalSpy selected(pane.get(), &ChartsPane::turnSelected);
    ChartCanvas& canvas = ttft(*pane).canvas();
    const ChartPanel& panel = canvas.chart().panels[0];
    const auto click = [&](const char* begins, std::size_t point) {
        for (std::size_t c = 0; c < panel.curves.size(); ++c)
            if (panel.curves[c].name.rfind(begins, 0) == 0)
                QTest::mouseClick(&canvas, Qt::LeftButton, {}, canvas.placeOf({0, c, point}).value_or(QPointF()).toPoint());
        QTRY_VERIFY(!selected.isEmpty());
    };
    click("A full", 4);
    QCOMPARE(live.feed.store().turns()[std::size_t(selected.takeFirst().first().toInt())].turn, 5);
    click("now running", 1);
    const TurnRecord& turn = live.feed.store().turns()[std::size_t(selected.takeFirst().first().toInt())];
    QCOMPARE(turn.design, "B");
    QCOMPARE(turn.turn, 2);
}

// Between the change of the session and the next picture a person still sees the old one.
void tst_charts_pane::aPointOfTheSessionBeforeLeadsNowhere() {
    lab::Live live(lab::plan(6, 1));
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.pump();
    pane->refresh();
    QSignalSpy selected(pane.get(), &ChartsPane::turnSelected);
    ChartCanvas& canvas = ttft(*pane).canvas();
    const QPoint place = canvas.placeOf({0, 0, 4}).value_or(QPointF()).toPoint();
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, place);
    live.feed.beginLive("/sessions/20261124-020304-0a1b2c3d"); // before anybody has heard of the click
    QTest::mouseClick(&canvas, Qt::LeftButton, {}, place);
    QTRY_VERIFY(!pane->waiting());
    QCoreApplication::processEvents();
    QCOMPARE(selected.size(), 0);
    QVERIFY(canvas.chart().panels.empty());
}

void tst_charts_pane::aChoiceOfTheSessionBeforeIsForgotten() {
    lab::Live live(lab::plan(4, 1, 2));
    const auto pane = paneOn(live.feed);
    live.wholeRun(1);
    live.pump();
    pane->refresh();
    LiveChart& chart = ttft(*pane);
    chart.setFamily(CacheMode::RunIsolated, 1);
    QCOMPARE(chart.request().target, std::optional<std::size_t>(1));
    live.feed.clear();
    pane->chart(ChartKind::Context).setFamily(CacheMode::Cold, 7); // a hand is faster than the next picture
    QVERIFY(!pane->chart(ChartKind::Context).request().target);
    pane->refresh();
    QVERIFY(!chart.request().target);
}

void tst_charts_pane::theSplitComesWhenItIsFitted() {
    lab::Live live(lab::plan(6, 3));
    const auto pane = paneOn(live.feed);
    pane->showChart(ChartKind::TtftSplit);
    const std::size_t runs = live.builder.schedule().size();
    for (std::size_t run = 1; run < runs; ++run) live.wholeRun(int(run));
    live.pump();
    QVERIFY(live.feed.laws() == nullptr);     // nobody waits for it
    QTRY_VERIFY(live.feed.laws() != nullptr); // while it goes on
    live.wholeRun(int(runs));
    live.end();
    // At the end it is that of all turns, as an export has it.
    QTRY_VERIFY(live.feed.lawsAreCurrent());
    QTRY_COMPARE(pane->source().curves, chartSourceOf(live.feed.store(), pane->source().session).curves);
}

void tst_charts_pane::simulatedIsSaidOnTheTab() {
    QVERIFY(!ttft(*paneOn(std::make_unique<lab::Live>(lab::plan())->feed)).title().contains(QLatin1String("simulated")));
    lab::Live live([] {
        Plan plan = lab::plan();
        plan.targets[0].id = "oracle";
        plan.targets[0].model = "simulated.gguf";
        return plan;
    }());
    const auto pane = paneOn(live.feed);
    pane->refresh();
    QVERIFY(ttft(*pane).title().contains(QLatin1String("(simulated)")));
}

void tst_charts_pane::whatIsShownIsWhatIsExported() {
    lab::Live live(lab::plan(6, 2));
    for (const ScheduledRun& run : live.builder.schedule()) live.wholeRun(run.run);
    live.end();
    const auto pane = paneOn(live.feed);
    pane->refresh();
    const std::vector<Chart> exported = chartsOf(pane->source());
    QVERIFY(ttft(*pane).chart() == exported[0]);
    QVERIFY(pane->chart(ChartKind::Context).chart() == exported[1]);
    pane->showChart(ChartKind::CachedProcessed);
    QVERIFY(pane->chart(ChartKind::CachedProcessed).chart() == exported.back());
}

LOOPTAX_TEST(tst_charts_pane)
#include "tst_charts_pane.moc"
