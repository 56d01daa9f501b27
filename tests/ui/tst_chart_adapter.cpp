// A chart that is changed looks like one that is made anew, costs no new series while only numbers change,
// and shows of a long curve what a screen can show.
#include "chart/chart_model.h"
#include "chart_fixture.h"
#include "support/test_registry.h"
#include "ui/charts/chart_adapter.h"
#include "ui/charts/chart_layers.h"

#include <QImage>
#include <QPainter>
#include <QTest>

#include <algorithm>
#include <cmath>

using namespace looptax;

class tst_chart_adapter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changedLooksLikeNew_data();
    void changedLooksLikeNew();
    void newNumbersMakeNoNewSeries();
    void aLogAxisKeepsTheSeriesOfAZero();
    void aLongCurveIsThinned();
    void thinningKeepsPeaks();
    void onlyThePartInViewIsDrawn();
    void placesAndValuesAreInverse();
    void axesGrowInSteps();
    void axesOfAPlanReachItsEnd();
};

namespace {

constexpr QSizeF kSize(640, 400);

Chart ttft(const ChartSource& source, bool log = false) {
    ChartRequest request;
    request.log_y = log;
    request.running = true;
    return chartOf(source, request);
}

QImage painted(ChartAdapter& adapter) {
    QImage image(kSize.toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    adapter.render(painter, QRectF(QPointF(0, 0), kSize), ChartAdapter::Layer::All);
    return image;
}

void show(ChartAdapter& adapter, const Chart& chart, ThemeKind kind = ThemeKind::Light) {
    adapter.resize(kSize);
    adapter.show(chart.panels.empty() ? ChartPanel{} : chart.panels.front(), axesFor(chart), theme(kind));
}

ChartSource cut(ChartSource source, std::size_t turns) {
    for (SourceCurve& curve : source.curves) curve.turns.resize(std::min(curve.turns.size(), turns));
    return source;
}

ChartSource running(ChartSource source) {
    source.live = true;
    source.running.emplace();
    source.running->curve = source.curves[2];
    source.running->curve.turns.resize(4);
    return source;
}

Chart longCurve(int points) {
    Chart chart;
    chart.panels.resize(1);
    Curve curve;
    curve.look.design = "A";
    for (int i = 1; i <= points; ++i) {
        CurvePoint point;
        point.x = i;
        point.y = 100 + 50 * std::sin(i * 0.01);
        point.low = *point.y - 5;
        point.high = *point.y + 5;
        curve.points.push_back(point);
    }
    chart.panels[0].curves.push_back(curve);
    return chart;
}

qsizetype mostPoints(const std::vector<DrawnLayer>& layers, DrawnLayer::Kind kind) {
    qsizetype most = 0;
    for (const DrawnLayer& layer : layers)
        if (layer.kind == kind) most = std::max(most, layer.points.size());
    return most;
}

} // namespace

void tst_chart_adapter::changedLooksLikeNew_data() {
    QTest::addColumn<Chart>("before");
    QTest::addColumn<Chart>("after");
    QTest::addColumn<bool>("dark");
    const ChartSource study = fixture::study();
    ChartSource gap = study;
    gap.curves[0].turns[4].ttft_ms.reset();
    ChartRequest bars;
    bars.kind = ChartKind::CachedProcessed;
    ChartRequest scatter;
    scatter.x = ChartX::ProcessedTokens;
    QTest::newRow("a turn more") << ttft(cut(study, 5)) << ttft(cut(study, 6)) << false;
    QTest::newRow("from nothing") << ttft(ChartSource{}) << ttft(study) << false;
    QTest::newRow("to nothing") << ttft(study) << ttft(ChartSource{}) << false;
    QTest::newRow("a curve more") << ttft(fixture::only("A")) << ttft(study) << false;
    QTest::newRow("a curve less") << ttft(study) << ttft(fixture::only("AC")) << false;
    QTest::newRow("a gap opens") << ttft(study) << ttft(gap) << false;
    QTest::newRow("a gap closes") << ttft(gap) << ttft(study) << false;
    QTest::newRow("a run begins") << ttft(study) << ttft(running(study)) << false;
    QTest::newRow("a run ends") << ttft(running(study)) << ttft(study) << false;
    QTest::newRow("another axis") << ttft(study) << ttft(study, true) << false;
    QTest::newRow("curves become bars") << ttft(study) << chartOf(study, bars) << false;
    QTest::newRow("turns become tokens") << ttft(study) << chartOf(study, scatter) << false;
    QTest::newRow("another theme") << ttft(study) << ttft(study) << true;
}

void tst_chart_adapter::changedLooksLikeNew() {
    QFETCH(Chart, before);
    QFETCH(Chart, after);
    QFETCH(bool, dark);
    const ThemeKind kind = dark ? ThemeKind::Dark : ThemeKind::Light;
    ChartAdapter changed, fresh;
    show(changed, before);
    const QImage was = painted(changed);
    show(changed, after, kind);
    show(fresh, after, kind);
    QCOMPARE(changed.plotArea(), fresh.plotArea());
    const QImage is = painted(changed);
    QVERIFY2(is == painted(fresh), "something of the old picture was left, or of the new one is missing");
    QVERIFY(is != was);
}

void tst_chart_adapter::newNumbersMakeNoNewSeries() {
    const ChartSource study = fixture::study();
    ChartAdapter adapter;
    show(adapter, ttft(cut(study, 5)));
    const int made = adapter.seriesMade();
    QVERIFY(made > 10);
    for (std::size_t turns = 6; turns <= 15; ++turns) show(adapter, ttft(cut(study, turns)));
    QCOMPARE(adapter.seriesMade(), made);
}

void tst_chart_adapter::aLogAxisKeepsTheSeriesOfAZero() {
    ChartSource source = fixture::only("A");
    source.published.clear();
    source.curves[0].turns[5].ttft_ms = Spread{0, 0, 0, 5};
    const Chart chart = ttft(source, true);
    for (const DrawnLayer& layer : layersOf(chart.panels[0], axesFor(chart), theme(ThemeKind::Light)))
        for (const QPointF& point : layer.points) QVERIFY(std::isfinite(point.x()) && std::isfinite(point.y()));
    ChartAdapter adapter;
    show(adapter, chart);
    const QImage image = painted(adapter);
    int blue = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) blue += int(image.pixelColor(x, y) == designColour(theme(ThemeKind::Light), "A"));
    QVERIFY2(blue > 300, "one zero took the whole series away");
}

void tst_chart_adapter::aLongCurveIsThinned() {
    const Chart chart = longCurve(10'000);
    const auto layers = layersOf(chart.panels[0], axesFor(chart), theme(ThemeKind::Light));
    QVERIFY(mostPoints(layers, DrawnLayer::Kind::Line) <= kMostLinePoints);
    QVERIFY(mostPoints(layers, DrawnLayer::Kind::Line) > kMostLinePoints / 2);
    QVERIFY(mostPoints(layers, DrawnLayer::Kind::Area) <= kMostLinePoints + 2);
    QVERIFY(mostPoints(layers, DrawnLayer::Kind::Marks) <= kMostMarkers + 1);
    const Chart shorter = longCurve(200);
    const auto all = layersOf(shorter.panels[0], axesFor(shorter), theme(ThemeKind::Light));
    QCOMPARE(mostPoints(all, DrawnLayer::Kind::Line), qsizetype(200));
}

void tst_chart_adapter::thinningKeepsPeaks() {
    QList<QPointF> points;
    for (int i = 0; i < 5'000; ++i) points << QPointF(i, i == 1'234 ? 99 : i == 4'321 ? -99 : 0);
    const QList<QPointF> few = thinned(points, 100);
    QVERIFY(few.size() <= 100);
    QVERIFY(few.contains(QPointF(1'234, 99)) && few.contains(QPointF(4'321, -99)));
    QCOMPARE(few.first(), points.first());
    QCOMPARE(few.last(), points.last());
    QVERIFY(std::is_sorted(few.begin(), few.end(), [](const QPointF& a, const QPointF& b) { return a.x() < b.x(); }));
    QCOMPARE(thinned(points.mid(0, 90), 100), points.mid(0, 90));
}

void tst_chart_adapter::onlyThePartInViewIsDrawn() {
    const Chart chart = longCurve(10'000);
    ChartAxes axes = axesFor(chart);
    axes.x = partOf(axes.x, 4'000, 4'100);
    const auto layers = layersOf(chart.panels[0], axes, theme(ThemeKind::Light));
    const auto line =
        std::find_if(layers.begin(), layers.end(), [](const DrawnLayer& layer) { return layer.kind == DrawnLayer::Kind::Line; });
    QVERIFY(line != layers.end());
    QCOMPARE(line->points.size(), qsizetype(103)); // every one of them, and one beyond each end
    QCOMPARE(line->points.first().x(), 3'999.0);
    QCOMPARE(line->points.last().x(), 4'101.0);
}

void tst_chart_adapter::placesAndValuesAreInverse() {
    for (const bool log : {false, true}) {
        ChartAdapter adapter;
        show(adapter, ttft(fixture::study(), log));
        const auto place = adapter.position(7, 432);
        QVERIFY(place && adapter.plotArea().contains(*place));
        const QPointF value = adapter.valueAt(*place);
        QVERIFY(std::fabs(value.x() - 7) < 1e-9 && std::fabs(value.y() - 432) < 1e-6);
        QCOMPARE(adapter.position(7, 0).has_value(), !log);
    }
}

void tst_chart_adapter::axesGrowInSteps() {
    std::optional<ChartAxes> axes;
    int changes = 0;
    for (int turns = 1; turns <= 100; ++turns) {
        Chart chart = longCurve(turns);
        chart.x_is_turn = true;
        chart.panels[0].curves[0].points.back().high = 100.0 + 9 * turns;
        const ChartAxes next = growingAxes(chart, 0, axes);
        QVERIFY(next.y.high >= 100 + 9 * turns);
        if (axes && !(axes->y == next.y)) ++changes;
        axes = next;
    }
    QVERIFY2(changes >= 3 && changes <= 12, qPrintable(QString::number(changes)));
    Chart small = longCurve(3); // far below: the axis follows down
    small.x_is_turn = true;
    QVERIFY(growingAxes(small, 0, axes).y.high < axes->y.high / 2);
}

void tst_chart_adapter::axesOfAPlanReachItsEnd() {
    Chart chart = longCurve(3);
    chart.x_is_turn = true;
    QVERIFY(growingAxes(chart, 12, {}).x.high > 12);
    const double far = growingAxes(chart, 1'000, {}).x.high; // three turns would be lost in a thousand
    QVERIFY2(far >= 3 && far < 20, qPrintable(QString::number(far)));
}

LOOPTAX_TEST(tst_chart_adapter)
#include "tst_chart_adapter.moc"
