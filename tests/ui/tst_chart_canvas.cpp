// What is pointed at, dragged or zoomed when the chart under it changes: nothing may refer to a panel or a point that
// is gone, and what is still there stays chosen.
#include "support/test_registry.h"
#include "ui/charts/chart_canvas.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <algorithm>
#include <functional>

using namespace looptax;

namespace {

using Titles = std::vector<std::string>;

// A panel for each title, with bars and a curve of so many turns.
Chart chartOfPanels(const Titles& titles, int turns, const std::string& id = "bars") {
    Chart chart;
    chart.id = id;
    chart.x_title = "turn";
    chart.y_title = "tokens";
    int row = 0;
    for (const std::string& title : titles) {
        ChartPanel panel;
        panel.title = title;
        panel.bar_parts = {{"a", "a", "a", BarTone::Design}};
        Curve curve;
        curve.name = "curve of " + title;
        for (int turn = 1; turn <= turns; ++turn) {
            StackedBar bar;
            bar.x = bar.turn = turn;
            bar.parts = {10.0 * turn};
            bar.row = row++;
            panel.bars.push_back(bar);
            CurvePoint point;
            point.x = point.turn = turn;
            point.y = 12.0 * turn;
            point.row = bar.row;
            curve.points.push_back(point);
        }
        panel.curves.push_back(curve);
        chart.panels.push_back(panel);
    }
    return chart;
}

const Titles kFour{"one", "two", "three", "four"};

class Bench {
public:
    Bench() {
        canvas.resize(1'000, 320);
        show(chartOfPanels(kFour, 5));
        canvas.QWidget::show();
        (void)canvas.grab();
        last = canvas.panels().clip(3).center();
    }
    void show(const Chart& chart) {
        int here = 0;
        for (const ChartPanel& panel : chart.panels) here += int(panel.bars.size());
        rows = std::max(rows, here);
        canvas.show(chart, axesFor(chart), QStringLiteral("nothing to draw"));
    }
    int rows = 0; // of the largest chart that was shown
    void mouse(QEvent::Type type, const QPointF& at, Qt::MouseButton button, Qt::MouseButtons held) {
        QMouseEvent event(type, at, canvas.mapToGlobal(at), button, held, Qt::NoModifier);
        QCoreApplication::sendEvent(&canvas, &event);
    }
    void hover(const QPointF& at) { mouse(QEvent::MouseMove, at, Qt::NoButton, Qt::NoButton); }
    void press(const QPointF& at, Qt::MouseButton button = Qt::LeftButton) {
        mouse(QEvent::MouseButtonPress, at, button, button);
    }
    void dragTo(const QPointF& at, Qt::MouseButton button = Qt::LeftButton) {
        mouse(QEvent::MouseMove, at, Qt::NoButton, button);
    }
    void release(const QPointF& at, Qt::MouseButton button = Qt::LeftButton) {
        mouse(QEvent::MouseButtonRelease, at, button, Qt::NoButton);
    }
    void wheel(const QPointF& at, int delta = 120) {
        QWheelEvent event(at, canvas.mapToGlobal(at), {}, QPoint(0, delta), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                          false);
        QCoreApplication::sendEvent(&canvas, &event);
    }
    void menu(const QPointF& at) {
        QContextMenuEvent event(QContextMenuEvent::Mouse, at.toPoint(), canvas.mapToGlobal(at.toPoint()));
        QCoreApplication::sendEvent(&canvas, &event);
    }
    void leave() {
        QEvent event(QEvent::Leave);
        QCoreApplication::sendEvent(&canvas, &event);
    }
    void key(int which, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
        QKeyEvent event(QEvent::KeyPress, which, modifiers);
        QCoreApplication::sendEvent(&canvas, &event);
    }
    void keysToTheLastPanel() {
        for (int i = 0; i < 12; ++i) key(Qt::Key_Up);
        key(Qt::Key_End);
    }
    std::string panelOfPoint() const {
        const auto& point = canvas.point();
        return point && point->panel < canvas.chart().panels.size() ? canvas.chart().panels[point->panel].title : std::string();
    }

    ChartCanvas canvas;
    QPointF last; // the middle of the last of four panels
};

using Act = std::function<void(Bench&)>;

// What is under way when the chart changes.
const std::vector<std::pair<const char*, Act>>& interactions() {
    static const std::vector<std::pair<const char*, Act>> kAll{
        {"nothing", [](Bench&) {}},
        {"hover", [](Bench& b) { b.hover(b.last); }},
        {"press", [](Bench& b) { b.press(b.last); }},
        {"band",
         [](Bench& b) {
             b.press(b.last - QPointF(30, 40));
             b.dragTo(b.last + QPointF(30, 40));
         }},
        {"pan",
         [](Bench& b) {
             b.wheel(b.last);
             b.press(b.last, Qt::MiddleButton);
             b.dragTo(b.last + QPointF(9, 9), Qt::MiddleButton);
         }},
        {"wheel", [](Bench& b) { b.wheel(b.last); }},
        {"key cursor", [](Bench& b) { b.keysToTheLastPanel(); }},
        {"key cursor and zoom",
         [](Bench& b) {
             b.keysToTheLastPanel();
             b.key(Qt::Key_Plus);
         }},
        {"zoom by keys and pan",
         [](Bench& b) {
             b.key(Qt::Key_Plus);
             b.key(Qt::Key_Right, Qt::ShiftModifier);
         }},
        {"double click",
         [](Bench& b) {
             b.wheel(b.last);
             b.press(b.last);
             b.release(b.last);
             b.mouse(QEvent::MouseButtonDblClick, b.last, Qt::LeftButton, Qt::LeftButton);
         }},
        {"click", // who hears of it hears it later
         [](Bench& b) {
             b.press(b.last);
             b.release(b.last);
         }},
        {"context menu",
         [](Bench& b) {
             b.hover(b.last);
             b.menu(b.last);
         }},
        {"leave",
         [](Bench& b) {
             b.hover(b.last);
             b.leave();
         }},
    };
    return kAll;
}

const std::vector<std::pair<const char*, Act>>& changes() {
    static const std::vector<std::pair<const char*, Act>> kAll{
        {"no panel", [](Bench& b) { b.show(chartOfPanels({}, 5)); }},
        {"no chart", [](Bench& b) { b.show(Chart{}); }},
        {"one panel", [](Bench& b) { b.show(chartOfPanels({"one"}, 5)); }},
        {"two panels of other names",
         [](Bench& b) {
             b.show(chartOfPanels({"five", "six"}, 5));
         }},
        {"another order",
         [](Bench& b) {
             b.show(chartOfPanels({"four", "three", "two", "one"}, 5));
         }},
        {"a panel more in front",
         [](Bench& b) {
             b.show(chartOfPanels({"zero", "one", "two", "three", "four"}, 5));
         }},
        {"nine panels",
         [](Bench& b) {
             b.show(chartOfPanels({"one", "two", "three", "four", "5", "6", "7", "8", "9"}, 5));
         }},
        {"fewer points", [](Bench& b) { b.show(chartOfPanels(kFour, 2)); }},
        {"no point", [](Bench& b) { b.show(chartOfPanels(kFour, 0)); }},
        {"more points", [](Bench& b) { b.show(chartOfPanels(kFour, 9)); }},
        {"another chart", [](Bench& b) { b.show(chartOfPanels(kFour, 5, "other")); }},
        {"another chart with one panel", [](Bench& b) { b.show(chartOfPanels({"four"}, 3, "other")); }},
        {"no size", [](Bench& b) { b.canvas.resize(0, 0); }},
        {"a size of one", [](Bench& b) { b.canvas.resize(1, 1); }},
        {"hidden", [](Bench& b) { b.canvas.hide(); }},
        {"gone and back",
         [](Bench& b) {
             b.show(chartOfPanels({}, 0));
             b.show(chartOfPanels(kFour, 5));
         }},
    };
    return kAll;
}

// What a person may do next, whatever was under way.
const std::vector<std::pair<const char*, Act>>& sequels() {
    static const std::vector<std::pair<const char*, Act>> kAll{
        {"a drag", [](Bench& b) { b.dragTo(b.last + QPointF(50, 50)); }},
        {"a drag by the middle button", [](Bench& b) { b.dragTo(b.last + QPointF(50, 50), Qt::MiddleButton); }},
        {"a release", [](Bench& b) { b.release(b.last + QPointF(50, 50)); }},
        {"a move", [](Bench& b) { b.hover(b.last); }},
        {"a wheel", [](Bench& b) { b.wheel(b.last); }},
        {"a press", [](Bench& b) { b.press(b.last); }},
        {"Escape", [](Bench& b) { b.key(Qt::Key_Escape); }},
        {"plus", [](Bench& b) { b.key(Qt::Key_Plus); }},
        {"Right", [](Bench& b) { b.key(Qt::Key_Right); }},
        {"Up", [](Bench& b) { b.key(Qt::Key_Up); }},
        {"shift and Left", [](Bench& b) { b.key(Qt::Key_Left, Qt::ShiftModifier); }},
        {"Enter", [](Bench& b) { b.key(Qt::Key_Return); }},
        {"a menu", [](Bench& b) { b.menu(b.last); }},
        {"a leave", [](Bench& b) { b.leave(); }},
    };
    return kAll;
}

// Empty where all that is chosen is there.
QString stale(const ChartCanvas& canvas) {
    if (canvas.point() && !isPoint(canvas.chart(), *canvas.point())) return QStringLiteral("a point that is gone");
    if (canvas.panels().count() != canvas.chart().panels.size()) return QStringLiteral("panels of another chart");
    if (!canvas.point() && !canvas.calloutLines().isEmpty()) return QStringLiteral("words of no point");
    for (const AxisScale& axis : {canvas.axes().x, canvas.axes().y})
        if (!(axis.low < axis.high)) return QStringLiteral("an axis of nothing");
    if (canvas.zoomed() && canvas.chart().panels.empty()) return QStringLiteral("a zoom into nothing");
    return {};
}

} // namespace

class tst_chart_canvas : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nothingRefersToWhatIsGone_data() {
        QTest::addColumn<int>("interaction");
        QTest::addColumn<int>("change");
        for (int i = 0; i < int(interactions().size()); ++i)
            for (int c = 0; c < int(changes().size()); ++c)
                QTest::addRow("%s, then %s", interactions()[std::size_t(i)].first, changes()[std::size_t(c)].first) << i << c;
    }
    void nothingRefersToWhatIsGone() {
        QFETCH(int, interaction);
        QFETCH(int, change);
        // Before the change is painted and after it, the mouse first and the keys first.
        for (const auto& [painted, backwards] : {std::pair{false, false}, {false, true}, {true, false}}) {
            Bench bench;
            QSignalSpy activated(&bench.canvas, &ChartCanvas::pointActivated);
            interactions()[std::size_t(interaction)].second(bench);
            changes()[std::size_t(change)].second(bench);
            if (painted) (void)bench.canvas.grab();
            QVERIFY2(stale(bench.canvas).isEmpty(), qPrintable(stale(bench.canvas)));
            auto order = sequels();
            if (backwards) std::reverse(order.begin(), order.end());
            for (const auto& [name, sequel] : order) {
                sequel(bench);
                QVERIFY2(stale(bench.canvas).isEmpty(),
                         qPrintable(QLatin1String(name) + QStringLiteral(": ") + stale(bench.canvas)));
            }
            (void)bench.canvas.grab();
            QCoreApplication::processEvents();
            for (const QList<QVariant>& call : std::as_const(activated))
                QVERIFY(call[0].toInt() >= 0 && call[0].toInt() < bench.rows);
        }
    }

    // Where the panels lie otherwise, the pixels of a drag mean something else: it is given up.
    void aDragEndsWithItsPanels_data() {
        QTest::addColumn<Titles>("titles");
        QTest::addColumn<int>("turns");
        QTest::addColumn<bool>("stays");
        QTest::newRow("the same panels with more points") << kFour << 8 << true;
        QTest::newRow("a panel less") << Titles{"one", "two", "three"} << 5 << false;
        QTest::newRow("a panel more") << Titles{"one", "two", "three", "four", "five"} << 5 << false;
        QTest::newRow("another order") << Titles{"two", "one", "three", "four"} << 5 << false;
        QTest::newRow("other names") << Titles{"a", "b", "c", "d"} << 5 << false;
        QTest::newRow("none") << Titles{} << 5 << false;
    }
    void aDragEndsWithItsPanels() {
        QFETCH(Titles, titles);
        QFETCH(int, turns);
        QFETCH(bool, stays);
        Bench band;
        const QPointF at = band.canvas.panels().clip(0).center();
        band.press(at - QPointF(30, 40));
        band.dragTo(at + QPointF(30, 40));
        band.show(chartOfPanels(titles, turns));
        band.release(at + QPointF(30, 40));
        QCOMPARE(band.canvas.zoomed(), stays);

        Bench pan;
        pan.wheel(at, 480);
        pan.press(at, Qt::MiddleButton);
        QCOMPARE(pan.canvas.cursor().shape(), Qt::ClosedHandCursor);
        pan.show(chartOfPanels(titles, turns));
        QCOMPARE(pan.canvas.cursor().shape() == Qt::ClosedHandCursor, stays);
        const ChartAxes before = pan.canvas.axes();
        pan.dragTo(at + QPointF(12, 0), Qt::MiddleButton);
        QCOMPARE(!(pan.canvas.axes() == before), stays);

        Bench click;
        QSignalSpy activated(&click.canvas, &ChartCanvas::pointActivated);
        const QPointF bar = *click.canvas.placeOf({0, std::nullopt, 4}) + QPointF(0, 20);
        click.press(bar);
        click.show(chartOfPanels(titles, turns));
        click.release(bar);
        QCoreApplication::processEvents();
        if (!stays) QCOMPARE(activated.size(), 0);
    }

    void aPointChosenByKeysIsFollowedAndOneUnderTheMouseIsNot() {
        const Chart turned = chartOfPanels({"four", "three", "two", "one"}, 5);
        Bench keys;
        keys.keysToTheLastPanel();
        QCOMPARE(keys.panelOfPoint(), std::string("four"));
        const QString words = keys.canvas.pointWords();
        keys.show(turned);
        QCOMPARE(keys.panelOfPoint(), std::string("four"));
        QCOMPARE(keys.canvas.pointWords(), words);
        QSignalSpy told(&keys.canvas, &ChartCanvas::pointChanged);
        keys.show(chartOfPanels({"one", "two"}, 5));
        QVERIFY(!keys.canvas.point());
        QCOMPARE(told.size(), 1); // a screen reader must hear that it went
        QVERIFY(keys.canvas.pointWords().isEmpty());

        Bench mouse;
        mouse.hover(mouse.last);
        QCOMPARE(mouse.panelOfPoint(), std::string("four"));
        mouse.show(chartOfPanels(kFour, 6)); // a turn more: the mouse still points at it
        QCOMPARE(mouse.panelOfPoint(), std::string("four"));
        mouse.show(turned);
        QVERIFY(!mouse.canvas.point());
    }
    void ofPanelsNamedAlikeThePointStaysInItsOwn() {
        Bench bench;
        bench.show(chartOfPanels({"same", "same", "same"}, 4));
        bench.keysToTheLastPanel();
        QCOMPARE(bench.canvas.point()->panel, std::size_t(2));
        bench.show(chartOfPanels({"same", "same", "same"}, 6));
        QCOMPARE(bench.canvas.point()->panel, std::size_t(2));
    }
    void aZoomGoesWithItsAxes() {
        Bench bench;
        bench.wheel(bench.last);
        QVERIFY(bench.canvas.zoomed());
        QSignalSpy told(&bench.canvas, &ChartCanvas::zoomChanged);
        bench.show(chartOfPanels({"one", "two"}, 5)); // the same axes
        QVERIFY(bench.canvas.zoomed());
        bench.show(chartOfPanels({"one", "two"}, 5, "other"));
        QVERIFY(!bench.canvas.zoomed());
        QVERIFY(bench.canvas.axes() == axesFor(bench.canvas.chart()));
        QCOMPARE(told.size(), 1);
    }
    void panelsThatAreNotThereHaveNoPlace() {
        Bench bench;
        const ChartPanels& panels = bench.canvas.panels();
        for (const std::size_t none : {std::size_t(4), std::size_t(100), std::size_t(-1)}) {
            QVERIFY(panels.clip(none).isEmpty());
            QVERIFY(!panels.position(none, 1, 1));
            QVERIFY(!bench.canvas.placeOf({none, std::nullopt, 0}));
            QVERIFY(!bench.canvas.placeOf({0, none, 0}));
            QVERIFY(!bench.canvas.placeOf({0, std::nullopt, none == 4 ? 5 : none}));
        }
    }
};

LOOPTAX_TEST(tst_chart_canvas)
#include "tst_chart_canvas.moc"
