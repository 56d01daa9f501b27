// The picture as a person sees it: nothing over the edge, nothing over each other, gaps empty, ink where data
// is.
#include "chart/chart_model.h"
#include "chart_fixture.h"
#include "support/test_registry.h"
#include "ui/charts/chart_marks.h"
#include "ui/charts/chart_sheet.h"

#include <QFontMetricsF>
#include <QImage>
#include <QPainter>
#include <QTest>

using namespace looptax;

class tst_chart_sheet : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyThemeAndSizeKeepsAMargin_data();
    void everyThemeAndSizeKeepsAMargin();
    void aLongLegendMakesThePictureTaller();
    void dataLiesInThePlot();
    void aGapHasNoInk();
    void valuesWithoutALogarithmAreLeftOutAlone();
    void aSingleTurnShowsItsSpread();
    void panelsShareTheirAxes();
    void labelsSlideApartAndStayInside();
    void longTextWraps();
};

namespace {

Chart chartOf(const ChartSource& source, std::size_t at = 0, const ChartOptions& options = {}) {
    return chartsOf(source, options).at(at);
}

QImage painted(ChartSheet& sheet, double scale = 1) {
    QImage image((sheet.size() * scale).toSize(), QImage::Format_RGB32);
    QPainter painter(&image);
    painter.scale(scale, scale);
    sheet.paint(painter);
    return image;
}

// Pixels in the region whose colour is near the wanted one.
int ink(const QImage& image, const QRectF& region, const QColor& wanted) {
    int count = 0;
    const QRect area = region.toAlignedRect().intersected(image.rect());
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x) {
            const QColor c = image.pixelColor(x, y);
            if (std::abs(c.red() - wanted.red()) + std::abs(c.green() - wanted.green()) + std::abs(c.blue() - wanted.blue()) < 40)
                ++count;
        }
    return count;
}

int strangersIn(const QImage& image, const QRect& region, const QColor& background) {
    int count = 0;
    for (int y = region.top(); y <= region.bottom(); ++y)
        for (int x = region.left(); x <= region.right(); ++x)
            if (image.pixelColor(x, y) != background) ++count;
    return count;
}

ChartSource oneCurve(std::vector<std::optional<double>> values) {
    ChartSource source = fixture::only("A");
    source.published.clear();
    source.curves[0].turns.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
        SourceTurn turn;
        turn.turn = int(i) + 1;
        if (values[i]) turn.ttft_ms = Spread{*values[i], *values[i], *values[i], 1};
        source.curves[0].turns.push_back(turn);
    }
    return source;
}

} // namespace

void tst_chart_sheet::everyThemeAndSizeKeepsAMargin_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QSizeF>("size");
    QTest::addColumn<double>("scale");
    QTest::addColumn<bool>("two");
    QTest::newRow("light") << int(ThemeKind::Light) << QSizeF(960, 600) << 1.0 << false;
    QTest::newRow("light at 2x") << int(ThemeKind::Light) << QSizeF(960, 600) << 2.0 << false;
    QTest::newRow("dark, two targets") << int(ThemeKind::Dark) << QSizeF(960, 600) << 1.0 << true;
    QTest::newRow("print, smallest size") << int(ThemeKind::Print) << QSizeF(480, 320) << 1.0 << true;
    QTest::newRow("print, large") << int(ThemeKind::Print) << QSizeF(1600, 1000) << 1.0 << false;
}

void tst_chart_sheet::everyThemeAndSizeKeepsAMargin() {
    QFETCH(int, kind);
    QFETCH(QSizeF, size);
    QFETCH(double, scale);
    QFETCH(bool, two);
    const Theme colours = theme(ThemeKind(kind));
    for (const Chart& chart : chartsOf(fixture::study(two))) {
        ChartSheet sheet(chart, colours, size);
        const QImage image = painted(sheet, scale);
        const int edge = int(5 * scale);
        int strangers = 0;
        for (const QRect& side : {QRect(0, 0, image.width(), edge), QRect(0, image.height() - edge, image.width(), edge),
                                  QRect(0, 0, edge, image.height()), QRect(image.width() - edge, 0, edge, image.height())})
            strangers += strangersIn(image, side, colours.background);
        QVERIFY2(strangers == 0, qPrintable(QStringLiteral("%1: %2 px of text or line at the very edge: it is cut")
                                                .arg(QString::fromStdString(chart.id))
                                                .arg(strangers)));
        for (std::size_t i = 0; i < sheet.panels(); ++i) {
            QVERIFY(QRectF(QPointF(0, 0), sheet.size()).contains(sheet.clip(i)));
            QVERIFY2(sheet.clip(i).height() >= 80 && sheet.clip(i).width() >= 60, chart.id.c_str());
        }
    }
}

void tst_chart_sheet::aLongLegendMakesThePictureTaller() {
    const Chart chart = chartOf(fixture::study());
    ChartSheet wide(chart, theme(ThemeKind::Light), QSizeF(960, 600));
    QCOMPARE(wide.size(), QSizeF(960, 600));
    ChartSheet narrow(chart, theme(ThemeKind::Light), QSizeF(480, 320));
    QCOMPARE(narrow.size().width(), 480.0);
    QVERIFY(narrow.size().height() > 320);
    QVERIFY(narrow.clip(0).height() >= 150);
}

void tst_chart_sheet::dataLiesInThePlot() {
    const Theme colours = theme(ThemeKind::Light);
    ChartSheet sheet(chartOf(fixture::study()), colours, QSizeF(960, 600));
    const QImage image = painted(sheet);
    for (const char* design : {"A", "B", "C"}) QVERIFY2(ink(image, sheet.clip(0), designColour(colours, design)) > 300, design);
}

void tst_chart_sheet::aGapHasNoInk() {
    const Theme colours = theme(ThemeKind::Light);
    const QColor blue = designColour(colours, "A");
    const auto between = [&](const ChartSource& source) { // turns 3 and 5, where turn 4 would be
        ChartSheet sheet(chartOf(source), colours, QSizeF(960, 600));
        const QImage image = painted(sheet);
        const QRectF plot = sheet.clip(0);
        const double step = plot.width() / 7; // seven turns and half a turn of air on each side: 7 widths
        return ink(image, QRectF(plot.left() + step * 3.05, plot.top(), step * 0.9, plot.height()), blue);
    };
    QVERIFY(between(oneCurve({100, 110, 120, 130, 140, 150, 160})) > 50);
    QCOMPARE(between(oneCurve({100, 110, 120, {}, 140, 150, 160})), 0);
}

void tst_chart_sheet::valuesWithoutALogarithmAreLeftOutAlone() {
    const Theme colours = theme(ThemeKind::Light);
    ChartOptions log;
    log.log_ttft = true;
    ChartSheet sheet(chartOf(oneCurve({100, 200, 0, 400, 800}), 0, log), colours, QSizeF(960, 600));
    const QImage image = painted(sheet);
    // Qt Charts drops the whole series for one such value; the other four must be there.
    QVERIFY(ink(image, sheet.clip(0), designColour(colours, "A")) > 150);
}

void tst_chart_sheet::aSingleTurnShowsItsSpread() {
    const Theme colours = theme(ThemeKind::Light);
    ChartSource source = oneCurve({100});
    ChartSheet point(chartOf(source), colours, QSizeF(960, 600));
    const int without = ink(painted(point), point.clip(0), designColour(colours, "A"));
    source.curves[0].turns[0].ttft_ms = Spread{100, 60, 120, 5};
    ChartSheet spread(chartOf(source), colours, QSizeF(960, 600));
    QVERIFY(without > 20);
    QVERIFY(ink(painted(spread), spread.clip(0), designColour(colours, "A")) > without + 50);
}

void tst_chart_sheet::panelsShareTheirAxes() {
    const Chart chart = chartOf(fixture::study(true));
    ChartSheet sheet(chart, theme(ThemeKind::Light), QSizeF(960, 600));
    QCOMPARE(int(sheet.panels()), 2);
    QCOMPARE(sheet.clip(0).size(), sheet.clip(1).size());
    QCOMPARE(sheet.clip(0).top(), sheet.clip(1).top());
    QVERIFY(sheet.clip(0).right() < sheet.clip(1).left());
}

void tst_chart_sheet::labelsSlideApartAndStayInside() {
    std::vector<Tag> tags;
    for (const double y : {100.0, 102.0, 104.0, 300.0, 399.0, 398.0}) tags.push_back({QString::number(y), QPointF(50, y), 30});
    tags.push_back({QStringLiteral("elsewhere"), QPointF(200, 101), 30});
    spreadTags(tags, 20, 400);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        QVERIFY(tags[i].at.y() - kTagHeight / 2 >= 20 && tags[i].at.y() + kTagHeight / 2 <= 400);
        for (std::size_t k = 0; k < i; ++k)
            if (tags[i].at.x() == tags[k].at.x())
                QVERIFY2(std::abs(tags[i].at.y() - tags[k].at.y()) >= kTagHeight - 0.01, qPrintable(tags[i].words));
    }
    const auto at = [&](const char* words) {
        for (const Tag& tag : tags)
            if (tag.words == QLatin1String(words)) return tag.at.y();
        return -1.0;
    };
    QVERIFY(at("100") < at("102") && at("102") < at("104")); // in the order of their curves
    QCOMPARE(at("102"), 102.0);                              // around their common middle
    QCOMPARE(at("300"), 300.0);                              // undisturbed where there is room
    QCOMPARE(at("elsewhere"), 101.0);
}

void tst_chart_sheet::longTextWraps() {
    const QFont font = uiFont(13);
    const QString words = QStringLiteral("one two three four five six seven eight nine ten");
    const QStringList lines = wrapped(words, font, 120);
    QVERIFY(lines.size() > 2);
    QCOMPARE(lines.join(QLatin1Char(' ')), words);
    for (const QString& line : lines) QVERIFY(QFontMetricsF(font).horizontalAdvance(line) <= 120);
    QCOMPARE(wrapped(QStringLiteral("unbreakable"), font, 10).size(), 1);
    QVERIFY(wrapped(QString(), font, 10).isEmpty());
}

LOOPTAX_TEST(tst_chart_sheet)
#include "tst_chart_sheet.moc"
