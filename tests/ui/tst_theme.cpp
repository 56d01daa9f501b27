// Colours that can be told apart and read: contrast by number, not by taste.
#include "chart/chart_data.h"
#include "support/test_registry.h"
#include "ui/style/theme.h"

#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QTest>

using namespace looptax;

class tst_theme : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theContrastFormula();
    void graphicsAndTextAreReadable_data();
    void graphicsAndTextAreReadable();
    void publishedIsLighterThanMeasured_data() { themes(); }
    void publishedIsLighterThanMeasured();
    void reusedAndComputedDiffer_data() { themes(); }
    void partsOfASplitTimeDifferWithoutColour_data() { themes(); }
    void partsOfASplitTimeDifferWithoutColour();
    void reusedAndComputedDiffer();
    void designsDifferByMarkerToo();
    void targetsDifferByDash();
    void disturbedIsLikeNoCurve_data() { themes(); }
    void disturbedIsLikeNoCurve();
    void theFontIsCarriedInside();

private:
    static void themes() {
        QTest::addColumn<int>("kind");
        QTest::newRow("light") << int(ThemeKind::Light);
        QTest::newRow("dark") << int(ThemeKind::Dark);
        QTest::newRow("print") << int(ThemeKind::Print);
    }
};

namespace {

constexpr const char* kDesigns[] = {"A", "B", "C", "D", "B-tail"};

CurveLook lookOf(const char* design, int variant = 0, int variants = 1) {
    CurveLook look;
    look.design = design;
    look.variant = variant;
    look.variants = variants;
    return look;
}

} // namespace

void tst_theme::disturbedIsLikeNoCurve() {
    QFETCH(int, kind);
    const Theme t = theme(ThemeKind(kind));
    CurveLook look = lookOf("A");
    look.disturbed = true;
    const CurveStyle mark = curveStyle(t, look);
    QVERIFY(contrast(mark.colour, t.background) >= 3.0);
    for (const char* design : kDesigns) {
        CurveLook other = lookOf(design);
        for (const bool running : {false, true}) {
            other.running = running;
            const CurveStyle style = curveStyle(t, other);
            QVERIFY(style.marker != mark.marker || style.hollow != mark.hollow || style.marker_size + 2 < mark.marker_size);
        }
        QCOMPARE(curveStyle(t, look).colour, mark.colour); // the same for all: one entry of the legend
    }
}

void tst_theme::theContrastFormula() {
    QCOMPARE(qRound(contrast(Qt::black, Qt::white) * 10), 210);
    QCOMPARE(qRound(contrast(QColor(0xff0072B2), Qt::white) * 10), 52);
    QCOMPARE(qRound(contrast(QColor(0xffCC79A7), Qt::white) * 10), 31);
}

void tst_theme::graphicsAndTextAreReadable_data() { themes(); }

void tst_theme::graphicsAndTextAreReadable() {
    QFETCH(int, kind);
    const Theme t = theme(ThemeKind(kind));
    for (const char* design : kDesigns)
        for (int variant = 0; variant < 4; ++variant) {
            const double ratio = contrast(curveStyle(t, lookOf(design, variant, 4)).colour, t.background);
            QVERIFY2(ratio >= 3.0, qPrintable(QStringLiteral("%1 %2: %3").arg(QLatin1String(design)).arg(variant).arg(ratio)));
        }
    QVERIFY(contrast(curveStyle(t, lookOf("a design of tomorrow")).colour, t.background) >= 3.0);
    QVERIFY(contrast(t.text, t.background) >= 7.0);
    QVERIFY(contrast(t.faint_text, t.background) >= 4.5);
    QVERIFY(contrast(t.axis, t.background) >= 3.0);
}

void tst_theme::publishedIsLighterThanMeasured() {
    QFETCH(int, kind);
    const Theme t = theme(ThemeKind(kind));
    for (const char* design : kDesigns) {
        CurveLook look = lookOf(design);
        const CurveStyle measured = curveStyle(t, look);
        look.published = true;
        const CurveStyle published = curveStyle(t, look);
        QVERIFY(contrast(published.colour, t.background) < contrast(measured.colour, t.background));
        QVERIFY2(contrast(published.colour, t.background) >= 1.6, design); // lighter, and still there
        QVERIFY(published.width < measured.width);
        QVERIFY(published.hollow && !measured.hollow);
        QVERIFY(!published.dashes.isEmpty());
    }
}

void tst_theme::partsOfASplitTimeDifferWithoutColour() {
    QFETCH(int, kind);
    const Theme t = theme(ThemeKind(kind));
    QColor below = t.background;
    int dark = 0;
    for (const BarTone tone : {BarTone::Outside, BarTone::Fixed, BarTone::NewMessage, BarTone::Attention, BarTone::Reread}) {
        const QColor colour = toneColour(t, tone, t.faint_text);
        QVERIFY2(contrast(colour, below) >= 1.7, qPrintable(colour.name()));
        QVERIFY2(contrast(colour, t.background) >= 1.9, qPrintable(colour.name()));
        dark += contrast(colour, t.background) >= 3;
        below = colour;
    }
    QCOMPARE(dark, 3); // every other one
}

void tst_theme::reusedAndComputedDiffer() {
    QFETCH(int, kind);
    const Theme t = theme(ThemeKind(kind));
    for (const char* design : kDesigns) {
        const QColor computed = designColour(t, design);
        QVERIFY2(contrast(computed, cachedColour(t, computed)) >= 1.7, design);
        QVERIFY2(contrast(cachedColour(t, computed), t.background) >= 1.35, design);
    }
}

void tst_theme::designsDifferByMarkerToo() {
    const Theme t = theme(ThemeKind::Print);
    QList<Marker> seen;
    for (const char* design : kDesigns) {
        const Marker marker = curveStyle(t, lookOf(design)).marker;
        QVERIFY(!seen.contains(marker));
        seen << marker;
    }
}

void tst_theme::targetsDifferByDash() {
    const Theme t = theme(ThemeKind::Light);
    QList<QList<qreal>> seen;
    for (int dash = 0; dash < 4; ++dash) {
        CurveLook look = lookOf("A");
        look.dash = dash;
        const QList<qreal> pattern = curveStyle(t, look).dashes;
        QVERIFY(!seen.contains(pattern));
        seen << pattern;
    }
    QVERIFY(seen.first().isEmpty()); // llama.cpp is the solid one
}

void tst_theme::theFontIsCarriedInside() {
    const QFont font = uiFont(13);
    QVERIFY2(QFontDatabase::families().contains(font.family()), "without a font every letter is a box, and nothing warns");
    QCOMPARE(QFontInfo(font).family(), font.family());
    QCOMPARE(font.pixelSize(), 13);
    for (const char16_t letter : u"AzµΔ–·×≤") {
        if (letter != 0) QVERIFY(QFontMetricsF(font).inFont(QChar(letter)));
    }
}

LOOPTAX_TEST(tst_theme)
#include "tst_theme.moc"
