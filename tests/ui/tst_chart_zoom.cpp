// Looking closer at a part of the axes and coming back, on every kind of axis; the data points as things to
// point at.
#include "chart/chart_model.h"
#include "chart/chart_points.h"
#include "chart_fixture.h"
#include "support/test_registry.h"
#include "ui/charts/chart_callout.h"
#include "ui/charts/chart_zoom.h"

#include <QTest>

#include <cmath>

using namespace looptax;

class tst_chart_zoom : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void partsHaveTicksOfTheirOwn_data();
    void partsHaveTicksOfTheirOwn();
    void aRectangleBecomesTheView();
    void theWheelKeepsWhatIsUnderIt();
    void furtherThanEverythingIsEverything();
    void panningStopsAtTheEdge();
    void theViewStaysInsideAnAxisThatShrinks();
    void wordsAreExact_data();
    void wordsAreExact();
    void stepsGoAlongAndAcross();
    void aPointIsFoundAgain();
    void theCalloutNeverCoversItsPoint();
};

namespace {

ChartAxes axes(bool log = false) {
    ChartAxes made;
    made.x = countScale(1, 12);
    made.y = log ? logScale(50, 5'000) : linearScale(1'000);
    return made;
}

QString ticks(const AxisScale& scale) {
    QStringList list;
    for (std::size_t i = 0; i < scale.ticks.size(); ++i)
        list << QString::fromStdString(i < scale.texts.size() ? scale.texts[i] : tickText(scale.ticks[i]));
    return list.join(QLatin1Char(' '));
}

Chart chartFor(const ChartSource& source, ChartKind kind = ChartKind::Ttft, ChartX x = ChartX::Turn) {
    ChartRequest request;
    request.kind = kind;
    request.x = x;
    request.running = true;
    return chartOf(source, request);
}

QString said(const Chart& chart, const PointRef& ref) {
    QStringList lines;
    for (const std::string& line : wordsOf(chart, ref)) lines << QString::fromStdString(line);
    return lines.join(QStringLiteral(" | "));
}

} // namespace

void tst_chart_zoom::partsHaveTicksOfTheirOwn_data() {
    QTest::addColumn<int>("kind"); // 0 linear, 1 whole, 2 log, 3 named
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("expected");
    QTest::newRow("a tenth of a linear axis") << 0 << 412.0 << 508.0 << QStringLiteral("420 440 460 480 500");
    QTest::newRow("fractions") << 0 << 0.12 << 0.18 << QStringLiteral("0.12 0.13 0.14 0.15 0.16 0.17 0.18");
    QTest::newRow("turns stay whole") << 1 << 3.2 << 5.1 << QStringLiteral("4 5");
    QTest::newRow("decades of a log axis") << 2 << 80.0 << 1'200.0 << QStringLiteral("100 200 500 1000");
    QTest::newRow("a corner of a log axis") << 2 << 400.0 << 500.0 << QStringLiteral("400 420 440 460 480 500");
    QTest::newRow("names stay with their places") << 3 << 3.0 << 9.0 << QStringLiteral("p3 p6");
}

void tst_chart_zoom::partsHaveTicksOfTheirOwn() {
    QFETCH(int, kind);
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(QString, expected);
    AxisScale scale = kind == 1 ? countScale(1, 12) : kind == 2 ? logScale(50, 5'000) : linearScale(1'000);
    if (kind == 3) {
        scale.ticks = {2, 5, 8, 11};
        scale.texts = {"p1", "p3", "p6", "p9"};
    }
    const AxisScale part = partOf(scale, low, high);
    QCOMPARE(ticks(part), expected);
    QCOMPARE(part.low, low);
    QCOMPARE(part.high, high);
}

void tst_chart_zoom::aRectangleBecomesTheView() {
    for (const bool log : {false, true}) {
        ChartZoom zoom;
        QVERIFY(!zoom.active());
        QVERIFY(zoom.applied(axes(log)) == axes(log));
        zoom.to(axes(log), {8, 900}, {3, 200}); // whichever corner comes first
        QVERIFY(zoom.active());
        const ChartAxes seen = zoom.applied(axes(log));
        QCOMPARE(qRound(seen.x.low * 1e6), qRound(3e6));
        QCOMPARE(qRound(seen.x.high * 1e6), qRound(8e6));
        QCOMPARE(qRound(seen.y.low * 1e3), qRound(200e3));
        QCOMPARE(qRound(seen.y.high * 1e3), qRound(900e3));
        QCOMPARE(seen.y.log, log);
        zoom.reset();
        QVERIFY(zoom.applied(axes(log)) == axes(log));
    }
}

void tst_chart_zoom::theWheelKeepsWhatIsUnderIt() {
    for (const bool log : {false, true}) {
        ChartZoom zoom;
        zoom.around(axes(log), {4, 300}, 2);
        const ChartAxes seen = zoom.applied(axes(log));
        const auto share = [](const AxisScale& scale, double value) {
            return (onAxis(scale, value) - onAxis(scale, scale.low)) / (onAxis(scale, scale.high) - onAxis(scale, scale.low));
        };
        QVERIFY(std::fabs(share(seen.x, 4) - share(axes(log).x, 4)) < 1e-9);
        QVERIFY(std::fabs(share(seen.y, 300) - share(axes(log).y, 300)) < 1e-9);
        const double full = onAxis(axes(log).y, axes(log).y.high) - onAxis(axes(log).y, axes(log).y.low);
        const double part = onAxis(seen.y, seen.y.high) - onAxis(seen.y, seen.y.low);
        QVERIFY(std::fabs(full / part - 2) < 1e-9);
    }
}

void tst_chart_zoom::furtherThanEverythingIsEverything() {
    ChartZoom zoom;
    zoom.around(axes(), {4, 300}, 3);
    zoom.around(axes(), {4, 300}, 0.2);
    QVERIFY(!zoom.active());
    for (int i = 0; i < 200; ++i) zoom.around(axes(), {4, 300}, 2); // closer than anybody can read: it stops
    const ChartAxes seen = zoom.applied(axes());
    QVERIFY(seen.x.high - seen.x.low >= 0.499);
    QVERIFY(seen.y.high - seen.y.low > 0.01 && !seen.y.ticks.empty());
}

void tst_chart_zoom::panningStopsAtTheEdge() {
    ChartZoom zoom;
    zoom.pan(axes(), 0.5, 0.5);
    QVERIFY(!zoom.active()); // all of it is in view
    zoom.to(axes(), {2, 100}, {6, 500});
    zoom.pan(axes(), 0.25, -0.1);
    ChartAxes seen = zoom.applied(axes());
    QVERIFY(std::fabs(seen.x.low - 3) < 1e-9 && std::fabs(seen.y.low - 60) < 1e-9);
    for (int i = 0; i < 20; ++i) zoom.pan(axes(), 1, 1);
    seen = zoom.applied(axes());
    QVERIFY(std::fabs(seen.x.high - axes().x.high) < 1e-9 && std::fabs(seen.x.high - seen.x.low - 4) < 1e-9);
    QVERIFY(std::fabs(seen.y.high - axes().y.high) < 1e-9);
}

void tst_chart_zoom::theViewStaysInsideAnAxisThatShrinks() {
    ChartZoom zoom;
    zoom.to(axes(), {8, 700}, {11, 900});
    ChartAxes smaller = axes();
    smaller.y = linearScale(300);
    smaller.x = countScale(1, 5);
    const ChartAxes seen = zoom.applied(smaller);
    QVERIFY(seen.x.high <= smaller.x.high && seen.x.low >= smaller.x.low && seen.x.low < seen.x.high);
    QVERIFY(seen.y.high <= smaller.y.high && seen.y.low < seen.y.high);
}

void tst_chart_zoom::wordsAreExact_data() {
    QTest::addColumn<Chart>("chart");
    QTest::addColumn<PointRef>("ref");
    QTest::addColumn<QString>("expected");
    ChartSource live = fixture::only("AC");
    live.live = true;
    live.running.emplace();
    live.running->curve = live.curves[1];
    live.running->curve.turns.resize(2);
    live.running->repeat = 3;
    for (SourceTurn& turn : live.running->curve.turns) turn.ttft_ms = Spread{123.456, 123.456, 123.456, 1};
    const Chart by = chartFor(live);
    QTest::newRow("a median") << by << PointRef{0, 0, 0}
                              << QStringLiteral("A full context | turn 1 | TTFT 702 ms | median of 5 blocks, "
                                                "652.9 to 786.2");
    QTest::newRow("published") << by << PointRef{0, 2, 1} << QStringLiteral("published study, A | turn 3 | TTFT 126 ms");
    QTest::newRow("of the run that goes on")
        << by << PointRef{0, by.panels[0].curves.size() - 1, 1}
        << QStringLiteral("now running, single turns in no median yet: C capped state, cap 3, repeat 3 | turn "
                          "2 | TTFT 123.5 ms | a single turn");
    QTest::newRow("an estimate is called one")
        << chartFor(live, ChartKind::Context) << PointRef{0, 0, 1}
        << QStringLiteral("A full context | turn 2 | 264.5 context tokens (estimate) | median of 5 blocks");
    QTest::newRow("by processed tokens")
        << chartFor(live, ChartKind::Ttft, ChartX::ProcessedTokens) << PointRef{0, 0, 11}
        << QStringLiteral("A full context | turn 1, 183 processed tokens | TTFT 702 ms | median of 5 blocks, "
                          "652.9 to 786.2");
    QTest::newRow("by padding") << chartFor(fixture::only("D"), ChartKind::Ttft, ChartX::Padding) << PointRef{0, 0, 1}
                                << QStringLiteral("D padded state | turn 1, padding 3 | TTFT 575 ms | median of "
                                                  "5 blocks, 534.8 to 644.0");
    QTest::newRow("a bar") << chartFor(live, ChartKind::CachedProcessed) << PointRef{0, std::nullopt, 1}
                           << QStringLiteral("A full context | turn 2 | 207.5 cached + 57 processed = 264.5 "
                                             "prompt tokens | median of 5 blocks");
    QTest::newRow("a bar of one padding")
        << chartFor(fixture::only("D"), ChartKind::CachedProcessed) << PointRef{0, std::nullopt, 3}
        << QStringLiteral("D padded state | padding 3, turn 1 | 0 cached + 181 processed = 181 prompt tokens | "
                          "median of 5 blocks");
}

void tst_chart_zoom::wordsAreExact() {
    QFETCH(Chart, chart);
    QFETCH(PointRef, ref);
    QFETCH(QString, expected);
    QVERIFY(isPoint(chart, ref));
    QCOMPARE(said(chart, ref), expected);
}

void tst_chart_zoom::stepsGoAlongAndAcross() {
    ChartSource source = fixture::only("AC");
    source.published.clear();
    source.curves[0].turns[1].ttft_ms.reset(); // turn 2 of A was not measured: a step jumps over it
    const Chart chart = chartFor(source);
    std::optional<PointRef> at;
    const auto step = [&](PointStep where) {
        at = stepped(chart, at, where);
        return at ? said(chart, *at).section(QStringLiteral(" | "), 0, 1) : QString();
    };
    QCOMPARE(step(PointStep::Right), QStringLiteral("A full context | turn 1"));
    QCOMPARE(step(PointStep::Right), QStringLiteral("A full context | turn 3"));
    QCOMPARE(step(PointStep::Down), QStringLiteral("C capped state, cap 3 | turn 3"));
    QCOMPARE(step(PointStep::Left), QStringLiteral("C capped state, cap 3 | turn 2"));
    QCOMPARE(step(PointStep::Down), QStringLiteral("C capped state, cap 3 | turn 2")); // nothing below
    QCOMPARE(step(PointStep::Last), QStringLiteral("C capped state, cap 3 | turn 15"));
    QCOMPARE(step(PointStep::Right), QStringLiteral("C capped state, cap 3 | turn 15"));
    QCOMPARE(step(PointStep::Up), QStringLiteral("A full context | turn 12")); // the nearest it has
    QCOMPARE(step(PointStep::First), QStringLiteral("A full context | turn 1"));
    QVERIFY(!stepped(Chart{}, {}, PointStep::Right));

    const Chart bars = chartFor(source, ChartKind::CachedProcessed);
    at = PointRef{0, std::nullopt, 3};
    at = stepped(bars, at, PointStep::Up); // over the bars of A there is nothing: on to the panel of C
    QCOMPARE(at->panel, std::size_t(1));
    QCOMPARE(bars.panels[1].bars[at->point].turn, 4);
}

void tst_chart_zoom::aPointIsFoundAgain() {
    const Chart before = chartFor(fixture::only("C"));
    const Chart now = chartFor(fixture::only("ABC"));
    const auto again = samePoint(before, {0, 0, 4}, now);
    QVERIFY(again);
    QCOMPARE(said(now, *again), said(before, {0, 0, 4}));
    QVERIFY(!samePoint(now, *again, chartFor(fixture::only("A"))));
    QVERIFY(!samePoint(now, *again, chartFor(fixture::only("ABC"), ChartKind::Context)));
}

void tst_chart_zoom::theCalloutNeverCoversItsPoint() {
    const QRectF room(0, 0, 500, 300);
    const QSizeF size(180, 90);
    for (double x = 0; x <= 500; x += 20)
        for (double y = 0; y <= 300; y += 15) {
            const QRectF box = calloutPlace(room, {x, y}, size);
            QVERIFY2(room.contains(box), qPrintable(QStringLiteral("%1 %2").arg(x).arg(y)));
            QVERIFY2(!box.contains(QPointF(x, y)), qPrintable(QStringLiteral("%1 %2").arg(x).arg(y)));
        }
}

LOOPTAX_TEST(tst_chart_zoom)
#include "tst_chart_zoom.moc"
