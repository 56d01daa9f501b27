// What a hand does to a live chart: choices, legend, zoom and points, each by mouse and by keyboard.
#include "chart_fixture.h"
#include "support/test_registry.h"
#include "ui/charts/chart_canvas.h"
#include "ui/charts/chart_legend.h"
#include "ui/charts/live_chart.h"
#include "ui/style/appearance.h"
#include "ui/style/theme.h"

#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>

#include <algorithm>

using namespace looptax;

class tst_live_chart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void nothingYetIsSaidInWords_data();
    void nothingYetIsSaidInWords();
    void onlyWhatCanBeChosenIsOffered();
    void theLegendHidesAndShowsByMouse();
    void theLegendHidesAndShowsByKeyboard();
    void hidingFillsTheChartWithTheRest();
    void theOverlayHasOneSwitchInTwoPlaces();
    void aLogAxisBySwitch();
    void theHorizontalAxisByChoice_data();
    void theHorizontalAxisByChoice();
    void tokensAsTheRuntimeCountsThem();
    void partsOfTheBarsCanBeHidden();
    void aSplitThatIsNotThereSaysWhy();
    void theKindOfStreamIsSaidAtTheChart_data();
    void theKindOfStreamIsSaidAtTheChart();
    void aRectangleZoomsAndADoubleClickResets();
    void theWheelZooms();
    void theMiddleButtonPans();
    void keysZoomPanAndReset();
    void theResetButtonIsThereWhileZoomed();
    void zoomStaysWhileTurnsArrive();
    void theMouseReadsAPoint();
    void arrowsReadPoints();
    void aClickOnASingleTurnNamesItsRow();
    void aClickOnAMedianNamesTheTurnNearestToIt();
    void theCalloutOfAMedianIsWhole();
    void aPointWithoutATurnIsNoButton();
    void enterOnASingleTurnNamesItsRow();
    void anotherPaletteRecolours();
    void everythingHasAName();
    void theDescriptionFollowsTheChart();
    void shortWordsWhereThereIsLittleRoom();

private:
    void look(const ChartSource& source, ChartKind kind = ChartKind::Ttft);
    QComboBox* combo(const char* name) const { return m_chart->findChild<QComboBox*>(QLatin1String(name)); }
    QCheckBox* check(const char* name) const { return m_chart->findChild<QCheckBox*>(QLatin1String(name)); }
    ChartCanvas& canvas() const { return m_chart->canvas(); }
    LegendKey* key(const QString& beginsWith) const;
    QStringList drawn() const; // names of the curves in the picture
    QPoint at(const PointRef& ref) const { return canvas().placeOf(ref).value_or(QPointF(-1, -1)).toPoint(); }
    void drag(const QPoint& from, const QPoint& to, Qt::MouseButton button) const;

    ChartSource m_source;
    std::unique_ptr<LiveChart> m_chart;
};

namespace {

int inkOf(QWidget& widget, const QColor& wanted) {
    const QImage image = widget.grab().toImage();
    int count = 0;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) count += int(image.pixelColor(x, y) == wanted);
    return count;
}

void choose(QComboBox* box, const QString& text) {
    QVERIFY(box && box->isVisible());
    const int index = box->findText(text);
    QVERIFY2(index >= 0, qPrintable(text));
    box->setCurrentIndex(index);
}

} // namespace

void tst_live_chart::init() {
    applyAppearance(*qApp, Appearance::Light);
    m_chart.reset();
}

void tst_live_chart::look(const ChartSource& source, ChartKind kind) {
    m_source = source;
    m_chart = std::make_unique<LiveChart>(kind);
    m_chart->resize(760, 560);
    m_chart->setSource(m_source, true);
    m_chart->show();
    QVERIFY(QTest::qWaitForWindowActive(m_chart.get()));
    m_chart->grab(); // the picture is laid out when it is painted
}

LegendKey* tst_live_chart::key(const QString& beginsWith) const {
    for (LegendKey* one : m_chart->legend().keys())
        if (QString::fromStdString(one->entry().full).startsWith(beginsWith)) return one;
    return nullptr;
}

QStringList tst_live_chart::drawn() const {
    QStringList names;
    for (const ChartPanel& panel : canvas().chart().panels)
        for (const Curve& curve : panel.curves) names << QString::fromStdString(curve.name);
    return names;
}

void tst_live_chart::drag(const QPoint& from, const QPoint& to, Qt::MouseButton button) const {
    QTest::mousePress(&canvas(), button, {}, from);
    const auto moveTo = [&](const QPoint& place) {
        QMouseEvent move(QEvent::MouseMove, place, canvas().mapToGlobal(place), Qt::NoButton, button, {});
        QCoreApplication::sendEvent(&canvas(), &move);
    };
    moveTo((from + to) / 2);
    moveTo(to);
    QTest::mouseRelease(&canvas(), button, {}, to);
    canvas().grab();
}

void tst_live_chart::nothingYetIsSaidInWords_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("session");
    QTest::addColumn<QString>("words");
    QTest::newRow("TTFT, no session") << int(ChartKind::Ttft) << false
                                      << QStringLiteral("time to the first token of each turn will appear");
    QTest::newRow("context, no session") << int(ChartKind::Context) << false
                                         << QStringLiteral("start a sweep, or open a session");
    QTest::newRow("bars, no turn yet") << int(ChartKind::CachedProcessed) << true
                                       << QStringLiteral("as soon as the first turn is done");
    QTest::newRow("split, no session") << int(ChartKind::TtftSplit) << false
                                       << QStringLiteral("What the time to the first token is made of");
}

void tst_live_chart::nothingYetIsSaidInWords() {
    QFETCH(int, kind);
    QFETCH(bool, session);
    QFETCH(QString, words);
    ChartSource source;
    if (session) {
        source = fixture::study();
        for (SourceCurve& curve : source.curves) curve.turns.clear();
    }
    look(source, ChartKind(kind));
    QVERIFY2(canvas().accessibleDescription().contains(words), qPrintable(canvas().accessibleDescription()));
    QVERIFY(inkOf(canvas(), theme(ThemeKind::Light).faint_text) > 50); // and seen
    QVERIFY(!m_chart->legend().isVisible());
}

void tst_live_chart::onlyWhatCanBeChosenIsOffered() {
    look(fixture::only("AC"));
    QVERIFY(!combo("target")->isVisible() && !combo("mode")->isVisible() && !combo("tokens")->isVisible());
    QCOMPARE(combo("along")->findText(QStringLiteral("by padding")), -1);
    ChartSource more = fixture::study(true);
    more.cache_modes.push_back(CacheMode::Cold);
    look(more);
    QVERIFY(combo("target")->isVisible() && combo("mode")->isVisible());
    QCOMPARE(combo("target")->count(), 3);
    QCOMPARE(combo("mode")->count(), 2);
    QVERIFY(combo("along")->findText(QStringLiteral("by padding")) >= 0);
    choose(combo("target"), QStringLiteral("ollama"));
    QCOMPARE(int(canvas().chart().panels.size()), 1);
    QVERIFY(canvas().chart().subtitle.find("ollama") != std::string::npos);
    look(more, ChartKind::CachedProcessed);
    QVERIFY(!check("log")->isVisible() && !check("published")->isVisible() && !combo("along")->isVisible());
}

void tst_live_chart::theLegendHidesAndShowsByMouse() {
    look(fixture::only("ABC"));
    const QColor orange = designColour(theme(ThemeKind::Light), "B");
    const int before = inkOf(canvas(), orange);
    QVERIFY(before > 200);
    LegendKey* b = key(QStringLiteral("B batch"));
    QVERIFY(b && b->isChecked());
    QTest::mouseClick(b, Qt::LeftButton, {}, QPoint(b->width() - 12, b->height() / 2)); // on the words
    QVERIFY(!b->isChecked());
    QVERIFY(!drawn().contains(QStringLiteral("B batch + state file")));
    QVERIFY(inkOf(canvas(), orange) < before / 10);
    QVERIFY(key(QStringLiteral("B batch"))); // it can be called back
    QTest::mouseClick(b, Qt::LeftButton, {}, QPoint(5, b->height() / 2));
    QVERIFY(drawn().contains(QStringLiteral("B batch + state file")));
    QVERIFY(inkOf(canvas(), orange) > 200);
}

void tst_live_chart::theLegendHidesAndShowsByKeyboard() {
    look(fixture::only("ABC"));
    canvas().setFocus();
    QTest::keyClick(&canvas(), Qt::Key_Tab);
    auto* focused = qobject_cast<LegendKey*>(QApplication::focusWidget());
    QVERIFY2(focused, "the legend comes after the picture");
    QTest::keyClick(focused, Qt::Key_Space);
    QVERIFY(!drawn().contains(QStringLiteral("A full context")));
    QCOMPARE(QApplication::focusWidget(), focused); // the next space brings it back
    QTest::keyClick(focused, Qt::Key_Space);
    QVERIFY(drawn().contains(QStringLiteral("A full context")));
}

void tst_live_chart::hidingFillsTheChartWithTheRest() {
    look(fixture::only("AC"));
    check("published")->click();
    const double before = canvas().axes().y.high;
    key(QStringLiteral("A full"))->click();
    QVERIFY2(canvas().axes().y.high < before / 2, "C stays as small as it was beside A");
}

void tst_live_chart::theOverlayHasOneSwitchInTwoPlaces() {
    look(fixture::only("AC"));
    QVERIFY(drawn().contains(QStringLiteral("published study, A")));
    check("published")->click();
    QVERIFY(!drawn().contains(QStringLiteral("published study, A")));
    LegendKey* legend = key(QStringLiteral("published study"));
    QVERIFY(legend && !legend->isChecked());
    legend->click();
    QVERIFY(check("published")->isChecked());
    QVERIFY(drawn().contains(QStringLiteral("published study, C")));
}

void tst_live_chart::aLogAxisBySwitch() {
    look(fixture::study());
    QVERIFY(!canvas().axes().y.log);
    check("log")->click();
    QVERIFY(canvas().axes().y.log && canvas().axes().y.low > 0);
    QVERIFY(inkOf(canvas(), designColour(theme(ThemeKind::Light), "A")) > 200);
}

void tst_live_chart::theHorizontalAxisByChoice_data() {
    QTest::addColumn<QString>("choice");
    QTest::addColumn<QString>("title");
    QTest::addColumn<double>("x"); // of the first point of A or D
    QTest::newRow("turn") << QStringLiteral("by turn") << QStringLiteral("turn") << 1.0;
    QTest::newRow("processed tokens") << QStringLiteral("by processed") << QStringLiteral("processed tokens (runtime's count)")
                                      << 57.0;
    QTest::newRow("context tokens") << QStringLiteral("by context") << QStringLiteral("context tokens (estimate: characters / 4)")
                                    << 161.0;
    QTest::newRow("padding") << QStringLiteral("by padding") << QStringLiteral("padding: entries the state starts with") << 1.0;
}

void tst_live_chart::theHorizontalAxisByChoice() {
    QFETCH(QString, choice);
    QFETCH(QString, title);
    QFETCH(double, x);
    look(fixture::study());
    choose(combo("along"), choice);
    QCOMPARE(QString::fromStdString(canvas().chart().x_title), title);
    QCOMPARE(canvas().chart().panels.at(0).curves.at(0).points.at(0).x, x);
    const AxisScale& axis = canvas().axes().x;
    for (const Curve& curve : canvas().chart().panels[0].curves)
        for (const CurvePoint& point : curve.points) QVERIFY(point.x >= axis.low && point.x <= axis.high);
}

void tst_live_chart::tokensAsTheRuntimeCountsThem() {
    look(fixture::only("A"), ChartKind::Context);
    QVERIFY(canvas().chart().y_title.find("estimate") != std::string::npos);
    choose(combo("tokens"), QStringLiteral("runtime's count"));
    QVERIFY(canvas().chart().y_title.find("runtime's count") != std::string::npos);
    QCOMPARE(*canvas().chart().panels[0].curves[0].points[0].y, 183.0);
    for (const QString& name : drawn()) QVERIFY(!name.startsWith(QLatin1String("published"))); // another quantity
}

void tst_live_chart::partsOfTheBarsCanBeHidden() {
    look(fixture::only("A"), ChartKind::CachedProcessed);
    const double all = canvas().axes().y.high;
    key(QStringLiteral("cached"))->click();
    QVERIFY(canvas().axes().y.high < all / 2); // what was computed is the smaller part
    canvas().grab();
    QTest::mouseMove(&canvas(), at({0, std::nullopt, 5}) + QPoint(0, 3));
    QTRY_VERIFY(canvas().pointWords().contains(QLatin1String("cached +"))); // both numbers all the same
}

void tst_live_chart::aSplitThatIsNotThereSaysWhy() {
    ChartSource source = fixture::study();
    source.targets[0].why_no_law = "there is one block only";
    look(source, ChartKind::TtftSplit);
    QVERIFY2(canvas().accessibleDescription().contains(QLatin1String("cannot be told apart on llamacpp: there is one")),
             qPrintable(canvas().accessibleDescription()));
    look(fixture::withSplit(source), ChartKind::TtftSplit);
    QVERIFY(m_chart->legend().isVisible());
    canvas().grab();
    QTest::mouseMove(&canvas(), at({0, std::nullopt, 5}) + QPoint(0, 40)); // below the mark of the TTFT
    QTRY_VERIFY2(canvas().pointWords().contains(QLatin1String(" re-read = ")), qPrintable(canvas().pointWords()));
    const double all = canvas().axes().y.high;
    key(QStringLiteral("new message"))->click();
    QVERIFY(canvas().axes().y.high <= all);
    key(QStringLiteral("measured TTFT"))->click();
    QVERIFY(canvas().chart().panels[0].curves.empty());
}

void tst_live_chart::theKindOfStreamIsSaidAtTheChart_data() {
    QTest::addColumn<int>("chunked");
    QTest::addColumn<int>("buffered");
    QTest::addColumn<bool>("running");    // the only run there is has not ended
    QTest::addColumn<QString>("note");    // below the picture
    QTest::addColumn<QString>("instead"); // of a picture
    const QString chunk = QStringLiteral("Chunked stream: TTFT of llamacpp is that of the first chunk");
    const QString held = QStringLiteral("Nothing to draw. No TTFT of llamacpp: the reply was held back and sent at once.");
    QTest::newRow("chunked") << 12 << 0 << false << chunk << QString();
    QTest::newRow("buffered") << 0 << 12 << false << QString() << held;
    QTest::newRow("chunked, first run") << 3 << 0 << true << chunk << QString();
    QTest::newRow("buffered, first run") << 0 << 3 << true << QString() << held;
}

void tst_live_chart::theKindOfStreamIsSaidAtTheChart() {
    QFETCH(int, chunked);
    QFETCH(int, buffered);
    QFETCH(bool, running);
    QFETCH(QString, note);
    QFETCH(QString, instead);
    ChartSource source = fixture::only("A");
    SourceCurve& curve = source.curves[0];
    curve.streams = {0, chunked, buffered, 0, 0};
    if (buffered > 0)
        for (SourceTurn& turn : curve.turns) turn.ttft_ms.reset();
    if (running) {
        source.running = SourceRun{curve, 1};
        curve.turns.clear();
        curve.streams = {};
    }
    look(source);
    const auto labels = m_chart->findChildren<QLabel*>();
    const bool below = std::any_of(labels.begin(), labels.end(), [&](const QLabel* label) {
        return label->isVisible() && label->text().startsWith(QLatin1String("Chunked stream"));
    });
    QCOMPARE(below, !note.isEmpty());
    const QString said = canvas().accessibleDescription();
    QVERIFY2(said.contains(note) && said.contains(instead), qPrintable(said));
}

void tst_live_chart::aRectangleZoomsAndADoubleClickResets() {
    look(fixture::only("AC"));
    const QRectF plot = canvas().panels().clip(0);
    const ChartAxes full = canvas().axes();
    drag((plot.topLeft() + QPointF(plot.width() * 0.25, plot.height() * 0.5)).toPoint(),
         (plot.bottomRight() - QPointF(plot.width() * 0.25, 0)).toPoint(), Qt::LeftButton);
    QVERIFY(canvas().zoomed());
    const ChartAxes seen = canvas().axes();
    const double width = full.x.high - full.x.low;
    QVERIFY(qAbs(seen.x.low - (full.x.low + width * 0.25)) < width * 0.02);
    QVERIFY(qAbs(seen.x.high - (full.x.high - width * 0.25)) < width * 0.02);
    QVERIFY(qAbs(seen.y.high - full.y.high / 2) < full.y.high * 0.02);
    QVERIFY(!seen.x.ticks.empty() && !seen.y.ticks.empty());
    QTest::mouseDClick(&canvas(), Qt::LeftButton, {}, plot.center().toPoint());
    QVERIFY(!canvas().zoomed() && canvas().axes() == full);
    // A hand that trembles at a click does not zoom.
    drag(plot.center().toPoint(), plot.center().toPoint() + QPoint(2, 2), Qt::LeftButton);
    QVERIFY(!canvas().zoomed());
}

void tst_live_chart::theWheelZooms() {
    look(fixture::only("AC"));
    const QPointF place = canvas().panels().clip(0).center();
    const QPointF under = *canvas().panels().valueAt(0, place);
    const auto turn = [&](int notches) {
        QWheelEvent wheel(place, canvas().mapToGlobal(place), {}, QPoint(0, 120 * notches), Qt::NoButton, {}, Qt::NoScrollPhase,
                          false);
        QCoreApplication::sendEvent(&canvas(), &wheel);
        canvas().grab();
        return wheel.isAccepted();
    };
    QVERIFY(turn(2));
    QVERIFY(canvas().zoomed());
    const QPointF still = *canvas().panels().valueAt(0, place);
    QVERIFY(qAbs(still.x() - under.x()) < 0.2 && qAbs(still.y() - under.y()) < 20);
    QVERIFY(turn(-5));
    QVERIFY(!canvas().zoomed());
}

void tst_live_chart::theMiddleButtonPans() {
    look(fixture::only("AC"));
    const QRectF plot = canvas().panels().clip(0);
    drag((plot.center() - QPointF(80, 60)).toPoint(), (plot.center() + QPointF(80, 60)).toPoint(), Qt::LeftButton);
    const ChartAxes before = canvas().axes();
    drag(plot.center().toPoint(), plot.center().toPoint() + QPoint(60, 0), Qt::MiddleButton);
    const ChartAxes after = canvas().axes();
    QVERIFY(after.x.low < before.x.low); // the picture follows the hand
    QVERIFY(qAbs((after.x.high - after.x.low) - (before.x.high - before.x.low)) < 1e-9);
    QVERIFY(qAbs(after.y.low - before.y.low) < 1e-9);
}

void tst_live_chart::keysZoomPanAndReset() {
    look(fixture::only("AC"));
    canvas().setFocus();
    const ChartAxes full = canvas().axes();
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    QVERIFY(canvas().zoomed());
    const ChartAxes seen = canvas().axes();
    QTest::keyClick(&canvas(), Qt::Key_Right, Qt::ShiftModifier);
    QVERIFY(canvas().axes().x.low > seen.x.low);
    QTest::keyClick(&canvas(), Qt::Key_Down, Qt::ShiftModifier);
    QVERIFY(canvas().axes().y.low < seen.y.low);
    QTest::keyClick(&canvas(), Qt::Key_0);
    QVERIFY(!canvas().zoomed() && canvas().axes() == full);
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    QTest::keyClick(&canvas(), Qt::Key_Minus);
    QVERIFY(!canvas().zoomed());
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    QTest::keyClick(&canvas(), Qt::Key_Escape);
    QVERIFY(!canvas().zoomed());
}

void tst_live_chart::theResetButtonIsThereWhileZoomed() {
    look(fixture::only("AC"));
    auto* reset = m_chart->findChild<QToolButton*>(QStringLiteral("reset"));
    QVERIFY(reset && !reset->isVisible());
    canvas().setFocus();
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    QVERIFY(reset->isVisible());
    QVERIFY(canvas().rect().contains(reset->geometry()));
    QTest::mouseClick(reset, Qt::LeftButton);
    QVERIFY(!canvas().zoomed() && !reset->isVisible());
    QCOMPARE(QApplication::focusWidget(), &canvas()); // not lost with the button
}

void tst_live_chart::zoomStaysWhileTurnsArrive() {
    ChartSource source = fixture::only("AC");
    for (SourceCurve& curve : source.curves) curve.turns.resize(6);
    source.live = true;
    source.planned_turns = 15;
    look(source);
    canvas().setFocus();
    QTest::keyClick(&canvas(), Qt::Key_Plus);
    const ChartAxes before = canvas().axes();
    for (std::size_t i = 0; i < 2; ++i) m_source.curves[i].turns.push_back(fixture::only("AC").curves[i].turns[6]);
    m_chart->setSource(m_source, false);
    QVERIFY(canvas().zoomed() && canvas().axes() == before);
    m_chart->setSource(m_source, true);
    QVERIFY2(!canvas().zoomed(), "a part of another session's axes means nothing");
}

void tst_live_chart::theMouseReadsAPoint() {
    look(fixture::only("AC"));
    QSignalSpy changed(&canvas(), &ChartCanvas::pointChanged);
    QTest::mouseMove(&canvas(), at({0, 0, 5}) + QPoint(6, -5));
    QTRY_COMPARE(canvas().pointWords(), QStringLiteral("A full context; turn 6; TTFT 1012 ms; median of 5 "
                                                       "blocks, 941.2 to 1133.4"));
    QVERIFY(changed.size() >= 1);
    QVERIFY(inkOf(canvas(), canvas().palette().color(QPalette::ToolTipText)) > 100); // written beside it
    QTest::mouseMove(&canvas(), canvas().panels().clip(0).topLeft().toPoint() + QPoint(30, 12));
    QTRY_VERIFY(canvas().pointWords().isEmpty());
}

void tst_live_chart::arrowsReadPoints() {
    look(fixture::only("AC"));
    canvas().setFocus();
    QTest::keyClick(&canvas(), Qt::Key_Right);
    QTest::keyClick(&canvas(), Qt::Key_Right);
    QVERIFY(canvas().pointWords().startsWith(QLatin1String("A full context; turn 2; TTFT 764 ms")));
    // A screen reader hears the name of what has the focus change.
    QVERIFY(canvas().accessibleName().contains(QLatin1String("turn 2; TTFT 764 ms")));
    QTest::keyClick(&canvas(), Qt::Key_End);
    QVERIFY(canvas().pointWords().contains(QLatin1String("turn 12")));
    QTest::keyClick(&canvas(), Qt::Key_Escape);
    QVERIFY(canvas().pointWords().isEmpty());
    QVERIFY(!canvas().accessibleName().contains(QLatin1String("turn 12")));
}

void tst_live_chart::aClickOnASingleTurnNamesItsRow() {
    ChartSource source = fixture::only("A");
    source.published.clear();
    source.curves[0].turns[3].ttft_ms = Spread{888, 888, 888, 1, 1, 17};
    source.curves[0].turns[4].ttft_ms = Spread{950, 941.2, 1133.4, 5, 10, 23};
    look(source);
    QSignalSpy selected(m_chart.get(), &LiveChart::turnSelected);
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at({0, 0, 3}));
    QTRY_COMPARE(selected.size(), 1);
    QCOMPARE(selected.first().first().toInt(), 17);
    QCOMPARE(canvas().calloutLines().mid(3),
             (QStringList{QStringLiteral("one block"), QStringLiteral("click or Enter: this turn")}));
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at({0, 0, 4})); // a median: the turn nearest to it
    QTRY_COMPARE(selected.size(), 2);
    QCOMPARE(selected.last().first().toInt(), 23);
}

void tst_live_chart::aClickOnAMedianNamesTheTurnNearestToIt() {
    ChartSource source = fixture::withSplit(fixture::only("A"));
    for (SourceTurn& turn : source.curves[0].turns) {
        turn.ttft_ms->turns = turn.processed_tokens->turns = turn.context_tokens_estimate->turns = 10;
        turn.ttft_ms->row = 31; // each number has its own nearest turn
        turn.processed_tokens->row = 32;
        turn.context_tokens_estimate->row = 33;
    }
    const auto clicked = [&](ChartKind kind, const PointRef& ref, QPoint aside = {}) {
        look(source, kind);
        QSignalSpy selected(m_chart.get(), &LiveChart::turnSelected);
        QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at(ref) + aside);
        if (!QTest::qWaitFor([&] { return !selected.isEmpty(); }, 2'000)) return -1;
        return selected.first().first().toInt();
    };
    const QString nearest = QStringLiteral("click or Enter: the turn nearest to it");
    QCOMPARE(clicked(ChartKind::Ttft, {0, 0, 5}), 31);
    QCOMPARE(canvas().calloutLines().at(3).section(QLatin1Char(','), 0, 0), QStringLiteral("median of 10 turns in 5 blocks"));
    QCOMPARE(canvas().calloutLines().last(), nearest);
    QCOMPARE(clicked(ChartKind::Context, {0, 0, 5}), 33);
    QCOMPARE(clicked(ChartKind::CachedProcessed, {0, std::nullopt, 5}, QPoint(0, 3)), 32);
    QCOMPARE(canvas().calloutLines().mid(3), (QStringList{QStringLiteral("median of 10 turns in 5 blocks"), nearest}));
    QCOMPARE(clicked(ChartKind::TtftSplit, {0, std::nullopt, 5}, QPoint(0, 40)), 31);
}

// As narrow as a window of 1280 by 720 makes it, and as long as its words become.
void tst_live_chart::theCalloutOfAMedianIsWhole() {
    ChartSource source = fixture::only("A");
    source.curves[0].turns[5].ttft_ms = Spread{10'120.5, 9'410.2, 11'330.4, 1'960, 9'800, 3};
    look(source);
    m_chart->resize(410, 320);
    QTRY_VERIFY(canvas().width() <= 410);
    canvas().grab();
    QTest::mouseMove(&canvas(), at({0, 0, 5}));
    QTRY_VERIFY(!canvas().calloutLines().isEmpty());
    QCOMPARE(canvas().calloutLines().at(3), QStringLiteral("median of 9800 turns in 1960 blocks, 9410.2 to 11330.4"));
    const QFontMetricsF metrics(uiFont(12));
    for (const QString& line : canvas().calloutLines())
        QVERIFY2(metrics.horizontalAdvance(line) + 20 < canvas().width(), qPrintable(line));
    if (const QString folder = qEnvironmentVariable("LOOPTAX_PICTURES"); !folder.isEmpty())
        m_chart->grab().save(folder + QStringLiteral("/callout-of-a-median.png"));
}

void tst_live_chart::aPointWithoutATurnIsNoButton() {
    look(fixture::only("A"));
    QSignalSpy selected(m_chart.get(), &LiveChart::turnSelected);
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at({0, 1, 2})); // of the published study
    QCoreApplication::processEvents();
    QVERIFY(selected.isEmpty() && canvas().pointWords().startsWith(QLatin1String("published study")));
    QVERIFY(canvas().calloutLines().filter(QStringLiteral("click")).isEmpty());
}

void tst_live_chart::enterOnASingleTurnNamesItsRow() {
    ChartSource source = fixture::only("A");
    source.curves[0].turns[0].ttft_ms->row = 4;
    look(source);
    QSignalSpy selected(m_chart.get(), &LiveChart::turnSelected);
    canvas().setFocus();
    QTest::keyClick(&canvas(), Qt::Key_Right);
    QTest::keyClick(&canvas(), Qt::Key_Return);
    QTRY_COMPARE(selected.size(), 1);
    QCOMPARE(selected.first().first().toInt(), 4);
}

void tst_live_chart::anotherPaletteRecolours() {
    look(fixture::only("A"));
    const QColor light = designColour(theme(ThemeKind::Light), "A");
    const QColor dark = designColour(theme(ThemeKind::Dark), "A");
    QVERIFY(inkOf(*m_chart, light) > 200 && inkOf(*m_chart, dark) == 0);
    applyAppearance(*qApp, Appearance::Dark);
    QTRY_VERIFY(inkOf(*m_chart, dark) > 200);
    QCOMPARE(inkOf(*m_chart, light), 0); // neither the picture nor the legend
    QCOMPARE(canvas().grab().toImage().pixelColor(2, 2), theme(ThemeKind::Dark).background);
    applyAppearance(*qApp, Appearance::Light);
    QTRY_VERIFY(inkOf(*m_chart, light) > 200);
}

void tst_live_chart::everythingHasAName() {
    ChartSource more = fixture::study(true);
    more.cache_modes.push_back(CacheMode::Cold);
    for (const ChartKind kind : {ChartKind::Ttft, ChartKind::Context, ChartKind::CachedProcessed, ChartKind::TtftSplit}) {
        look(fixture::withSplit(more), kind);
        canvas().setFocus();
        QTest::keyClick(&canvas(), Qt::Key_Plus);
        int named = 0;
        for (QWidget* widget : m_chart->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
            ++named;
            QVERIFY2(!QAccessible::queryAccessibleInterface(widget)->text(QAccessible::Name).isEmpty(),
                     widget->metaObject()->className());
        }
        QVERIFY(named >= 5);
    }
}

void tst_live_chart::theDescriptionFollowsTheChart() {
    look(fixture::only("AC"));
    const auto said = [&] { return QAccessible::queryAccessibleInterface(&canvas())->text(QAccessible::Description); };
    QVERIFY2(said().contains(QLatin1String("1: 702 (652.9 to 786.2)")), qPrintable(said()));
    QVERIFY(said().contains(QLatin1String("median over n blocks")));
    key(QStringLiteral("A full"))->click();
    QVERIFY(!said().contains(QLatin1String("A full context")) && said().contains(QLatin1String("C capped")));
}

void tst_live_chart::shortWordsWhereThereIsLittleRoom() {
    look(fixture::study());
    m_chart->resize(1'400, 560);
    QTRY_COMPARE(m_chart->legend().keys().front()->text(), QStringLiteral("A full context (n=5)"));
    m_chart->resize(430, 560);
    QTRY_COMPARE(m_chart->legend().keys().front()->text(), QStringLiteral("A (n=5)"));
    for (const LegendKey* one : m_chart->legend().keys()) {
        QVERIFY(one->accessibleName().contains(QString::fromStdString(one->entry().full)));
        QVERIFY(m_chart->legend().rect().contains(one->geometry()));
    }
    QVERIFY(canvas().height() > 300);
}

LOOPTAX_TEST(tst_live_chart)
#include "tst_live_chart.moc"
